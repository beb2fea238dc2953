"""Redacting: personal numbers go, ordinary numbers stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.text.redacting import redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to bob.o'hara+x@ex-ample.co.uk now", "write to [e-mail] now"),
        ("ana＠example.com", "[e-mail]"),
        ("call +34 612 34 56 78.", "call [phone]."),
        ("or (555) 123-4567", "or [phone]"),
        ("06.12.34.56.78", "[phone]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("4111-1111-1111-1111", "[card]"),
        ("GB82 WEST 1234 5698 7654 32", "[account]"),
        ("dni 12345678Z", "dni [id]"),
        ("nie X1234567L", "nie [id]"),
        ("ssn 078-05-1120", "ssn [id]"),
    ],
)
def test_personal_data_is_replaced(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "on 2015-02-17 and 17.02.2015 at 12:30", "1,000,000 people", "INC-2031", "version 1.2.3.4", "order 1234567",
        "@acme #acme acme.com", "567594449874587648", "4111111111111112", "12345678A", "5 @ 3",
    ],
)  # fmt: skip
def test_other_numbers_and_names_stay(text):
    assert redact(text) == text


@given(st.text(st.characters()))
def test_redacting_is_total(text):
    assert isinstance(redact(text), str)


@given(st.text(st.sampled_from("abc.-+@ 0123456789()")))
def test_no_address_is_left_behind(text):
    import re

    assert not re.search(r"[a-c]@[a-c]+\.[a-c]{2}", redact(text))
