"""Negativity: words, what turns them, and honest silence where there is nothing to score."""

import pytest

from benchmarks.vader import Vader, compound
from training.weighing import LANGUAGES, lexicon


def score(text: str, language: str | None = "en") -> float:
    (found,) = Vader().score([text], [language])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("worse", "better", "language"),
    [
        ("this is bad", "this is not bad", "en"),
        ("bad", "not bad at all", "en"),
        ("a problem", "no problem", "en"),
        ("very bad", "bad", "en"),
        ("this is BAD", "this is bad", "en"),
        ("bad!!!", "bad", "en"),
        ("good, but awful", "awful, but good", "en"),
        ("not good", "good", "en"),
        ("my flight was delayed", "my flight", "en"),
        ("es una estafa, qué vergüenza", "me encanta, es genial", "es"),
        ("no funciona bien", "funciona bien", "es"),
        ("une arnaque, c'est honteux", "c'est magnifique, bravo", "fr"),
        ("das ist eine Katastrophe", "das ist wunderbar", "de"),
        ("nicht gut", "gut", "de"),
        ("una truffa vergognosa", "bellissimo, complimenti", "it"),
        ("péssimo, um lixo", "ótimo, parabéns", "pt"),
        ("😡", "😍", "en"),
        ("😡", "😍", "ja"),
        (":(", ":)", None),
        ("ｔｅｒｒｉｂｌｅ", "good", "en"),
    ],
)
def test_the_worse_text_scores_higher(worse, better, language):
    assert score(worse, language) > score(better, language)


def test_not_bad_is_below_neutral_and_bad_above_one_half():
    assert score("not bad") < score("a table") < 0.5 < score("bad")


def test_a_text_without_weights_in_a_known_language_is_at_the_uniform_prior():
    assert score("the table is in the room") == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize(
    ("text", "language"),
    [("", "en"), ("https://x.example/bad", "en"), ("@bad", None), ("いい天気", "ja"), ("…!?", None), ("xyzzy", None)],
)
def test_there_may_be_nothing_to_score(text, language):
    assert Vader().score([text], [language]) == [None]


def test_an_unknown_language_is_tried_in_all():
    assert score("vergüenza", None) > 0.5


def test_only_the_beginning_of_a_long_text_is_read():
    assert score("fine. " + "table " * 200 + "terrible") == score("fine. " + "table " * 200)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_of_both_kinds(language):
    weights = lexicon(language).weights.values()

    assert sum(weight < 0 for weight in weights) >= 100
    assert sum(weight > 0 for weight in weights) >= 50
    assert all(-4 <= weight <= 4 for weight in weights)


def test_compound_stays_within_its_bounds():
    value = compound("terrible " * 200, lexicon("en"))

    assert value is not None
    assert -1 < value < -0.99
