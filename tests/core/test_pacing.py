"""How often a source is asked: what it brings decides, the bounds hold."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.pacing import HURRY_LEAST, Pace

FIVE, ONE, TWENTY = timedelta(minutes=5), timedelta(minutes=1), timedelta(minutes=20)


def test_without_bounds_the_interval_stays():
    pace = Pace.within(FIVE)

    for items in (0, 0, 500, 3):
        pace = pace.after(items, FIVE)
        assert pace.interval == FIVE


def test_a_quiet_source_is_asked_a_fifth_later_each_time_up_to_the_bound():
    pace, seen = Pace.within(FIVE, ONE, TWENTY), []

    for _ in range(10):
        pace = pace.after(0, pace.interval)
        seen.append(pace.interval)

    assert seen[0] == FIVE * 1.2 and seen[-1] == TWENTY
    assert seen == sorted(seen)


def test_a_busy_source_is_asked_so_that_about_ten_items_come_at_a_time():
    pace = Pace.within(FIVE, ONE, TWENTY)

    for _ in range(30):
        pace = pace.after(round(pace.interval / timedelta(seconds=15)), pace.interval)  # four a minute

    assert timedelta(minutes=2) < pace.interval < timedelta(minutes=3)


def test_a_burst_shortens_the_next_interval_at_once():
    pace = Pace.within(FIVE, ONE, TWENTY)
    for _ in range(10):
        pace = pace.after(0, pace.interval)

    assert pace.after(200, pace.interval).interval < FIVE


times = st.timedeltas(timedelta(seconds=1), timedelta(days=1))


@given(times, times, times, st.lists(st.tuples(st.integers(0, 10_000), times)))
def test_the_bounds_always_hold(every, least, most, polls):
    pace = Pace.within(every, least, most)

    for items, took in polls:
        pace = pace.after(items, took)
        assert min(every, least) <= pace.interval <= max(every, most)
        assert pace.hurried <= pace.interval
        assert pace.hurried >= min(pace.interval, HURRY_LEAST)
