"""Who is on call: turns, hand-over times on the wall clock, overrides."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.escalation import Escalation, Step
from crisiswatch.core.oncall import Override, Schedule, next_handover, on_call, on_duty, took_over, with_people

MADRID = ZoneInfo("Europe/Madrid")
WEEKLY = Schedule("pr", ("ana", "ben", "eva"), date(2026, 3, 2), time(9), 7, MADRID)


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        (at(3, 2, 8, 59), "eva"),
        (at(3, 2, 9), "ana"),
        (at(3, 9, 8, 59), "ana"),
        (at(3, 9, 9), "ben"),
        (at(3, 16, 9), "eva"),
        (at(3, 23, 9), "ana"),
        (at(3, 30, 8, 59), "ana"),  # the clocks changed on the 29th
        (at(3, 30, 9), "ben"),
        (at(2, 23, 9), "eva"),
    ],
)
def test_turns_change_at_the_hour_on_the_wall(moment: datetime, who: str) -> None:
    assert on_call(WEEKLY, moment.astimezone(UTC)) == who


def test_an_override_wins_for_its_stretch() -> None:
    override = Override(at(3, 4), at(3, 5), "joe")
    schedule = Schedule("pr", ("ana", "ben"), date(2026, 3, 2), time(9), 7, MADRID, (override,))

    assert [on_call(schedule, moment) for moment in (at(3, 4, 11), at(3, 4), at(3, 5))] == ["ana", "joe", "ana"]
    assert next_handover(schedule, at(3, 3)) == at(3, 4)
    assert took_over(schedule, at(3, 4, 13)) == at(3, 4)


def test_nobody_takes_over_from_themselves() -> None:
    alone = Schedule("pr", ("ana",), date(2026, 3, 2), time(9), 1, MADRID)

    assert took_over(alone, at(3, 20)) is None
    assert took_over(WEEKLY, at(3, 12)) == at(3, 9, 9)


def test_routes_and_steps_may_name_a_schedule() -> None:
    schedules = {"pr": WEEKLY}
    ladder = Escalation("x", (Step(timedelta(minutes=5), ("pr", "boss")),))

    assert on_duty(("pr", "team", "ana"), schedules, at(3, 3)) == ("ana", "team")
    assert with_people(ladder, schedules, at(3, 10)).steps[0].receivers == ("ben", "boss")


@given(
    st.integers(0, 7 * 366 * 24 * 3600),
    st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]),
    st.times(),
    st.integers(1, 30),
)
def test_exactly_one_is_on_call_until_the_next_hand_over(second: int, zone: str, handover: time, days: int) -> None:
    schedule = Schedule("s", ("a", "b"), date(2025, 6, 1), handover.replace(tzinfo=None), days, ZoneInfo(zone))
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    change = next_handover(schedule, now)

    assert now < change <= now + timedelta(days=days, hours=3)
    assert on_call(schedule, change - timedelta(seconds=1)) == on_call(schedule, now)
    assert on_call(schedule, change) != on_call(schedule, now)
