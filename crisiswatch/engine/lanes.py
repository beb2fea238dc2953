"""One lane for each receiver: how much is in flight there, and whether it is worth trying at all."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.core.outbox import Outcome

LANE_WIDTH = 16
"""Messages in flight to one receiver before no more is claimed for it: a slow one must not hold up the others."""

PATIENCE = timedelta(seconds=30)
"""How long a message waits for its turn where one goes at a time: with an attempt, less than its lease."""

TRIPS_AFTER = 5
"""Failures in a row after which a receiver is left alone for a while."""

PROBE_FIRST, PROBE_AT_MOST = timedelta(seconds=30), timedelta(minutes=5)


@dataclass(slots=True)
class Breaker:
    """How a receiver has been doing; `open_until` is None while it is tried as usual."""

    failures: int = 0
    open_since: datetime | None = None
    open_until: datetime | None = None
    wait: timedelta = PROBE_FIRST
    is_probed: bool = False


class Lanes:
    """Counts what is in flight and trips a breaker per receiver."""

    def __init__(self) -> None:
        self._in_flight: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._breakers: dict[str, Breaker] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def turn(self, receiver: str, patience: timedelta) -> AsyncIterator[bool]:
        """Wait until nothing else is being sent to a receiver; False where that takes too long."""
        lock = self._turns[receiver]
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await lock.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def blocked(self, now: datetime) -> frozenset[str]:
        """Return the receivers that get nothing now: their lane is full, or they are left alone."""
        full = {name for name, count in self._in_flight.items() if count >= LANE_WIDTH}
        return frozenset(full | {name for name, breaker in self._breakers.items() if _is_barred(breaker, now)})

    def is_barred(self, receiver: str, now: datetime) -> bool:
        """Tell whether a receiver is left alone now, or somebody else is trying whether it is back."""
        return receiver in self._breakers and _is_barred(self._breakers[receiver], now)

    def enter(self, receiver: str, now: datetime) -> bool:
        """Tell whether a message may be tried; of a receiver that is probed, one at a time."""
        if self.is_barred(receiver, now):
            return False
        breaker = self._breakers.get(receiver)
        if breaker is not None and breaker.open_until is not None:
            breaker.is_probed = True
        return True

    def probe_at(self, receiver: str) -> datetime | None:
        """Return when a receiver that is left alone is tried again."""
        breaker = self._breakers.get(receiver)
        return breaker.open_until if breaker else None

    def failing_since(self, receiver: str) -> datetime | None:
        """Return since when a receiver has been left alone; None while it works."""
        breaker = self._breakers.get(receiver)
        return breaker.open_since if breaker else None

    def begin(self, receiver: str) -> None:
        """Note that a message is being seen to."""
        self._in_flight[receiver] += 1

    def end(self, receiver: str) -> None:
        """Note that it is settled."""
        self._in_flight[receiver] -= 1
        if not self._in_flight[receiver] and receiver in self._breakers:
            self._breakers[receiver].is_probed = False

    def follow(self, task: asyncio.Task[None]) -> None:
        """Remember what sees to a message, until it has ended."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until everything is settled that is in flight now."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def wants_more(self, receiver: str) -> bool:
        """Tell whether a lane has run half empty: a claim looks at all that waits, too much work for every message."""
        return self._in_flight[receiver] <= LANE_WIDTH // 2

    def judge(self, receiver: str, outcome: Outcome, now: datetime) -> bool:
        """Take note of how an attempt ended; return whether a receiver that was left alone works again."""
        breaker = self._breakers.setdefault(receiver, Breaker())
        if outcome in (Outcome.DELIVERED, Outcome.REJECTED):  # the other side answers: it is there
            was_open = breaker.open_until is not None
            self._breakers[receiver] = Breaker()
            return was_open
        breaker.failures += 1
        breaker.is_probed = False
        if breaker.open_until is not None and now >= breaker.open_until:
            breaker.wait = min(breaker.wait * 2, PROBE_AT_MOST)
            breaker.open_until = now + breaker.wait
        elif breaker.open_until is None and breaker.failures >= TRIPS_AFTER:
            breaker.open_since, breaker.open_until = now, now + breaker.wait
        return False


def _is_barred(breaker: Breaker, now: datetime) -> bool:
    return breaker.open_until is not None and (now < breaker.open_until or breaker.is_probed)
