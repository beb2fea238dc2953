"""A shift of the load benchmark: frames that come, work in the daemon's order, and when criticals were accepted."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from benchmarks.pipeline import START
from crisiswatch.app.building import Application
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, NotificationKind, Outcome
from crisiswatch.engine.clock import TICK, DrivenClock
from crisiswatch.ports import Channel

TICK_SECONDS = round(TICK.total_seconds())

HURT_EVERY = 30
"""Seconds between two mentions of somebody who was hurt, each about another brand."""


@dataclass
class Stream:
    """Frames that come one after the other: so many a second, from a moment on (seconds since the beginning)."""

    begins: float
    a_second: int
    left: int
    number: int = 0

    @property
    def arrival(self) -> float:
        """Return when the next frame comes; never, once all have come."""
        return self.begins + (self.number + 1) / self.a_second if self.left else math.inf

    def take(self) -> tuple[float, bool]:
        """Return when the next frame came, and whether somebody is hurt in it."""
        taken = self.arrival, self.number % (HURT_EVERY * self.a_second) == 0
        self.number, self.left = self.number + 1, self.left - 1
        return taken


@dataclass
class Shift:
    """Work in the order in which the daemon does it. Times are seconds since the beginning; until `free_at` it works.

    `hurt` is when the mentions of hurt people came, by brand; `accepted` when they were told of, from the tick, and
    from then.
    """

    application: Application
    clock: DrivenClock
    random: Random
    posts: Sequence[str]
    coming: Stream = field(default_factory=lambda: Stream(0.0, 1, 0))
    free_at: float = 0.0
    tick_at: float = float(TICK_SECONDS)
    began_at: float = 0.0
    used_before: float = 0.0
    worked: float = 0.0
    frames: int = 0
    hurt: dict[str, float] = field(default_factory=dict)
    behind: list[float] = field(default_factory=list)
    accepted: list[tuple[float, float]] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Return the time while something is done."""
        return self.began_at + time.process_time() - self.used_before

    def begin(self, due: float) -> None:
        """Begin work that was due then, as soon as the former is done."""
        self.began_at, self.used_before = max(due, self.free_at), time.process_time()
        self.clock.set(START + timedelta(seconds=self.began_at))

    def end(self) -> None:
        """End the work that was begun."""
        self.free_at = self.now
        self.worked += self.free_at - self.began_at


class Stamped:
    """A channel that notes when a critical was accepted."""

    def __init__(self, channel: Channel, shift: Shift) -> None:
        self._channel, self._shift = channel, shift
        self.name, self.abilities = channel.name, channel.abilities

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Send, and note the time of the answer."""
        attempt, shift = await self._channel.send(message, previous), self._shift
        is_alarm = message.kind == NotificationKind.OPENED and message.severity is Severity.CRITICAL
        if is_alarm and attempt.outcome is Outcome.DELIVERED and message.brand in shift.hurt:
            shift.accepted.append((shift.now - shift.tick_at, shift.now - shift.hurt.pop(message.brand)))
        return attempt

    async def find(self, message: Message) -> Attempt | None:
        """Ask the channel."""
        return await self._channel.find(message)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()
