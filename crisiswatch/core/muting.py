"""Mutes: hours in which nobody is told of what is not critical."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind


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


def muted_until(notification: Notification, mutes: tuple[Mute, ...], now: datetime) -> datetime | None:
    """Return when the mutes that hold a notification back are over; None if it may go now.

    An end is never held back from who heard of the beginning.
    """
    if notification.kind in (NotificationKind.CLOSED, NotificationKind.TEST):
        return None
    ends = [end for mute in mutes if _concerns(mute, notification) and (end := _end(mute, now))]
    return max(ends) if ends else None


def _concerns(mute: Mute, notification: Notification) -> bool:
    return notification.severity in mute.severities and (not mute.receivers or notification.receiver in mute.receivers)


def _end(mute: Mute, now: datetime) -> datetime | None:
    """Return the end of the mute's stretch that `now` lies in. Wall-clock times, so a change of DST moves it."""
    here = now.astimezone(mute.time_zone)
    for day in (here.date(), here.date() - timedelta(days=1)):
        if day.weekday() not in mute.weekdays:
            continue
        begins = datetime.combine(day, mute.start, mute.time_zone)
        last = day if mute.end > mute.start else day + timedelta(days=1)
        ends = datetime.combine(last, mute.end, mute.time_zone)
        if begins <= here < ends:
            return ends.astimezone(now.tzinfo)
    return None
