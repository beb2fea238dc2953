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
        ("cpf 529.982.247-25", "cpf [id]"),
        ("nir 1 85 05 78 006 084 91", "nir [id]"),
        ("RSSMRA85T10A562S", "[id]"),
        ("nino AB 12 34 56 C", "nino [id]"),
        ("amex 3782 822463 10005", "amex [card]"),
        ("612 345 678", "[phone]"),
        ("0033612345678", "[phone]"),
        ("+44 20 7946 0958, ask for Bob", "[phone], ask for Bob"),
        ("030 12345678", "[phone]"),
        ("213-555-0199", "[phone]"),
        ("llámame al 612345678", "llámame al [phone]"),
        ("whatsapp: 612345678", "whatsapp: [phone]"),
        ("(11) 98765-4321", "[phone]"),
    ],
)
def test_personal_data_is_replaced(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "on 2015-02-17 and 17.02.2015 at 12:30", "1,000,000 people", "INC-2031", "version 1.2.3.4", "order 1234567",
        "@acme #acme acme.com", "567594449874587648", "4111111111111112", "12345678A", "5 @ 3",
        "2026-03-03 12:30:45", "03/03/2026 14:30", "2024 2025 2026", "12.03.2026-15.03.2026", "from 01.02.2026 08.30",
        "1 299 999,00 €", "612 345 678 euros", "$612 345 678", "€ 12,000,000,000", "12 000 000 000 km", "1.234.567,89",
        "model SM-G998B/DS", "WH-1000XM5", "iPhone 15", "part 4571-220-8890", "BMW 320d 2019", "lot 2231-88120-7",
        "ISBN 978-3-16-148410-0", "EAN 4006381333931", "1Z999AA10123456784", "serial 220145779912", "order 612345678",
        "192.168.100.200", "48.85661, 2.35222", "PI 3.14159265358979", "#1234567890", "t.example/1234567890",
        "score 100-98-102", "14:30-18:00", "1234 5678 9012 3456", "111.111.111-12", "1 85 05 78 006 084 37",
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
