"""Mutes: hours in which nobody is told of what is not critical."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification


@dataclass(frozen=True, slots=True)
class Mute:
    """Named hours, `start` to `end` (exclusive; over midnight if end ≤ start), on some weekdays (Monday is 0).

    No `receivers`: everybody is left in peace.
    """

    name: str
    start: time
    end: time
    time_zone: ZoneInfo
    weekdays: frozenset[int]
    severities: frozenset[Severity]
    receivers: frozenset[str] = frozenset()


def muting(notification: Notification, mutes: tuple[Mute, ...], now: datetime) -> tuple[Mute, datetime] | None:
    """Return the mute that holds a notification back for longest, and when it is over; None if it may go now."""
    ends = [(end, mute) for mute in mutes if _concerns(mute, notification) and (end := _end(mute, now))]
    if not ends:
        return None
    end, mute = max(ends, key=lambda found: found[0])
    return mute, end


def _concerns(mute: Mute, notification: Notification) -> bool:
    return notification.severity in mute.severities and (not mute.receivers or notification.receiver in mute.receivers)


def _end(mute: Mute, now: datetime) -> datetime | None:
    """Return the end of the mute's stretch that `now` lies in.

    Wall-clock times, so a change of DST moves it; compared in UTC, where no hour comes twice.
    """
    today = now.astimezone(mute.time_zone).date()
    for day in (today, today - timedelta(days=1)):
        if day.weekday() not in mute.weekdays:
            continue
        begins = datetime.combine(day, mute.start, mute.time_zone).astimezone(UTC)
        last = day if mute.end > mute.start else day + timedelta(days=1)
        ends = datetime.combine(last, mute.end, mute.time_zone).astimezone(UTC)
        if begins <= now < ends:
            return ends
    return None
