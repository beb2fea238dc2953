"""How fast a receiver takes messages where its service states a limit: a few at once, then so many a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crisiswatch.core.collapsing import due
from crisiswatch.core.outbox import DeliveryState, NotificationKind, OutboxRow

_ONE_POST = frozenset({NotificationKind.OPENED, NotificationKind.UPDATED, NotificationKind.TEST})
_WAITING = (DeliveryState.PENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many messages `per_second` in the long run; after a rest `burst` of them may go at once."""

    per_second: float
    burst: int

    @property
    def apart(self) -> timedelta:
        """Return the time between two messages in the long run."""
        return timedelta(seconds=1 / self.per_second)


@dataclass(frozen=True, slots=True)
class Throttle:
    """What one receiver has been sent: all of it has been paid off at `paid_at`, at the pace of the limit.

    In no stretch of `t` more than burst + per_second · t is let through (the virtual scheduling algorithm of ITU-T
    I.371, a token bucket without fractions of tokens).
    """

    limit: Limit
    paid_at: datetime

    def free_at(self) -> datetime:
        """Return from when on one more message may go."""
        return self.paid_at - self.limit.apart * (self.limit.burst - 1)

    def take(self, now: datetime, posts: int = 1) -> Throttle | None:
        """Return the throttle after a message of so many posts; None: it must wait.

        A message is never split: one of two posts may go where there is room for one, and the next waits for both.
        """
        if now < self.free_at():
            return None
        return replace(self, paid_at=max(now, self.paid_at) + self.limit.apart * posts)

    def give_back(self, posts: int = 1) -> Throttle:
        """Return the throttle as if a message that went nowhere had not been let through."""
        return replace(self, paid_at=self.paid_at - self.limit.apart * posts)

    def wait_until(self, moment: datetime) -> Throttle:
        """Return the throttle of a receiver that asked to be left alone until then."""
        return replace(self, paid_at=max(self.paid_at, moment + self.limit.apart * (self.limit.burst - 1)))


def posts_of(kind: NotificationKind, *, edits: bool) -> int:
    """Return how many posts a message is: beside a reply, a channel that edits in place corrects its card."""
    return 2 if edits and kind not in _ONE_POST else 1


def waits(rows: Sequence[OutboxRow], limits: Mapping[str, Limit], now: datetime) -> Mapping[int, str]:
    """Return, by row id, why rows wait that are due and held back by nothing else but the pace of their receiver.

    `rows` are all that are not settled, in any order; they go by severity, then by age.
    """
    found: dict[int, str] = {}
    for receiver, limit in limits.items():
        ready = [row for row in rows if row.notification.receiver == receiver and _is_ready(row, now)]
        ready.sort(key=lambda row: (-row.notification.severity, due(row), row.id))
        for before, row in enumerate(ready):
            if before:
                found[row.id] = f"paced: {limit.per_second:g} a second, {before} before it"
    return found


def _is_ready(row: OutboxRow, now: datetime) -> bool:
    return row.state in _WAITING and not row.held and due(row) <= now
