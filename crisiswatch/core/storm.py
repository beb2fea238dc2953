"""The storm limit: how many messages that ping a receiver gets before a digest takes their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind

COUNTED = frozenset({NotificationKind.OPENED, NotificationKind.REOPENED, NotificationKind.CLOSED})
"""Kinds that a storm is made of; a raise to critical and reminders of a critical are few and never wait."""

DIGEST_WORTH = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class StormLimit:
    """So many pings per receiver in a stretch of `per`; `criticals` of them may be critical beyond that.

    What is above waits for the digest: the first after `first_digest`, then one every `digest_every`.
    """

    pings: int = 10
    criticals: int = 30
    per: timedelta = timedelta(minutes=10)
    first_digest: timedelta = timedelta(minutes=1)
    digest_every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ping:
    """A message that one receiver got lately."""

    at: datetime
    severity: Severity


def is_storm(limit: StormLimit, lately: Sequence[Ping], severity: Severity, now: datetime) -> bool:
    """Tell whether one more ping would be too many."""
    counted = [ping for ping in lately if now - ping.at < limit.per]
    if severity >= Severity.CRITICAL:
        return sum(ping.severity >= Severity.CRITICAL for ping in counted) >= limit.criticals
    return len(counted) >= limit.pings


def is_counted(notification: Notification, *, has_been_told: bool) -> bool:
    """Tell whether a notification is one of those that a storm is made of; an end that was promised never is."""
    return notification.kind in COUNTED and not (notification.kind is NotificationKind.CLOSED and has_been_told)


def digest_of(receiver: str, held: Sequence[Notification], now: datetime) -> Notification:
    """Return the digest that takes the place of what a storm held back."""
    name = sha256("|".join((receiver, now.isoformat(), *(one.key for one in held))).encode()).hexdigest()[:16]
    severity = max((one.severity for one in held), default=Severity.WARNING)
    return Notification(f"digest-{name}", receiver, NotificationKind.DIGEST, 1, severity, now, now + DIGEST_WORTH)
