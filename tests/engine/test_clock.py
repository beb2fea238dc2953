"""The clocks, and the grid of ticks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.engine import clock as clocks
from crisiswatch.engine.clock import TICK, DrivenClock, SystemClock, tick_after, tick_before
from tests.builders import NOON, after


class Wall(datetime):
    """The system's clock, as a test sets it."""

    shows = NOON

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return cls.shows


async def test_a_driven_clock_moves_on_while_somebody_sleeps() -> None:
    clock = DrivenClock(NOON)

    await clock.sleep(timedelta(minutes=3))

    assert clock.now() == after(minutes=3)


def test_a_driven_clock_never_runs_backwards() -> None:
    clock = DrivenClock(NOON)

    clock.set(after(minutes=-1))

    assert clock.now() == NOON


def test_the_system_clock_runs_at_half_its_pace_after_a_step_back(monkeypatch: pytest.MonkeyPatch) -> None:
    elapsed = [0.0]
    monkeypatch.setattr(clocks, "datetime", Wall)
    monkeypatch.setattr(clocks, "monotonic", lambda: elapsed[0])
    clock = SystemClock()
    seen = []
    for minutes, shown in ((0, 0), (0, -60), (20, -40), (60, 0), (120, 60), (130, 70)):
        elapsed[0], Wall.shows = minutes * 60.0, after(minutes=shown)
        seen.append(clock.now())

    assert seen == [after(minutes=shown) for shown in (0, 0, 10, 30, 60, 70)]


def test_the_system_clock_follows_a_step_forward_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "datetime", Wall)
    clock = SystemClock()
    seen = []
    for hours in (0, 8):
        Wall.shows = after(hours=hours)
        seen.append(clock.now())

    assert seen == [NOON, after(hours=8)]


async def test_the_system_clock_gives_aware_times_and_does_not_wait_for_the_past() -> None:
    clock = SystemClock()

    await clock.sleep(timedelta(days=-1))

    assert clock.now().tzinfo is UTC


@given(st.floats(-(10**8), 10**9))
def test_every_moment_lies_between_two_ticks_of_one_grid(seconds: float) -> None:
    moment = after(seconds=seconds)

    before, following = tick_before(moment), tick_after(moment)

    assert before <= moment < following
    assert following - before == TICK
    assert (before.second % 15, before.microsecond) == (0, 0)
