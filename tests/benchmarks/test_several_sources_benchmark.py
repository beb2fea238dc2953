import math
from itertools import pairwise

import numpy as np
import pytest
from builders import NOON

from benchmarks.crisisbench.background import PER_WEEK, make_siblings
from benchmarks.crisisbench.incidents import Truth
from benchmarks.crisisbench.minutely import Delay, minutely, parts
from benchmarks.crisisbench.several import Brand, several_sources
from benchmarks.crisisbench.streams import TIERS, make_stream
from crisiswatch.app.data import calibration
from crisiswatch.core.models import Count

BAR = calibration().bars[0.1]


def brand(*alarms: int, weeks: int = 10, truths: tuple[Truth, ...] = ()) -> Brand:
    """Return a brand whose series alarm at those buckets, the pool first."""
    series = []
    for at in alarms:
        evidence = np.zeros(weeks * PER_WEEK)
        evidence[at] = 1.01 * BAR
        series.append(evidence)
    return Brand(tuple(series), truths, float(weeks))


def test_a_pool_has_the_stories_of_its_sources_and_a_crisis_is_in_one_of_them() -> None:
    stream = make_stream(TIERS["several"], 3)

    assert np.array_equal(stream.stories, sum(each.stories for each in stream.sources))
    assert np.array_equal(stream.negative, sum(each.negative for each in stream.sources))
    for index in range(len(stream.crises)):
        assert sum(bool(part.crises[index].extra.any() or part.crises[index].shift.any()) for part in stream.parts) == 1


def test_sources_of_one_brand_move_together() -> None:
    first, second = make_siblings(np.random.default_rng(4), 3 * PER_WEEK, [20.0, 5.0])

    assert np.corrcoef(first.rate, second.rate)[0, 1] > 0.8
    assert first.rate.mean() == pytest.approx(4 * second.rate.mean(), rel=0.1)


def test_sources_with_a_budget_each_alarm_more_often_than_the_brand_promised() -> None:
    rows = several_sources([], [brand(100, 5000, 9000, 100)])["0.1"]

    assert rows["pool"]["actual_over_promised"] == pytest.approx(1.0)
    assert rows["unshared"]["actual_over_promised"] == pytest.approx(3.0)


def test_a_shared_budget_asks_more_of_every_series() -> None:
    rows = several_sources([], [brand(100, 5000, 9000, 100)])["0.1"]

    assert rows["shared"]["actual_over_promised"] == 0.0


def test_what_only_a_source_finds_is_found_by_watching_sources() -> None:
    found = brand(8000, 306, weeks=10, truths=(Truth("sudden", 300, 500),))

    rows = several_sources([found], [])["0.1"]

    assert rows["pool"] == {"actual_over_promised": None, "detection_rate": 0.0, "minutes": None}
    assert (rows["unshared"]["detection_rate"], rows["unshared"]["minutes"]) == (1.0, 35.0)


def test_the_parts_of_a_bucket_grow_to_the_whole() -> None:
    count = Count(NOON, 40, 12, 55, 1.0)

    found = parts(np.random.default_rng(1), count)

    assert found[-1] == count
    assert [each.covered for each in found] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert all(a.stories <= b.stories and a.negative <= b.negative for a, b in pairwise(found))
    assert all(each.negative <= each.stories <= each.copies for each in found)


def test_minutes_of_open_and_closed_buckets_stand_side_by_side() -> None:
    rows = minutely([Delay("sudden", 5, 2), Delay("sudden", 10, 8), Delay("slow", math.inf, math.inf)])

    assert rows["sudden"] == {"closed": 7.5, "open": 5.0}
    assert rows["slow"] == {"closed": None, "open": None}
    assert rows["all"] == {"closed": 10.0, "open": 8.0}
