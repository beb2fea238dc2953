"""A process that wipes what is older than its retention, until it ends or is killed at a place on the way."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from store_builders import NOON

from crisiswatch.core.queries import Retention
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.store import create


async def purge(url: str, armed: str) -> None:
    store = create(url, reach=Failpoints(armed).reach)
    await store.open()
    await store.purge(Retention(), NOON + timedelta(days=800))
    await store.close()


if __name__ == "__main__":
    asyncio.run(purge(*sys.argv[1:3]))
