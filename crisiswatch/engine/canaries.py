"""Asks the channels now and then whether a message would get through, before one has to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from crisiswatch.core.abilities import Checkable
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.ports import Channel, Clock

LOOK_EVERY = timedelta(minutes=1)
"""How often it is looked who is to be asked; whoever failed is asked again that often."""

WITHIN = timedelta(seconds=15)
TWICE = 2
"""One refusal may be a slip; a second a minute later is none."""

PASSES_WITHIN = timedelta(minutes=5)
"""No answer for so long is trouble; a refusal is at the second time."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Health:
    """When a channel is asked next, and since when it fails."""

    due: datetime
    since: datetime | None = None
    refusals: int = 0


class Canaries:
    """Knows which receivers would get nothing now; `channels` are those in force."""

    def __init__(self, clock: Clock, channels: Callable[[], Mapping[str, Channel]]) -> None:
        self._clock = clock
        self._channels = channels
        self._health: dict[str, _Health] = {}

    async def run(self) -> None:
        """Look every minute until cancelled; a start leaves the channels a minute to themselves."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """Ask every channel whose turn it is, side by side."""
        now = self._clock.now()
        found = {name: one for name, one in self._channels().items() if isinstance(one, Checkable)}
        self._health = {name: self._health.get(name, _Health(now)) for name in found}
        async with asyncio.TaskGroup() as tasks:
            for name, channel in found.items():
                if self._health[name].due <= now:
                    tasks.create_task(self._ask(channel, self._health[name]))

    def is_failing(self, receiver: str, now: datetime) -> bool:
        """Tell whether a receiver refuses us for good, or has not answered for minutes."""
        health = self._health.get(receiver)
        if health is None or health.since is None:
            return False
        return health.refusals >= TWICE or now - health.since >= PASSES_WITHIN

    async def _ask(self, channel: Checkable, health: _Health) -> None:
        try:
            async with asyncio.timeout(WITHIN.total_seconds()):
                attempt = await channel.check()
        except TimeoutError:
            attempt = Attempt(Outcome.UNKNOWN, f"no answer within {WITHIN.total_seconds():.0f} s")
        except Exception as error:  # a bug in a channel must not end the daemon; it is logged, and asked again later
            log.exception("channel_check_raised", receiver=channel.name)
            attempt = Attempt(Outcome.UNKNOWN, f"{type(error).__name__} in crisiswatch")
        now = self._clock.now()
        if attempt.outcome is Outcome.DELIVERED:
            if health.since is not None:
                log.info("channel_check_recovered", receiver=channel.name)
            health.since, health.refusals, health.due = None, 0, now + channel.check_every
            return
        if health.since is None:
            log.warning(
                "channel_check_failed", receiver=channel.name, outcome=attempt.outcome.value, detail=attempt.detail
            )
        health.since = health.since or now
        health.refusals = health.refusals + 1 if attempt.outcome is Outcome.REJECTED else 0
        health.due = now + LOOK_EVERY
