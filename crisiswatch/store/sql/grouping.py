"""Group commit: settlements that arrive while one transaction is written share the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.errors import Conflict
from crisiswatch.store.settling import Settlement
from crisiswatch.store.sql.claiming import settle_row
from crisiswatch.store.sql.transactions import Transactions

Waiting = tuple[Settlement, "asyncio.Future[None]"]

MOST = 64


class GroupedSettlements:
    """Writes settlements, many in a transaction; each caller hears of its own."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._waiting: list[Waiting] = []
        self._writing = asyncio.Lock()

    async def settle(self, settlement: Settlement) -> None:
        """Return once it is written. Raises Conflict if the lease was lost meanwhile."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((settlement, mine))
        async with self._writing:
            if not mine.done():
                await self._write(mine)
        await mine

    async def _write(self, mine: asyncio.Future[None]) -> None:
        """Write what waits, `mine` among it; who finds its own written already has nothing to do."""
        group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        if all(future is not mine for _, future in group):
            own = next(each for each in self._waiting if each[1] is mine)
            self._waiting.remove(own)
            group.append(own)
        try:
            conflicts = await self._transactions.write(lambda connection: _settle_all(connection, group))
        except BaseException as error:
            for _, future in group:
                if not future.done():
                    future.set_exception(error if isinstance(error, Exception) else Conflict("the writer gave up"))
                    future.exception()  # whoever waits gets it; nobody may be left to
            raise
        for (_, future), conflict in zip(group, conflicts, strict=True):
            if future.done():
                continue
            if conflict is None:
                future.set_result(None)
            else:
                future.set_exception(conflict)
                future.exception()


async def _settle_all(connection: AsyncConnection, group: Sequence[Waiting]) -> list[Conflict | None]:
    """Settle each; one that lost its lease has changed nothing when it says so."""
    conflicts: list[Conflict | None] = []
    for settlement, _ in group:
        try:
            await settle_row(connection, settlement)
        except Conflict as conflict:
            conflicts.append(conflict)
        else:
            conflicts.append(None)
    return conflicts
