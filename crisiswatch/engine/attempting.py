"""One attempt on a channel: whether an earlier one arrived, and sending, each within its deadline."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, OutboxRow, Outcome
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Channel, Store

SEND_DEADLINE = timedelta(seconds=45)
"""Wall time of one attempt, whatever the channel's own limit is."""

ASK_DEADLINE = timedelta(seconds=30)
"""Wall time of asking whether an earlier attempt arrived."""


class Attempting:
    """Asks and sends."""

    def __init__(self, store: Store, metrics: Metrics, failpoints: Failpoints) -> None:
        self._store = store
        self._metrics = metrics
        self._failpoints = failpoints

    async def found(self, row: OutboxRow, channel: Channel, message: Message) -> Attempt | None:
        """Return how an earlier attempt of unknown outcome ended, REFUSED where it never came; None: nobody knows."""
        if row.state is not DeliveryState.UNKNOWN:
            return None
        try:
            async with asyncio.timeout(ASK_DEADLINE.total_seconds()):
                found = await channel.find(message)
        except TimeoutError:
            return Attempt(Outcome.UNKNOWN, f"no answer within {ASK_DEADLINE.total_seconds():.0f} s")
        result = "unavailable" if found is None else "found" if found.outcome is Outcome.DELIVERED else "resent"
        self._metrics.notification_reconciliations.labels(channel.name, result).inc()
        self._failpoints.reach("outbox.after_find")
        return found

    async def send(self, notification: Notification, channel: Channel, message: Message) -> Attempt:
        """Send a message, after what the receiver was last told of the incident."""
        previous = await self._store.last_reference(notification.incident, notification.receiver)
        self._failpoints.reach("outbox.before_send")
        try:
            async with asyncio.timeout(SEND_DEADLINE.total_seconds()):
                return await channel.send(message, previous)
        except TimeoutError:
            return Attempt(Outcome.UNKNOWN, f"no answer within {SEND_DEADLINE.total_seconds():.0f} s")
