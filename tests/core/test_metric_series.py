"""Metric series: what is new is noticed once, history and whims of chance are not, and a closer look is planned."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.metric_series import Investigate, SeriesWatch, judge_points, warm_up
from crisiswatch.core.models import MetricPoint
from crisiswatch.detectors.novelty_bag import NoveltyBag
from tests.builders import NOON

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
WARM = warm_up(QUARTER)


def watch() -> SeriesWatch:
    return SeriesWatch(lambda length, state: NoveltyBag(warm_up(length), state))


def usual(number: int) -> float:
    """Return a count with a time of day and some noise."""
    return round(40 + 20 * math.sin(number * math.tau / 96) + number * 7919 % 11)


def point(number: int, value: float, *, length: timedelta = QUARTER, late: timedelta = timedelta(), **more: object):
    start = NOON + number * length
    return MetricPoint("wiki", "edits", "Acme", start, length, value, observed_at=start + length + late, **more)


def judged(state: SeriesWatch, *points: MetricPoint) -> tuple[Investigate, ...]:
    return judge_points(state, "Acme", points, ("wiki", "press"), points[-1].observed_at or NOON)


def learnt(*, count: int = WARM * 2) -> SeriesWatch:
    state = watch()
    for number in range(count):
        judged(state, point(number, usual(number)))
    return state


def held(state: SeriesWatch, now: datetime) -> list[float]:
    return [notice.score for notice in state.notices(now) if notice.score >= 1]


def test_a_new_height_is_noticed_and_asks_for_a_closer_look():
    state, bad = learnt(), point(WARM * 2, 900)

    (planned,) = judged(state, bad)

    assert planned == Investigate("Acme", "wiki", "edits", ("wiki", "press"), bad.observed_at + timedelta(hours=1))
    (notice,) = state.notices(bad.observed_at)
    assert (notice.series, notice.value) == ("wiki/edits", 900)
    assert notice.score >= 1 and 20 < notice.usual < 80


def test_a_notice_ends_by_itself():
    state, bad = learnt(), point(WARM * 2, 900)
    judged(state, bad)

    assert held(state, bad.observed_at + timedelta(minutes=59))
    assert not held(state, bad.observed_at + timedelta(hours=1))


def test_quiet_weeks_are_rarely_worth_a_word():
    state = learnt()

    planned = [judged(state, point(number, usual(number))) for number in range(WARM * 2, WARM * 2 + 96 * 14)]

    assert sum(map(len, planned)) <= 2


def test_a_fall_is_no_reason_but_of_a_mood_it_is():
    counts, mood = learnt(), watch()
    for number in range(WARM * 2):
        judged(mood, point(number, usual(number) / 40, is_mood=True))

    assert judged(counts, point(WARM * 2, 0)) == ()
    assert len(judged(mood, point(WARM * 2, -9.5, is_mood=True))) == 1
    assert judged(mood, point(WARM * 2 + 1, 30.5, is_mood=True)) == ()


def test_one_edit_of_a_page_that_nobody_edits_is_no_news():
    state = watch()
    for number in range(WARM * 2):
        judged(state, point(number, 0))

    assert judged(state, point(WARM * 2, 1)) == ()
    assert len(judged(state, point(WARM * 2 + 1, 30))) == 1


def test_history_is_learnt_and_never_noticed():
    state = learnt()

    assert judged(state, point(WARM * 2, 900, late=timedelta(hours=7))) == ()
    assert state.followed["wiki/edits"].value == 900


def test_a_point_of_a_day_may_come_two_days_later():
    state = watch()
    for number in range(60):
        judged(state, point(number, 200 + number * 37 % 30, length=DAY))

    assert len(judged(state, point(60, 5_000, length=DAY, late=timedelta(hours=40)))) == 1


def test_a_point_that_is_told_again_or_corrected_is_judged_once():
    state, bad = learnt(), point(WARM * 2, 900)
    judged(state, bad)
    before = state.detectors["wiki/edits"].to_bytes()

    assert judged(state, bad, point(WARM * 2, 2_000), point(3, 9_000)) == ()
    assert state.detectors["wiki/edits"].to_bytes() == before


def test_points_of_another_length_begin_anew():
    state = learnt()

    assert judged(state, point(3_000, 900, length=timedelta(hours=1))) == ()
    assert state.followed["wiki/edits"].length == timedelta(hours=1)


@pytest.mark.parametrize(("length", "points"), [(timedelta(minutes=5), 864), (QUARTER, 288), (DAY, 30)])
def test_three_days_are_learnt_first(length: timedelta, points: int):
    assert warm_up(length) == points


values = st.lists(st.floats(0, 1e6).map(round) | st.just(0), min_size=1, max_size=60)


@given(values, st.lists(st.integers(0, 10_000), max_size=4), st.randoms())
def test_the_way_points_are_cut_into_batches_and_repeated_changes_nothing(told, cuts, random):
    """Law: any batches of the same points, in any order inside, leave the same state, also over a restart between."""
    make = partial(_tiny)
    points = [point(number, float(value)) for number, value in enumerate(told)]
    whole, pieces = SeriesWatch(make), SeriesWatch(make)
    for each in points:
        judge_points(whole, "Acme", (each,), (), NOON)

    bounds = sorted({0, *(cut % len(points) for cut in cuts), len(points)})
    for first, last in pairwise(bounds):
        batch = points[max(0, first - 2) : last]
        random.shuffle(batch)
        judge_points(pieces, "Acme", batch, (), NOON)
        restarted = {key: make(QUARTER, one.to_bytes()) for key, one in pieces.detectors.items()}
        pieces = SeriesWatch(make, pieces.followed, restarted)

    assert pieces.followed == whole.followed
    assert {k: d.to_bytes() for k, d in pieces.detectors.items()} == {
        k: d.to_bytes() for k, d in whole.detectors.items()
    }


def _tiny(length: timedelta, state: bytes | None) -> NoveltyBag:
    return NoveltyBag(10, state)
