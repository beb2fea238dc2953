"""Waiting that somebody may cut short."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from crisiswatch.ports import Clock


async def rest(clock: Clock, delay: timedelta, woken: asyncio.Event) -> None:
    """Wait for `delay`, or until somebody sets `woken`; a call to wake that came before counts too."""
    sleeping = asyncio.ensure_future(clock.sleep(delay))
    waking = asyncio.ensure_future(woken.wait())
    try:
        await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
        if sleeping.done():
            sleeping.result()
    finally:
        sleeping.cancel()
        waking.cancel()
        await asyncio.gather(sleeping, waking, return_exceptions=True)
        woken.clear()
