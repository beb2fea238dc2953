"""Says again, before it expires, what is still true: for receivers that forget what is not repeated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from crisiswatch.core.abilities import Renewing
from crisiswatch.core.incidents import Incident
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Notification, NotificationKind, Outcome
from crisiswatch.errors import CrisiswatchError
from crisiswatch.ports import Channel, Clock, Store

RENEW_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


class Renewer:
    """Renews open incidents at channels that need it. It remembers nothing: a restart goes on where the store is."""

    def __init__(
        self,
        store: Store,
        compose: Callable[[Notification], Awaitable[Message | None]],
        clock: Clock,
        channels: Callable[[], Mapping[str, Channel]],
    ) -> None:
        self._store = store
        self._compose = compose
        self._clock = clock
        self._channels = channels

    async def run(self) -> None:
        """Renew every minute until cancelled."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            try:
                await self.renew()
            except CrisiswatchError as error:
                log.error("renewing_failed", error=str(error))

    async def renew(self) -> int:
        """Renew what is open at every channel that was told of it; return how many were accepted."""
        renewing = {name: one for name, one in self._channels().items() if isinstance(one, Renewing)}
        if not renewing:
            return 0
        done = 0
        for incident in await self._store.unfinished():
            for receiver in incident.told if incident.is_open else ():
                channel = renewing.get(receiver)
                if channel is not None and await self._store.last_reference(incident.id, receiver):
                    done += await self._renew(channel, incident, receiver)
        return done

    async def _renew(self, channel: Renewing, incident: Incident, receiver: str) -> bool:
        now = self._clock.now()
        owed = Notification(incident.id, receiver, NotificationKind.UPDATED, 0, incident.severity, now, now)
        message = await self._compose(owed)
        attempt = await channel.renew(message) if message is not None else None
        if attempt is not None and attempt.outcome is not Outcome.DELIVERED:
            log.warning("renewal_failed", receiver=receiver, incident=incident.name, detail=attempt.detail)
        return attempt is not None and attempt.outcome is Outcome.DELIVERED
