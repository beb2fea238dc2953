"""A brand's own name, however people write it, is neither a driver nor a new word."""

import pytest

from crisiswatch.text.drivers import drivers
from crisiswatch.text.own_names import own_names
from crisiswatch.text.words import words

USUAL = ["nice weather today", "lunch at noon", "train was on time", "bought shoes yesterday"] * 6
WRITTEN = [
    (
        "Northern Lights",
        "Northern Lights|#NorthernLights|northernlights|@northern_lights|Northern Light's|NorthernLights's",
    ),
    ("Coca-Cola", "Coca-Cola|coca cola|CocaCola|cocacola's|#cocacola|Coca‑Cola"),
    ("Müller", "Müller|Mueller|Müllers|muller|Müller's|MÜLLER|Muellers"),
    ("Acme", "Acme|acme's|Acmes|#acme|ACME™|acmé|@acme"),
    ("McDonald's", "McDonald's|McDonalds|mcdonald’s|McDonald|#mcdonalds"),
    ("Citroën C3", "Citroën C3|Citroen C3|la Citroën|citroëns|l'Citroën|#citroenc3"),
    ("Banco Santander", "Banco Santander|Santander|bancosantander|#BancoSantander"),
    ("Газпром", "Газпром|Газпрома|Газпрому|Газпромом|#газпром"),
    ("T-Mobile", "T-Mobile|tmobile|T Mobile|t-mobile's|#TMobile"),
    ("Aldi Süd", "Aldi Süd|aldisued|Aldi-Süd|Aldis|Aldi Sued|ALDI SÜD"),
    ("एकमे", "एकमे|#एकमे"),
    ("شركة أكمي", "شركة أكمي|اكمي|#أكمي"),
]
CASES = [(name, way) for name, ways in WRITTEN for way in ways.split("|")]


@pytest.mark.parametrize(("name", "way"), CASES)
def test_a_name_is_no_driver_however_it_is_written(name, way):
    assert drivers([f"{way} leaking badly"] * 9, USUAL, [name]) == ["leaking badly"]


@pytest.mark.parametrize(("name", "way"), CASES)
def test_a_name_is_no_new_word_however_it_is_written(name, way):
    assert set(words(f"{way} leaking badly", [name]).values()) <= {"leaking", "badly"}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Acme", "acmefail"),
        ("Orange", "orangutan"),
        ("Apple", "application"),
        ("Boss", "bossy"),
        ("Aldi Süd", "sudden"),
    ],
)
def test_another_word_is_still_news(name, word):
    assert not own_names((name,)).has(word)


@pytest.mark.parametrize(
    "sentence",
    [
        "the of and because they were with", "que para como pero está muy", "c'est pas avec pour dans qu'il",
        "nicht und aber wenn dass für", "che non perché della sono", "não você está muito para", "في من على هذا التي",
        "है नहीं और में यह के", "hai nahi aur mein yeh ke",
    ],
)  # fmt: skip
def test_stop_words_are_never_drivers(sentence):
    assert drivers([f"{sentence} leaking"] * 9, USUAL) == ["leaking"]
