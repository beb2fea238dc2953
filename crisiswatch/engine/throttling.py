"""The pace of every receiver that has one: a message that would come too fast stays in the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from crisiswatch.core.outbox import Attempt
from crisiswatch.core.throttling import Limit, Throttle

RETRY_AFTER_AT_MOST = timedelta(hours=1)


class Throttles:
    """Remembers what receivers with a limit were sent. One without a limit is never waited for."""

    def __init__(self) -> None:
        self._throttles: dict[str, Throttle] = {}
        self._limits: Mapping[str, Limit] = {}

    def use(self, limits: Mapping[str, Limit]) -> None:
        """Keep to these limits from now on; what was sent under one that stays is remembered."""
        self._limits = limits
        kept = {name: one for name, one in self._throttles.items() if limits.get(name) == one.limit}
        self._throttles = kept

    def spent(self, now: datetime) -> frozenset[str]:
        """Return the receivers that take nothing now."""
        return frozenset(name for name, throttle in self._throttles.items() if now < throttle.free_at())

    def take(self, receiver: str, now: datetime, posts: int) -> bool:
        """Tell whether a message may go to a receiver now; if so, it counts."""
        limit = self._limits.get(receiver)
        if limit is None:
            return True
        after = self._throttles.get(receiver, Throttle(limit, now)).take(now, posts)
        if after is None:
            return False
        self._throttles[receiver] = after
        return True

    def give_back(self, receiver: str, posts: int) -> None:
        """Note that a message was not sent after all."""
        if receiver in self._throttles:
            self._throttles[receiver] = self._throttles[receiver].give_back(posts)

    def heed(self, receiver: str, attempt: Attempt, now: datetime) -> None:
        """Leave a receiver alone for as long as it asked for: the next message would hear the same."""
        if attempt.retry_after is not None and receiver in self._throttles:
            until = now + min(attempt.retry_after, RETRY_AFTER_AT_MOST)
            self._throttles[receiver] = self._throttles[receiver].wait_until(until)

    def next_in(self, now: datetime, longest: timedelta) -> timedelta:
        """Return the time until a receiver takes messages again that takes none now; `longest` at most."""
        waits = (throttle.free_at() - now for throttle in self._throttles.values())
        return min((longest, *(wait for wait in waits if wait > timedelta(0))))
