"""The share that people see: near the truth, honest about its doubt, and without any effect on what is counted."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.counting import Counting, count, negativity_bin, shown_rates, usual_histogram
from crisiswatch.core.covering import Covered
from crisiswatch.core.models import HISTOGRAM_BINS, Coverage
from crisiswatch.core.sharing import Correction, Rates, bin_odds, counted_rates, estimate, histogram_of
from tests.builders import NOON, after, observation
from tests.engine.engine_fakes import FIVE

CUT = tuple(float(place >= HISTOGRAM_BINS // 2) for place in range(HISTOGRAM_BINS))
EXACT = Correction(spread=(0.0, 0.0, 0.0))


def scores(share: float, number: int, seed: int = 0, moved: float = 0.0) -> list[float]:
    """Return uniform-prior probabilities of a model whose log-odds are normal and calibrated; `moved` is its error."""
    random = Random(seed)
    found = []
    for place in range(number):
        sign = 1.0 if place < share * number else -1.0
        ratio = random.gauss(sign * 1.5, math.sqrt(3.0))  # log-likelihood ratios of two normals 3 nats apart
        odds = ratio + math.log(0.5) + moved
        found.append(1 / (1 + math.exp(-odds)))
    return found


def histogram(values: list[float]) -> list[float]:
    return histogram_of(negativity_bin(value) for value in values)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8])
def test_the_share_of_a_calibrated_model_is_found_whatever_it_is(share: float) -> None:
    counted = sum(value >= 0.5 for value in scores(share, 2000)) / 2000

    found = estimate(histogram(scores(share, 2000)), EXACT)

    assert found.value == pytest.approx(share, abs=0.03)
    assert found.lower <= share <= found.upper
    assert abs(found.value - share) <= abs(counted - share) + 0.02


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(100):
        found = estimate(histogram(scores(0.3, 120, seed)), EXACT)
        held += found.lower <= 0.3 <= found.upper

    assert held >= 88


def test_few_stories_and_an_unchecked_model_say_so_by_a_wide_interval() -> None:
    few, many = (estimate(histogram(scores(0.4, number)), EXACT) for number in (20, 2000))
    unchecked = estimate(histogram(scores(0.4, 2000)), Correction())

    assert few.upper - few.lower > 3 * (many.upper - many.lower)
    assert unchecked.upper - unchecked.lower > 2 * (many.upper - many.lower)


def test_a_bin_stands_for_a_score_inside_it_and_the_ends_for_one_nearer_the_others() -> None:
    means = [1 / (1 + math.exp(-bin_odds(place))) for place in range(HISTOGRAM_BINS)]

    assert all(place <= mean * HISTOGRAM_BINS < place + 1 for place, mean in enumerate(means))
    assert means[-1] < 15.5 / 16
    assert histogram(means) == [1.0] * HISTOGRAM_BINS


def test_nothing_is_known_without_a_score() -> None:
    found = estimate(histogram_of([-1, -1]), Correction())

    assert (found.lower, found.upper) == (0.0, 1.0)


@given(
    st.lists(st.floats(0, 500, allow_subnormal=False), min_size=16, max_size=16), st.floats(0.3, 2), st.floats(-2, 2)
)
def test_a_share_lies_in_its_interval_and_within_its_bounds(
    stories: list[float], factor: float, summand: float
) -> None:
    found = estimate(stories, Correction(factor, summand))

    assert 0 <= found.lower <= found.value + 1e-9
    assert found.value <= found.upper + 1e-9
    assert found.upper <= 1


def test_what_is_usual_by_the_count_becomes_what_is_usual_by_the_estimate() -> None:
    usual = histogram(scores(0.15, 5000))
    counted = sum(usual[8:]) / sum(usual)

    rates = counted_rates(usual, [n * weight for n, weight in zip(usual, CUT, strict=True)], EXACT)

    assert rates.correct(counted) == pytest.approx(estimate(usual, EXACT).value, abs=0.01)
    assert rates.correct(0.9) == 1.0
    assert rates.correct(0.0) == 0.0
    assert rates.correct(counted / 2) == pytest.approx(rates.correct(counted) / 2)


def test_the_share_of_a_brand_that_is_not_known_is_taken_as_counted() -> None:
    rates = counted_rates([0.0] * HISTOGRAM_BINS, [0.0] * HISTOGRAM_BINS, EXACT)

    assert [rates.correct(share) for share in (0.0, 0.12, 0.6)] == [0.0, 0.12, 0.6]


def test_rates_that_count_right_change_nothing() -> None:
    assert [Rates().correct(share) for share in (0.0, 0.3, 1.0)] == [0.0, 0.3, 1.0]


def test_a_correction_changes_what_is_shown_and_nothing_that_is_counted() -> None:
    plain, corrected = (Counting("Acme", FIVE, FIVE, ("press",), CUT) for _ in range(2))
    corrected.correction = Correction(0.8, -1.0, labels=300)
    seen = [observation(negativity=value) for value in scores(0.3, 200)]
    for state in (plain, corrected):
        state.covered = Covered()
        state.covered.add([Coverage("press", NOON, after(hours=1))])

    buckets = [count(state, seen, NOON) and count(state, [], after(minutes=20)) for state in (plain, corrected)]

    assert buckets[0] == buckets[1]
    assert usual_histogram(plain) == usual_histogram(corrected)
    assert sum(usual_histogram(plain)) == pytest.approx(200, rel=0.01)
    assert shown_rates(plain) != shown_rates(corrected)
