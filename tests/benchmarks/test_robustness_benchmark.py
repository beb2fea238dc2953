"""Streams that change for good, or are thin or mislabelled, and hold no crisis."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.crisisbench.background import PER_DAY, PER_WEEK
from benchmarks.crisisbench.incidents import Watched
from benchmarks.crisisbench.robustness import CASES, HOUR, kept, make_case
from crisiswatch.app.data import calibration

SEED = 90_301


@pytest.mark.parametrize("case", sorted(CASES))
def test_counts_of_a_case_are_counts_and_nothing_in_it_is_a_crisis(case: str) -> None:
    stream = make_case(case, SEED)

    assert stream.crises == ()
    assert np.all((stream.negative >= 0) & (stream.negative <= stream.stories) & (stream.stories <= stream.copies))
    assert np.all(stream.stories == np.floor(stream.stories))


def test_a_change_for_good_begins_with_the_tested_weeks() -> None:
    calm, doubled, halved = (make_case(case, SEED) for case in ("clock_back", "doubled", "halved"))
    before, after = slice(0, calm.warm), slice(calm.warm + HOUR, None)

    assert np.array_equal(doubled.stories[before], calm.stories[before])
    assert np.array_equal(halved.stories[before], calm.stories[before])
    assert 1.3 < doubled.stories[after].sum() / calm.stories[after].sum() < 2.1
    assert 0.4 < halved.stories[after].sum() / calm.stories[after].sum() < 0.6


def test_a_clock_that_is_put_forward_has_everything_an_hour_earlier() -> None:
    forward, back = make_case("clock_forward", SEED), make_case("clock_back", SEED)
    warm = forward.warm

    assert np.array_equal(forward.stories[warm : -3 * HOUR], back.stories[warm + 2 * HOUR : -HOUR])


def test_a_thin_brand_has_three_stories_a_day() -> None:
    stream = make_case("three_a_day", SEED)

    assert stream.stories.sum() / (len(stream.stories) / PER_DAY) == pytest.approx(3, rel=0.2)


def test_one_is_a_promise_that_is_just_kept() -> None:
    scores = np.zeros(10 * PER_WEEK)
    scores[5000] = calibration().bars[0.1] + 0.1

    row = kept([Watched(scores, (), 10.0)])

    assert row == {"series_weeks": 10, "0.5": 0.2, "0.1": 1.0, "0.02": 0.0}
