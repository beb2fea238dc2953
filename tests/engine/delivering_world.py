"""A dispatcher on a store and a channel that answers as it is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine_fakes import NEVER_KILLS, FakeChannel, message
from prometheus_client import CollectorRegistry

from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.muting import Mute
from crisiswatch.core.outbox import Attempt, Notification, NotificationKind, OutboxRow, Outcome
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.metrics import Metrics
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after

REFUSED = Attempt(Outcome.REFUSED, "503")
UNKNOWN = Attempt(Outcome.UNKNOWN, "the connection broke")


def owed(number: int = 1, **changes: Any) -> Notification:
    fields: dict[str, Any] = {
        "incident": "01A", "receiver": "team", "kind": NotificationKind.OPENED, "severity": Severity.WARNING,
        "not_before": NOON, "deadline": after(hours=6),
    }  # fmt: skip
    return Notification(number=number, **{**fields, **changes})


class Delivering:
    """A dispatcher on a store in memory, with one channel."""

    def __init__(self, channel: FakeChannel, store: MemoryStore | None = None, mutes: tuple[Mute, ...] = ()) -> None:
        self.store = store or MemoryStore()
        self.clock = DrivenClock(NOON)
        self.metrics = Metrics(CollectorRegistry())
        self.channel = channel
        self.gone: set[str] = set()
        self.dispatcher = Dispatcher(self.store, self._compose, self.clock, self.metrics, NEVER_KILLS)
        self.dispatcher.outward = Outward({channel.name: channel}, mutes)

    async def _compose(self, notification: Notification) -> Message | None:
        return None if notification.incident in self.gone else message(notification.key)

    async def owe(self, *notifications: Notification) -> None:
        for notification in notifications or (owed(),):
            await self.store.enqueue(notification, self.clock.now())

    async def settle(self, at: datetime | None = None) -> int:
        self.clock.set(at or self.clock.now())
        return await self.dispatcher.settle_due()

    async def rows(self) -> list[OutboxRow]:
        return sorted(await self.store.outbox(), key=lambda row: row.id)

    async def row(self) -> OutboxRow:
        [row] = await self.rows()
        return row
