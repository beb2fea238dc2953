"""The real way out to services of this machine: channels as they are built, a dispatcher, real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from prometheus_client import CollectorRegistry

from crisiswatch.channels import CATALOGUE, apprise_url, exchanging
from crisiswatch.channels.email import sending
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, Notification, NotificationKind, OutboxRow
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.isolating import WorkerIsolator, WorkLimits
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Channel, Isolator
from crisiswatch.store.memory import MemoryStore
from tests.channels.builders_channels import message, tools

T = TypeVar("T")

DEADLINE = timedelta(seconds=2)
"""The ten seconds of an attempt (thirty of a mail), shorter, for what nothing else ends."""


def shorten_deadlines(patch: pytest.MonkeyPatch) -> None:
    """Give every channel the short deadline, and half of it to connect."""
    for module in (exchanging, sending, apprise_url):
        patch.setattr(module, "DEADLINE", DEADLINE)
    for timed in (exchanging, sending):
        patch.setattr(timed, "CONNECT_DEADLINE", DEADLINE / 2)


def worker() -> WorkerIsolator:
    """Return an isolator whose calls may also take the time that a new worker needs to start."""
    return WorkerIsolator(WorkLimits(deadline=timedelta(seconds=30)))


class Kept:
    """A worker that outlives the channels that use it: starting one is no part of an attempt."""

    def __init__(self, worker: WorkerIsolator) -> None:
        self._worker = worker

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        return await self._worker.call(function, *arguments)

    async def close(self) -> None:
        """Have nothing to release."""


def built(name: str, kind: str, place: str, scheme: str, isolator: Isolator) -> Channel:
    """Return a channel of that kind that sends to `place` (host:port); `scheme` is http or https."""
    is_secure = scheme == "https"
    options: Mapping[str, dict[str, Any]] = {
        "slack": {"base_url": f"{scheme}://{place}/api/", "token": "xoxb-canary", "channel": "C0PRALERTS",
                  "mention": ["U0ONCALL01"]},
        "email": {"to": ["a@example.org"], "smtp": f"{'smtps' if is_secure else 'smtp'}://{place}"},
        "webhook": {"url": f"{scheme}://{place}/canary"},
        "pagerduty": {"url": f"{scheme}://{place}/v2", "routing_key": "R0EXAMPLE0EXAMPLE0EXAMPLE0EXAMPL"},
        "apprise": {"url": f"{'jsons' if is_secure else 'json'}://{place}/canary"},
    }  # fmt: skip
    chosen = CATALOGUE[kind]
    return chosen.build(name, chosen.options.model_validate(options[kind]), tools(isolator=isolator))


@dataclass(frozen=True)
class Tried:
    """One attempt, and how long it took."""

    attempt: Attempt
    took: timedelta


class Timed:
    """A channel whose attempts are written down, by the key of the message; for the rest it is the one inside."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.name = channel.name
        self.abilities = channel.abilities
        self.tried: dict[str, Tried] = {}

    async def send(self, message: Message, previous: str | None) -> Attempt:
        begun = time.monotonic()
        attempt = await self._channel.send(message, previous)
        self.tried[message.key] = Tried(attempt, timedelta(seconds=time.monotonic() - begun))
        return attempt

    async def find(self, message: Message) -> Attempt | None:
        return await self._channel.find(message)

    async def close(self) -> None:
        await self._channel.close()


class Sending:
    """A dispatcher in real time with those channels, and an outbox in memory."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self.store = MemoryStore()
        self.clock = SystemClock()
        self.metrics = Metrics(CollectorRegistry())
        self._messages: dict[str, Message] = {}
        self.dispatcher = Dispatcher(self.store, self._compose, self.clock, self.metrics, Failpoints(None))
        self.channels = {channel.name: Timed(channel) for channel in channels}
        self.dispatcher.outward = Outward(self.channels)
        self._owed = 0

    async def owe(self, receiver: str, severity: Severity) -> Notification:
        """Owe the beginning of one more incident to a receiver."""
        self._owed += 1
        now = self.clock.now()
        owed = Notification(f"{self._owed}", receiver, NotificationKind.OPENED, 1, severity, now,
                            now + timedelta(hours=6))  # fmt: skip
        self._messages[owed.key] = replace(message(), key=owed.key, severity=severity, picture=None)
        await self.store.enqueue(owed, now)
        return owed

    async def row(self, owed: Notification) -> OutboxRow:
        """Return how far a notification got."""
        return next(row for row in await self.store.outbox(limit=10_000) if row.notification.key == owed.key)

    async def close(self) -> None:
        """Release what the channels hold."""
        for channel in self.channels.values():
            await channel.close()

    async def _compose(self, notification: Notification) -> Message | None:
        return self._messages[notification.key]
