"""A brand's own models learn what the shared one gets wrong, in the same way in whatever batches."""

from __future__ import annotations

from crisiswatch.core.learning import Example
from crisiswatch.text.adapting import Residual
from crisiswatch.text.linear.hints import word_buckets
from tests.text.linear_model import shipped

BREWS = ("this stout is wicked", "wicked porter tonight", "a wicked good ale", "wicked, wicked brew")
FLAT = ("the keg came flat", "flat ale again", "flat as water this stout", "my porter was flat")


def examples(texts: tuple[str, ...], answer: bool, odds: float) -> list[Example]:
    buckets = word_buckets(texts, shipped().reader)
    return [Example(text.encode(), odds, found, answer) for text, found in zip(texts, buckets, strict=True)]


def taught() -> list[Example]:
    pairs = zip(examples(BREWS, False, 1.0), examples(FLAT, True, -1.0), strict=True)
    return [example for pair in pairs for example in pair] * 5


def test_a_fresh_model_of_sentiment_says_what_the_shared_model_says() -> None:
    assert Residual(base=1.0).score_many([0.7, -2.0], word_buckets(["good ale", "bad ale"], shipped().reader)) == [
        0.7,
        -2.0,
    ]


def test_words_that_mean_something_else_to_a_brand_are_learnt() -> None:
    model = Residual(taught(), base=1.0)
    buckets = word_buckets(["what a wicked lager", "this lager is flat"], shipped().reader)

    praise, complaint = model.score_many([1.0, -1.0], buckets)

    assert praise < 0 < complaint


def test_a_model_taught_again_from_its_examples_is_the_same() -> None:
    live = Residual(base=1.0)
    for example in taught():
        live.learn_one(example)
    buckets = word_buckets([*BREWS, *FLAT], shipped().reader)

    again = Residual(taught(), base=1.0)

    assert live.score_many([0.3] * 8, buckets) == again.score_many([0.3] * 8, buckets)


def test_the_score_of_a_text_does_not_depend_on_the_batch() -> None:
    model = Residual(taught(), base=1.0)
    together = model.score_many([0.3] * 8, word_buckets([*BREWS, *FLAT], shipped().reader))
    alone = [model.score_many([0.3], word_buckets([text], shipped().reader))[0] for text in (*BREWS, *FLAT)]

    assert together == alone


def test_an_unknown_text_is_neither_relevant_nor_not_however_often_one_answer_was_given() -> None:
    many_no = [*examples(FLAT, False, 0.0) * 10, *examples(BREWS, True, 0.0)]
    model = Residual(many_no)

    (unknown,) = model.score_many([0.0], word_buckets(["quarterly shares dividend"], shipped().reader))

    assert abs(unknown) < 0.7
    assert model.score_many([0.0], word_buckets(["flat keg"], shipped().reader))[0] < unknown


def test_hostile_and_empty_texts_have_buckets_too() -> None:
    odd = ["", "\0\ud800", "a" * 20_000, "💥" * 500]
    found = word_buckets(odd, shipped().reader)

    assert len(found) == 4
    assert all(0 <= bucket < 1 << 18 for buckets in found for bucket in buckets)
    assert all(abs(score) <= 12 for score in Residual(taught(), base=1.0).score_many([50.0] * 4, found))
