"""Forecasts: more of everything brings more, and the band holds what it promises on simulated growth."""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crisiswatch.core.growing import branching_ratio, forecast, time_until

FIVE = timedelta(minutes=5)
RUNS = 1200

counts = st.lists(st.integers(0, 500), min_size=2, max_size=12)


@given(counts)
def test_a_forecast_lies_in_its_band(seen: list[float]) -> None:
    found = forecast(seen, FIVE)

    assume(found is not None)
    assert found is not None
    assert 0 < found.lower < found.stories < found.upper < math.inf


@given(counts, st.integers(1, 200))
def test_more_stories_lately_never_lower_the_forecast(seen: list[float], more: int) -> None:
    before, after = forecast(seen, FIVE), forecast([*seen[:-1], seen[-1] + more], FIVE)

    assume(before is not None)
    assert before is not None
    assert after is not None
    assert after.stories > before.stories


@given(counts, st.integers(2, 20))
def test_the_same_growth_in_a_bigger_crowd_is_known_more_closely(seen: list[float], times: int) -> None:
    small, large = forecast(seen, FIVE), forecast([times * count for count in seen], FIVE)

    assume(small is not None and min(sum(seen[: len(seen) // 2]), sum(seen[-(len(seen) // 2) :])) >= 5)
    assert small is not None
    assert large is not None
    assert large.upper / large.lower < small.upper / small.lower


@given(st.floats(0.1, 5), st.floats(1.1, 3), st.floats(0.1, 0.9), st.integers(1, 60))
def test_a_higher_score_and_a_faster_growth_are_critical_sooner(
    score: float, distance: float, part: float, minutes: int
) -> None:
    limit, factor = score * distance, distance**part
    wait = time_until(score, limit, timedelta(minutes=minutes))

    assume(wait is not None)
    assert wait is not None
    sooner = time_until(score * factor, limit, timedelta(minutes=minutes))
    faster = time_until(score, limit, timedelta(minutes=minutes) / factor)
    assert sooner is not None
    assert faster is not None
    assert max(sooner, faster) < wait


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 100))
def test_more_reposts_raise_the_branching_ratio_which_stays_below_one(stories: int, more: int, again: int) -> None:
    before, after = branching_ratio(stories, stories + more), branching_ratio(stories, stories + more + again)

    assume(before is not None)
    assert before is not None
    assert after is not None
    assert 0 <= before < after < 1


@pytest.mark.parametrize("doubling", [None, 180, 60, 30, -60])
@pytest.mark.parametrize("rate", [5, 20])
def test_the_band_holds_eighty_of_a_hundred_simulated_hours(rate: float, doubling: float | None) -> None:
    chance = Random(7)
    growth = 0.0 if doubling is None else math.log(2) / doubling
    rates = [rate * math.exp(growth * (5 * step + 2.5)) for step in range(24)]
    held = [_is_held(chance, rates) for _ in range(RUNS)]

    told = [found for found in held if found is not None]

    assert len(told) > 0.9 * RUNS
    assert sum(told) / len(told) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.8])
def test_the_branching_ratio_of_simulated_cascades_is_found(ratio: float) -> None:
    chance, stories = Random(3), 3000
    copies = sum(_cascade(chance, ratio) for _ in range(stories))

    assert branching_ratio(stories, copies) == pytest.approx(ratio, abs=0.03)


def _is_held(chance: Random, rates: list[float]) -> bool | None:
    found = forecast([_poisson(chance, rate) for rate in rates[:12]], FIVE)
    return None if found is None else found.lower <= _poisson(chance, sum(rates[12:])) <= found.upper


def _poisson(chance: Random, mean: float) -> int:
    """Return a Poisson number, normal where it is large."""
    if mean > 100:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number


def _cascade(chance: Random, ratio: float) -> int:
    """Return the size of a cascade in which every post has a Poisson number of reposts, itself included."""
    size = waiting = 1
    while waiting and size < 10_000:
        children = _poisson(chance, ratio * waiting)
        size, waiting = size + children, children
    return size
