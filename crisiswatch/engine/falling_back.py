"""The fallback: who is told in the place of a receiver that cannot be reached, while that one is still tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.ports import Clock

AFTER_FAILURES = 3

AFTER = {Severity.CRITICAL: timedelta(seconds=60)}
"""How long a receiver may fail before somebody else is told; `OTHERWISE` for what is not critical."""

OTHERWISE = timedelta(minutes=10)

DEAD_LATELY = timedelta(hours=24)
"""What was given up longer ago is not told of to anybody else any more."""

PINGS = frozenset({
    NotificationKind.OPENED, NotificationKind.REOPENED, NotificationKind.RAISED,
    NotificationKind.REPEATED, NotificationKind.ESCALATED,
})  # fmt: skip
"""Kinds that somebody has to hear of now; an end is told to whoever heard of the beginning, by its own way."""

log = structlog.get_logger()


async def _nobody(incident: str, receiver: str, now: datetime) -> bool:
    """Stand in for the watcher until app.py connects it."""
    return False


class FallBack:
    """Remembers what does not get through, and has others told when that lasts too long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._late: dict[int, tuple[datetime, Notification]] = {}
        self.fallbacks: Mapping[str, str] = {}
        self.tell_also: Callable[[str, str, datetime], Awaitable[bool]] = _nobody

    def take_up(self, dead: Iterable[OutboxRow], now: datetime) -> None:
        """Note what was given up before a restart: a process that is killed then has told nobody else yet.

        Who was told is not told again, and nobody is told of what is over: the watcher knows.
        """
        for row in dead:
            if row.settled_at is not None and now - row.settled_at <= DEAD_LATELY:
                self.failed(row, DeliveryState.DEAD, now)

    def failed(self, row: OutboxRow, state: DeliveryState, now: datetime) -> None:
        """Note that a message did not get through; `state` says whether it is tried again."""
        notification = row.notification
        if notification.receiver not in self.fallbacks or notification.kind not in PINGS:
            return
        is_hopeless = state is DeliveryState.DEAD or row.attempts + 1 >= AFTER_FAILURES
        begun = row.created_at or now
        when = now if is_hopeless else begun + AFTER.get(notification.severity, OTHERWISE)
        known = self._late.get(row.id)
        self._late[row.id] = (min(when, known[0]) if known else when, notification)

    def succeeded(self, row: OutboxRow) -> None:
        """Note that a message got through after all."""
        self._late.pop(row.id, None)

    async def look(self) -> int:
        """Have the fallbacks told of what is late by now; return how many were."""
        now = self._clock.now()
        due = [(id, owed) for id, (when, owed) in self._late.items() if when <= now]
        told = 0
        for id, owed in due:
            instead = self.fallbacks.get(owed.receiver)
            if instead is not None and await self.tell_also(owed.incident, instead, now):
                told += 1
                log.warning("fell_back", receiver=owed.receiver, fallback=instead, incident=owed.incident)
            self._late.pop(id, None)
        return told
