"""The shipped linear model: what it says of texts, and that nothing upsets it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear_model import score, shipped

from crisiswatch.core.steps import Negativity
from crisiswatch.text.linear.weights import LANGUAGES


@pytest.mark.parametrize(
    ("worse", "better", "language"),
    [
        ("this is bad", "not bad", "en"),
        ("awful, the app keeps crashing", "awesome, the app keeps getting better", "en"),
        ("not good at all", "good", "en"),
        ("i had a problem with them", "i never had a problem with them", "en"),
        ("Acme recalls 2 million cars over faulty brakes", "Acme opens new plant in Ohio", "en"),
        ("Operating loss widens at Acme", "Acme to publish results on Monday", "en"),
        ("terrible, estoy harto de esta empresa", "estoy encantada con esta empresa", "es"),
        ("le service est nul", "quand ouvre le magasin ?", "fr"),
        ("che schifo di servizio", "che bel servizio", "it"),
        ("atendimento péssimo", "atendimento ótimo", "pt"),
        ("ich bin sehr enttäuscht", "ich bin sehr zufrieden", "de"),
        ("यह फोन बहुत बेकार है", "कल दिल्ली में बैठक होगी", "hi"),
        ("सेवा बहुत खराब है", "सेवा बहुत अच्छी है", "hi"),
        ("خدمة سيئة", "خدمة ممتازة", "ar"),
        ("خدمة سيئة", "متى يفتح المتجر", "ar"),
        ("😡", "😍", "ja"),
        ("terrible", "great", None),
    ],
)
def test_the_worse_text_scores_higher(worse, better, language):
    assert score(worse, language) > score(better, language)


@pytest.mark.parametrize("text", ["this is awful", "worst company ever, i want my money back", "what a disgrace"])
@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.upper(),
        lambda text: text.replace("a", "а").replace("o", "о").replace("e", "е"),
        "\u200b".join,
        lambda text: text.replace("a", "a\u0301"),
        lambda text: "".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in text),
    ],
)
def test_a_disguise_hardly_moves_a_score(text, disguise):
    assert score(disguise(text)) == pytest.approx(score(text), abs=0.12)


@pytest.mark.parametrize(
    ("text", "language"),
    [("", "en"), ("   ", None), ("https://x.example/bad", "en"), ("@bad", None), ("…!?", "fr"), ("xyzzy qwrtz", None),
     ("日本語のテキスト", "ja"), ("это ужасно", "ru")],
)  # fmt: skip
def test_there_may_be_nothing_to_score(text, language):
    assert shipped().score([text], [language]) == [None]


def test_digits_in_a_word_hardly_move_a_score():
    assert score("i h473 th15 c0mp4ny, 1t 15 54d") == pytest.approx(score("i hate this company, it is sad"), abs=0.15)


def test_hindi_in_latin_letters_is_told_with_less_certainty_than_in_its_own():
    model = shipped()
    latin = model.probabilities(["yeh phone bahut bekar hai", "bahut accha phone hai"], ["hi", "hi"])
    plain = replace(model, factors=np.ones_like(model.factors), offsets=np.zeros_like(model.offsets))
    own = ["यह फोन बहुत बेकार है", "yeh फोन bekar hai"]

    assert latin[0, 0] > latin[1, 0]
    assert latin.max() < plain.probabilities(["yeh phone bahut bekar hai", "bahut accha phone hai"], ["hi", "hi"]).max()
    assert (model.probabilities(own, ["hi", "hi"]) == plain.probabilities(own, ["hi", "hi"])).all()


def test_a_known_text_is_scored_though_its_language_is_told_wrong():
    assert score("this is the worst airline ever", "nl") > 0.5


@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from([*LANGUAGES, None, "ja"])), min_size=1, max_size=6))
def test_any_text_has_a_probability_or_none_whatever_stands_beside_it(pairs):
    texts, languages = [text for text, _ in pairs], [language for _, language in pairs]

    together = shipped().score(texts, languages)
    alone = [shipped().score([text], [language])[0] for text, language in pairs]

    assert together == alone
    assert all(value is None or 0 <= value <= 1 for value in together)


@pytest.mark.parametrize(
    "letter", ["a", "é", "ا", "क", "😡", "*", "'", "0", "$", "\u0301", "\ud800", "\ufdfa", "а", "&"]
)
def test_thousands_of_one_letter_are_no_trouble(letter):
    values = shipped().score([letter * 20_000, f"bad {letter * 5_000}"], ["en", None])

    assert all(value is None or math.isfinite(value) for value in values)


def test_order_and_number_of_texts_do_not_matter():
    texts = [f"number {number} is {'awful' if number % 3 else 'lovely'}" for number in range(700)]
    languages = ["en" if number % 2 else None for number in range(700)]

    forth = shipped().score(texts, languages)
    back = shipped().score(texts[::-1], languages[::-1])

    assert forth == back[::-1]
    assert len(forth) == 700


def test_no_texts_have_no_scores():
    assert shipped().score([], []) == []


def test_each_text_needs_a_language():
    with pytest.raises(ValueError, match="shorter"):
        shipped().score(["a", "b"], ["en"])


def test_the_three_probabilities_sum_to_one():
    chances = shipped().probabilities(["fine", "awful", "the table is in the room"], ["en"] * 3)

    assert chances.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert chances.argmax(axis=1).tolist() == [2, 0, 1]


def test_the_scorer_is_the_step_that_the_core_runs():
    step: Negativity = shipped()

    assert step.model == "linear-3"
