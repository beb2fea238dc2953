"""Runs work on a database to its end, also when its caller gives up meanwhile.

A statement that is abandoned half-way would leave a connection behind that still holds the write lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from crisiswatch.store.sql.database import Database, T, Work


class Transactions:
    """Transactions on one database. A caller that is cancelled goes when its transaction is over."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._running: set[asyncio.Task[Any]] = set()

    async def write(self, work: Work[T]) -> T:
        """Return what `work` returns, done in one transaction that writes."""
        return await self._to_its_end(self.database.write(work))

    async def read(self, work: Work[T]) -> T:
        """Return what `work` returns, done on a connection that only reads."""
        return await self._to_its_end(self.database.read(work))

    async def scrub(self) -> None:
        """Leave nothing of what was wiped in the files, and give free space back."""
        await self._to_its_end(self.database.scrub())

    async def close(self) -> None:
        """Wait for what is running, then close the database."""
        if self._running:
            await asyncio.wait(self._running)
        await self.database.close()

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # nobody is left to hear of it
            raise
