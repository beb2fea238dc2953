"""What the shipped detector is compared with: each baseline sees the past alone and finds what it is made for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.crisisbench.background import PER_DAY, PER_WEEK, Floats
from benchmarks.crisisbench.baselines import baseline_scores
from benchmarks.crisisbench.classical import CLASSICAL, ears_c2, farrington, seasonal_esd, spike_ratio
from benchmarks.crisisbench.off_the_shelf import off_the_shelf
from benchmarks.crisisbench.streams import Stream

ONSET = 3 * PER_WEEK + 100
CHANGED = slice(ONSET, ONSET + 24)


def steady(stories: float = 20.0, negative: float = 3.0, seed: int = 1) -> Stream:
    """Return four weeks of a brand that hardly varies."""
    rng, buckets = np.random.default_rng(seed), 4 * PER_WEEK
    counts = rng.poisson(stories, buckets).astype(float)
    bad = np.minimum(counts, rng.poisson(negative, buckets))
    return Stream(1, "mid", 3 * PER_WEEK, counts, bad, counts.copy(), np.ones(buckets), ())


def with_more(stream: Stream, column: str, factor: float) -> Stream:
    values: Floats = getattr(stream, column).copy()
    values[CHANGED] *= factor
    return replace(stream, **{column: values})


@pytest.mark.parametrize("score", [ears_c2, farrington, seasonal_esd])
def test_two_hours_of_many_negatives_stand_out_of_everything_before(score: Callable[[Stream], Floats]) -> None:
    found = score(with_more(steady(), "negative", 4.0))

    assert found[CHANGED].max() > 2 * found[:ONSET].max()


def test_a_spike_of_the_volume_is_one_against_the_hour_before_alone() -> None:
    found = spike_ratio(with_more(steady(), "stories", 5.0))

    assert found[CHANGED][:12].max() > 4
    assert found[CHANGED][-1] < 1.5


def test_ears_compares_with_hours_that_ended_two_days_ago() -> None:
    calm = steady()
    risen = with_more(calm, "negative", 6.0)
    soon, later = ONSET + PER_DAY, ONSET + 3 * PER_DAY

    before, after = ears_c2(calm), ears_c2(risen)

    assert np.array_equal(before[soon : soon + PER_DAY // 2], after[soon : soon + PER_DAY // 2])
    assert after[later] < before[later] or after[later] == before[later] == 0


def test_farrington_forgives_what_happens_every_day_at_that_time() -> None:
    stream, clock = steady(), np.arange(4 * PER_WEEK) % PER_DAY
    busy = np.where((clock > 100) & (clock < 130), 4.0, 1.0)

    found = farrington(replace(stream, stories=stream.stories * busy, negative=stream.negative * busy))

    assert found[3 * PER_WEEK :].max() < 5


@pytest.mark.parametrize("name", [*CLASSICAL, "river"])
def test_a_score_does_not_depend_on_what_comes_after_it(name: str) -> None:
    stream = steady()
    other = with_more(stream, "negative", 5.0)
    other = with_more(other, "stories", 5.0)
    score = CLASSICAL.get(name, lambda each: np.stack(list(off_the_shelf(each).values())))

    one, two = score(stream), score(other)

    assert np.array_equal(one[..., :ONSET], two[..., :ONSET])
    assert not np.array_equal(one, two)


def test_every_baseline_gives_a_number_for_every_bucket() -> None:
    stream = steady(0.02, 0.005)

    found = baseline_scores(stream)

    assert {"ears_c2_negatives", "river_half_space_trees", "z_score_7d_negatives"} <= set(found)
    assert all(len(scores) == len(stream.stories) and np.isfinite(scores).all() for scores in found.values())
    assert min(scores.min() for scores in found.values()) >= 0
