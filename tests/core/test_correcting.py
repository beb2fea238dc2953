"""Labels correct the share, also where only uncertain mentions were labelled."""

from __future__ import annotations

import math
from random import Random
from statistics import fmean

import pytest

from crisiswatch.core.correcting import LEAST_LABELS, LESSONS_KEPT, Lesson, Lessons, fit_correction, take_lesson
from crisiswatch.core.counting import negativity_bin
from crisiswatch.core.sharing import Correction, estimate, histogram_of

ERROR = 1.2
"""What the model is wrong by, in log-odds, about the texts of this brand."""


def stream(share: float, number: int, seed: int) -> list[tuple[float, bool]]:
    """Return log-odds and truth of mentions of a brand about whom the model is too kind."""
    random = Random(seed)
    found = []
    for place in range(number):
        is_negative = place < share * number
        ratio = random.gauss(1.5 if is_negative else -1.5, math.sqrt(3.0))
        found.append((ratio + math.log(0.5) - ERROR, is_negative))
    random.shuffle(found)
    return found


def histogram(mentions: list[tuple[float, bool]]) -> list[float]:
    return histogram_of(negativity_bin(1 / (1 + math.exp(-odds))) for odds, _ in mentions)


def taught(mentions: list[tuple[float, bool]], usual: list[float]) -> Lessons:
    lessons = Lessons()
    for place, (odds, is_negative) in enumerate(mentions):
        take_lesson(lessons, place.to_bytes(16), Lesson(odds, is_negative), usual)
    return lessons


def error(correction: Correction, share: float) -> float:
    return abs(estimate(histogram(stream(share, 1000, seed=7)), correction).value - share)


def test_two_hundred_labels_mend_a_share_that_the_model_gets_wrong() -> None:
    streams = [stream(0.25, 3000, seed) for seed in range(8)]
    found = [fit_correction(taught(usual[:LEAST_LABELS], histogram(usual))) for usual in streams]

    assert error(Correction(), 0.5) > 0.15
    assert fmean(error(each, 0.5) for each in found) < 0.05
    assert fmean(error(each, 0.15) for each in found) < 0.05
    assert {each.labels for each in found} == {LEAST_LABELS}


def test_labels_of_the_least_certain_mentions_mend_it_too() -> None:
    found = []
    for seed in range(8):
        usual = stream(0.2, 3000, seed)
        uncertain = sorted(usual, key=lambda mention: abs(mention[0]))[:300]
        found.append(fit_correction(taught(uncertain, histogram(usual))))

    assert fmean(error(each, 0.2) for each in found) < 0.05
    assert fmean(error(each, 0.5) for each in found) < 0.06


def test_too_few_labels_change_nothing() -> None:
    usual = stream(0.25, 3000, seed=3)

    assert fit_correction(taught(usual[: LEAST_LABELS - 1], histogram(usual))) == Correction()


def test_labels_narrow_the_interval() -> None:
    usual = stream(0.25, 3000, seed=4)
    window = histogram(stream(0.4, 500, seed=5))
    plain = estimate(window, Correction())
    some, many = (estimate(window, fit_correction(taught(usual[:n], histogram(usual)))) for n in (200, 1500))

    assert plain.upper - plain.lower > some.upper - some.lower > many.upper - many.lower


@pytest.mark.parametrize("is_negative", [True, False])
def test_labels_that_all_say_the_same_are_survived(is_negative: bool) -> None:
    usual = stream(0.25, 500, seed=6)
    found = fit_correction(taught([(odds, is_negative) for odds, _ in usual], histogram(usual)))

    assert 0 <= estimate(histogram(usual), found).value <= 1
    assert all(map(math.isfinite, (found.factor, found.summand, *found.spread)))


def test_a_later_label_replaces_and_the_oldest_are_forgotten() -> None:
    lessons = Lessons()
    for number in range(LESSONS_KEPT + 5):
        take_lesson(lessons, number.to_bytes(16), Lesson(0.0, True), [])
    last = (LESSONS_KEPT + 4).to_bytes(16)
    take_lesson(lessons, last, Lesson(0.0, False), [])

    assert len(lessons.by_mention) == LESSONS_KEPT
    assert lessons.by_mention[last] == Lesson(0.0, False)
    assert (4).to_bytes(16) not in lessons.by_mention
