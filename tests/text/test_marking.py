"""Questions, requests and praise in three languages, and texts that are none of these."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.text.marking import Mark, marks


def marked(text, language="en"):
    return set(marks([text], [language])[0])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("When do you open", "en"), ("", "en"), ("the queue is long!", "en"),
        ("see https://acme.example/?id=3&x=y", "en"), ("no sé qué decir", "es"), ("on verra bien", "fr"),
    ],
)  # fmt: skip
def test_plain_statements_have_no_mark(text, language):
    assert marked(text, language) == set()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my parcel?", "en"), ("does anyone know when they open", "en"), ("¿y mi pedido", "es"),
        ("alguien sabe algo de esto", "es"), ("où est mon colis ?", "fr"), ("est-ce que ça marche", "fr"),
        ("هل يعمل؟", "ar"), ("なぜ？", "ja"), ("why? https://a.example/?x", "en"),
    ],
)  # fmt: skip
def test_questions(text, language):
    assert Mark.QUESTION in marked(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("please answer your mails", "en"), ("refund me now", "en"), ("I need my money", "en"),
        ("contestad de una vez", "es"), ("por favor, necesito el pedido", "es"), ("exijo una solución", "es"),
        ("répondez svp", "fr"), ("remboursez-moi", "fr"), ("pouvez-vous vérifier", "fr"),
    ],
)  # fmt: skip
def test_requests(text, language):
    assert Mark.REQUEST in marked(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [("I love it, well done", "en"), ("me encanta, felicidades", "es"), ("j'adore, bravo", "fr")],
)
def test_praise(text, language):
    assert marked(text, language) == {Mark.PRAISE}


@pytest.mark.parametrize(
    "text", ["Well done, the site is down again", "thank you for the food poisoning", "love this: no reply in 3 weeks"]
)
def test_praise_beside_a_complaint_is_irony(text):
    assert Mark.PRAISE not in marked(text)


def test_a_mention_can_ask_and_want_at_once():
    assert marked("can you help me please?") == {Mark.QUESTION, Mark.REQUEST}


def test_a_text_of_unknown_language_is_read_in_all():
    assert marked("por favor", None) == marked("por favor", "ca") == {Mark.REQUEST}
    assert marked("por favor", "en") == set()


@given(st.lists(st.text(st.characters())))
def test_marking_is_total(texts):
    assert len(marks(texts, [None] * len(texts))) == len(texts)
