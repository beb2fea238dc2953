"""The query language: what each form means, and where a wrong query is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.errors import BadInput
from crisiswatch.text.matching import check_query, is_match, parse, spans
from crisiswatch.text.queries import QueryError

MEANINGS = [
    ("acme", "ACME!", "acmes"),
    ("acme", "see @acme", "acme_support"),
    ("acme recall", "recall by Acme", "acme only"),
    ("acme AND recall", "recall by Acme", "recall only"),
    ("acme OR globex", "Globex", "initech"),
    ("a1 OR b1 c1", "b1 and c1", "b1 alone"),
    ("(a1 OR b1) c1", "a1 with c1", "a1 alone"),
    ("acme NOT county", "acme shares", "Acme County"),
    ("NOT NOT acme", "acme", "globex"),
    ("acme NOT (county OR city)", "acme", "acme city"),
    ('"acme corp"', "Acme, Corp.", "corp acme"),
    ("“acme corp”", "acme-corp", "acme big corp"),
    ('"battery expl*"', "battery exploded", "battery is exploding"),
    ('"recall" NEAR/5 battery', "battery for which they recall", "recall one two three four five battery"),
    ("a1 NEAR/1 b1", "b1 a1", "a1 x b1"),
    ('(fire OR "big smoke") NEAR/2 battery', "battery with big smoke", "battery and then came big smoke"),
    ("a1 NEAR/2 b1 NEAR/2 c1", "a1 b1 c1", "a1 b1 x y c1"),
    ("a1 NEAR/3 a1", "a1 and a1", "a1"),
    ("@acme", "thanks @Acme.", "acme"),
    ("@acme", "＠acme hi", "@acme.bsky.social mail@acme"),
    ("@acme.bsky.social", "by @acme.bsky.social", "by @acme"),
    ("#fail", "what a #FAIL", "#failure fail"),
    ("acme.com", "https://shop.acme.com/x?y", "notacme.com my-acme.com acme.com.evil.net acme.community"),
    ("https://www.acme.com/help/", "see acme.com/help/faq", "acme.com/helpers"),
    ("explo*", "Explosion", "unexploded"),
    ("*", "", None),
    ("* NOT acme", "hello", "acme"),
    ("coca-cola", "Coca Cola", "cocacola"),
    ("c++", "C++ rocks", "vitamin c"),
    ("at&t", "AT&amp;T", "look at t"),
    ("😡", "so 😡😡", "so 😀"),
    ("苹果", "我喜欢苹果手机", "水果"),
    ("ไทย", "ภาษาไทยดี", "ภาษา"),
    ("삼성", "삼성은 좋다", "엘지"),
    ("हिन्दी", "हिन्दी है", "हिन्द"),
    ("l'oréal", "L’OREAL", "oreal"),
    ("acme,", "acme", "globex"),
]


@pytest.mark.parametrize(("query", "hit", "miss"), MEANINGS)
def test_a_query_matches_what_it_means_and_nothing_else(query, hit, miss):
    compiled = parse(query)

    assert is_match(compiled, hit)
    assert miss is None or not is_match(compiled, miss)


MISTAKES = [
    ("", 1, "empty"),
    ("   ", 1, "empty"),
    ("acme OR", 8, "the end"),
    ("AND acme", 1, "AND"),
    ("(acme", 1, "never closed"),
    ("acme)", 5, "never opened"),
    ("()", 2, "must stand here"),
    ('say "acme', 5, "never closed"),
    ("acme or globex", 6, "capital letters"),
    ("acme NEAR globex", 6, "NEAR/n"),
    ("acme NEAR/0 globex", 6, "NEAR/n"),
    ("acme NEAR/9999999999 b", 6, "NEAR/n"),
    ("(a b) NEAR/3 c", 1, "beside NEAR"),
    ("acme -county", 6, "NOT before"),
    ("NOT acme", 1, "nearly every"),
    ("acme OR NOT globex", 1, "nearly every"),
    ("ac*me", 1, "end of a word"),
    ("*acme", 1, "end of a word"),
    ("acme ,", 6, "nothing to look for"),
    ('"\u200b"', 1, "nothing to look for"),
    ("(" * 40 + "a", 33, "deep"),
    ("a " * 201, 401, "200 terms"),
    ("a" * 4_097, 4_097, "4,096 characters"),
]


@pytest.mark.parametrize(("query", "character", "words"), MISTAKES)
def test_a_mistake_is_explained_and_located(query, character, words):
    message = check_query(query)

    assert message is not None
    assert words in message
    assert message.endswith(f"(at character {character})")


def test_a_query_error_is_bad_input_for_whoever_knows_only_that():
    with pytest.raises(BadInput) as caught:
        parse("(acme")

    assert isinstance(caught.value, QueryError)
    assert caught.value.position == 0


@given(st.text(st.sampled_from('ab ()"*@#-.ANDORT/5NEAR é手\u200b\ud800')))
def test_any_string_is_read_or_refused_with_a_place(query):
    message = check_query(query)

    assert message is None or "at character" in message


@given(st.text(st.characters()))
def test_any_string_is_a_query_or_a_located_error(query):
    message = check_query(query)

    assert message is None or "at character" in message


def test_spans_are_those_of_the_text_as_written():
    text = "Ａcmé had a  Big–Fire &amp; more"

    found = [text[start:end] for start, end in spans('acme NEAR/3 "big fire"', text)]

    assert found == ["Ａcmé", "Big–Fire"]


def test_spans_leave_out_what_must_not_be_there_and_texts_that_do_not_match():
    assert spans("acme NOT county", "acme") == [(0, 4)]
    assert spans("acme NOT county", "acme county") == []
