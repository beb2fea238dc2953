"""The load run in a short form: everything comes in, every critical goes out, and work waits for work."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from benchmarks.load import measure
from benchmarks.pipeline import START
from benchmarks.shifts import Shift, Stream
from crisiswatch.engine.clock import DrivenClock

pytestmark = pytest.mark.timeout(600)


async def test_half_a_minute_at_500_and_two_seconds_at_5000_a_second_lose_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    found = await measure(seed=1, steady=30, burst=2)

    steady, burst = found["500_a_second"], found["5000_a_second"]
    assert isinstance(steady, dict) and isinstance(burst, dict)
    told = f"{steady['utilisation']} of a core at 500 a second, {burst['utilisation']} at 5,000"
    record_property("number", f"load: {found['mentions']} mentions, {told}; criticals after {found['p99_seconds']} s")
    assert (found["mentions"], steady["mentions"], burst["mentions"]) == (25_000, 15_000, 10_000)
    assert (found["criticals"], found["criticals_accepted"], found["undelivered"]) == (2, 2, 0)
    assert 0 < steady["utilisation"] < burst["utilisation"]


def test_work_that_is_due_before_the_last_is_done_begins_when_that_ends() -> None:
    shift = Shift(None, DrivenClock(START), Random(0), ())  # type: ignore[arg-type]  # only its account is looked at
    shift.begin(10.0)
    sum(range(100_000))
    shift.end()
    ended = shift.free_at
    shift.begin(5.0)
    began = shift.began_at
    shift.end()
    shift.begin(100.0)

    assert 10.0 < ended == began
    assert (shift.began_at, shift.clock.now()) == (100.0, START + timedelta(seconds=100))
    assert shift.worked < ended


def test_frames_come_at_their_pace_and_somebody_is_hurt_every_half_minute() -> None:
    stream = Stream(begins=5.0, a_second=10, left=301)
    taken = [stream.take() for _ in range(301)]

    assert [at for at, _ in taken[:3]] == [pytest.approx(5.1), pytest.approx(5.2), pytest.approx(5.3)]
    assert [place for place, (_, is_hurt) in enumerate(taken) if is_hurt] == [0, 300]
    assert stream.arrival == math.inf
