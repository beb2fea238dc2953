"""Drivers: what the texts of an incident say more than usual."""

import pytest

from crisiswatch.text.drivers import drivers, is_one_root
from crisiswatch.text.normalising import fold
from crisiswatch.text.stop_words import stop_words

USUAL = ["the weather is fine", "my phone is great", "see you at the parade", "nice camera"] * 20


def test_what_is_new_is_told_strongest_first():
    texts = ["my phone battery caught fire", "battery fire in a phone", "the battery burns"] * 5

    assert drivers(texts, USUAL)[0] == "battery"
    assert "phone" not in drivers(texts, USUAL)[:1]


def test_a_pair_takes_the_place_of_its_words():
    assert drivers(["late flight again"] * 10, USUAL) == ["late flight"]


def test_accents_come_back():
    assert drivers(["la batería explotó"] * 10, USUAL) == ["batería explotó"]


def test_a_text_counts_a_word_once():
    assert drivers(["fire " * 50, "calm", "quiet"], USUAL) == []


@pytest.mark.parametrize("noise", ["the and of", "https://x.example/a", "@someone", "12345", "el la de", "RT"])
def test_words_that_say_nothing_drive_nothing(noise):
    assert drivers([noise] * 20, USUAL) == []


def test_the_brand_itself_is_no_driver():
    assert drivers(["acme corp fire"] * 10, USUAL, ["Acme Corp"]) == ["fire"]


def test_what_is_as_usual_drives_nothing():
    assert drivers(USUAL, USUAL) == []


def test_in_many_texts_a_term_needs_five():
    quiet = [f"note{number}" for number in range(300)]

    assert drivers([*quiet, *["fire"] * 4], quiet * 30) == []
    assert drivers([*quiet, *["fire"] * 6], quiet * 30) == ["fire"]


def test_without_a_background_the_most_frequent_terms_are_told():
    assert drivers(["smoke"] * 9 + ["fire"] * 5 + ["calm"] * 2, []) == ["smoke", "fire"]


def test_at_most_five_terms_in_an_order_that_does_not_change():
    texts = ["alpha. bravo. charlie. delta. echo. foxtrot. golf"] * 10

    assert len(drivers(texts, USUAL)) <= 5
    assert drivers(texts, USUAL) == drivers(list(reversed(texts)), list(reversed(USUAL)))


def test_a_script_without_spaces_has_drivers():
    assert "爆炸" in "".join(drivers(["手机爆炸了"] * 12, ["你好世界"] * 40))


@pytest.mark.parametrize(
    "forms",
    [
        ("ma bouilloire a explosé", "elle a explosée", "des bouilloires explosées"),
        ("l'incendie du chargeur", "un incendie", "d'incendies"),
        ("la batería ardió", "las baterías ardieron", "baterías"),
        ("battery smoke", "batteries smoke", "the battery's smoke"),
    ],
)
def test_two_forms_of_one_root_are_not_named_twice(forms):
    told = [fold(word) for driver in drivers([*forms] * 8, USUAL) for word in driver.split()]

    assert told
    assert not [(a, b) for n, a in enumerate(told) for b in told[n + 1 :] if is_one_root(a, b)]


@pytest.mark.parametrize(("a", "b"), [("server", "service"), ("refund", "refuse"), ("car", "care"), ("fire", "first")])
def test_words_that_only_begin_alike_are_no_root(a, b):
    assert not is_one_root(a, b)


@pytest.mark.parametrize("text", ["acme's fire", "l'acme fire", "d’Acme fire", "acmes fire", "#acme fire"])
def test_the_brand_is_no_driver_in_any_form(text):
    assert drivers([text] * 10, USUAL, ["Acme"]) == ["fire"]


@pytest.mark.parametrize("noise", ["don't", "isn't it", "c'est qu'il", "l'un l'autre"])
def test_glued_words_that_say_nothing_drive_nothing(noise):
    assert drivers([noise] * 20, USUAL) == []


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("the battery and the", "battery"), ("la batería de los", "batería"), ("la batterie et les", "batterie"),
        ("der Akku und die", "akku"), ("la batteria e gli", "batteria"), ("a bateria e os", "bateria"),
        ("البطارية في هذا", "البطارية"), ("बैटरी में है और", "बैटरी"),
    ],
)  # fmt: skip
def test_stop_words_of_eight_languages_are_left_out(text, driver):
    assert drivers([text] * 10, USUAL) == [driver]


def test_no_crisis_word_is_a_stop_word():
    assert not stop_words() & {"fire", "recall", "fuego", "feu", "feuer", "incendio", "आग", "حريق"}
