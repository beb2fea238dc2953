"""Hears what is pressed on messages, over connections that channels open themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from crisiswatch.core.abilities import Answerable
from crisiswatch.core.hushing import Press
from crisiswatch.errors import CrisiswatchError, PermanentError, TransientError
from crisiswatch.ports import Channel, Clock

AGAIN_FIRST, AGAIN_AT_MOST = timedelta(seconds=1), timedelta(minutes=5)

log = structlog.get_logger()


class Listener:
    """Keeps one ear per channel with buttons open; a reload exchanges the channels."""

    def __init__(self, clock: Clock, take: Callable[[Press], Awaitable[None]]) -> None:
        self._clock = clock
        self._take = take
        self._changed = asyncio.Event()
        self._channels: Mapping[str, Channel] = {}

    def use(self, channels: Mapping[str, Channel]) -> None:
        """Listen to these channels from now on."""
        self._channels = channels
        self._changed.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            self._changed.clear()
            hearing = asyncio.ensure_future(self._hear_all())
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await changed
            finally:
                hearing.cancel()
                changed.cancel()
                await asyncio.gather(hearing, changed, return_exceptions=True)

    async def _hear_all(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for channel in self._channels.values():
                if isinstance(channel, Answerable) and channel.listens:
                    tasks.create_task(self._hear(channel))

    async def _hear(self, channel: Answerable) -> None:
        wait = AGAIN_FIRST
        while True:
            before = self._clock.now()
            try:
                await channel.listen(self._safely)
            except PermanentError as error:
                log.error("listening_given_up", receiver=channel.name, error=str(error))
                return
            except TransientError as error:
                log.warning("listening_failed", receiver=channel.name, error=str(error), again_in=str(wait))
            except Exception:  # a bug in a channel must not end the daemon; it is logged, and tried again later
                log.exception("listening_raised", receiver=channel.name)
            wait = AGAIN_FIRST if self._clock.now() - before > AGAIN_AT_MOST else min(wait * 2, AGAIN_AT_MOST)
            await self._clock.sleep(wait)

    async def _safely(self, press: Press) -> bool:
        try:
            await self._take(press)
        except CrisiswatchError as error:  # the store is busy: the card stays as it is, and the person presses again
            log.error("press_failed", press=type(press).__name__, error=str(error))
            return False
        return True
