"""Who is on call: a rotation with hand-over times on the wall clock of its people, and overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisiswatch.core.escalation import Escalation


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else is on call from `start` to `end` (exclusive)."""

    start: datetime
    end: datetime
    receiver: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """Receivers that take turns of `days` days; the first begins on `first_day` at `handover`, local time."""

    name: str
    rotation: tuple[str, ...]
    first_day: date
    handover: time
    days: int
    time_zone: ZoneInfo
    overrides: tuple[Override, ...] = ()


def on_call(schedule: Schedule, now: datetime) -> str:
    """Return the receiver that is on call; overrides win, the later named one over the earlier."""
    for override in reversed(schedule.overrides):
        if override.start <= now < override.end:
            return override.receiver
    return schedule.rotation[_turn(schedule, now) % len(schedule.rotation)]


def next_handover(schedule: Schedule, now: datetime) -> datetime:
    """Return the next moment, in UTC, after which somebody else may be on call."""
    moments = [_begins(schedule, _turn(schedule, now) + 1)]
    for override in schedule.overrides:
        moments += [moment.astimezone(UTC) for moment in (override.start, override.end) if moment > now]
    return min(moments)


def took_over(schedule: Schedule, now: datetime) -> datetime | None:
    """Return when, in UTC, somebody else went on call the last time; None if nobody else did."""
    moments = [_begins(schedule, _turn(schedule, now))]
    for override in schedule.overrides:
        moments += [moment.astimezone(UTC) for moment in (override.start, override.end) if moment <= now]
    latest = max(moments)
    before = on_call(schedule, latest - timedelta(seconds=1))
    return latest if before != on_call(schedule, now) else None


def on_duty(names: Iterable[str], schedules: Mapping[str, Schedule], now: datetime) -> tuple[str, ...]:
    """Return receivers with the names of schedules replaced by who is on call there, each once."""
    found = (on_call(schedules[name], now) if name in schedules else name for name in names)
    return tuple(dict.fromkeys(found))


def with_people(escalation: Escalation, schedules: Mapping[str, Schedule], now: datetime) -> Escalation:
    """Return the escalation with who is on call now in the place of schedules."""
    if not schedules:
        return escalation
    steps = tuple(replace(step, receivers=on_duty(step.receivers, schedules, now)) for step in escalation.steps)
    return replace(escalation, steps=steps)


def _turn(schedule: Schedule, now: datetime) -> int:
    """Return the number of the turn that `now` lies in; 0 is the first, before it they are negative."""
    today = now.astimezone(schedule.time_zone).date()
    turn = (today - schedule.first_day).days // schedule.days
    return turn if _begins(schedule, turn) <= now else turn - 1


def _begins(schedule: Schedule, turn: int) -> datetime:
    """Return when a turn begins, in UTC; a time of day that a change of DST leaves out is that much later."""
    day = schedule.first_day + timedelta(days=turn * schedule.days)
    return datetime.combine(day, schedule.handover, schedule.time_zone).astimezone(UTC)
