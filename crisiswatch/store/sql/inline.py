"""Does whole transactions of a blocking driver in threads of their own: one change of threads, not four a statement.

What is in a transaction is written once, as coroutines over SQLAlchemy's asynchronous connection, for every engine.
Over SQLite they never have to wait for anybody, so a thread can run such a coroutine from its start to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.store.sql.database import Work

T = TypeVar("T")


class Inline:
    """A blocking connection that looks like an asynchronous one. Nothing that is awaited on it ever waits."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    async def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.Result[Any]:
        """Execute a statement."""
        return _whole(self._connection.execute(statement, parameters))

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> sa.Result[Any]:
        """Execute SQL as the driver reads it."""
        return _whole(self._connection.exec_driver_sql(statement, parameters))

    async def scalar(self, statement: sa.Executable, parameters: Any = None) -> Any:
        """Return the first column of the first row, or None."""
        return self._connection.scalar(statement, parameters)

    async def scalars(self, statement: sa.Executable, parameters: Any = None) -> sa.ScalarResult[Any]:
        """Return the first column of every row."""
        return _whole(self._connection.execute(statement, parameters)).scalars()

    async def run_sync(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what a function says of the blocking connection."""
        return function(self._connection, *arguments)


class Workers:
    """Threads with a connection each. Who comes first is served first, and nobody is turned away while it waits."""

    def __init__(self, engine: sa.Engine, count: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="store")

    async def transact(self, work: Work[T]) -> T:
        """Return what `work` returns, done in one transaction: all of it or nothing."""

        def transaction(engine: sa.Engine) -> T:
            with engine.begin() as connection:
                return finish(work(_as_async(connection)))

        return await self.call(transaction)

    async def do(self, work: Work[T]) -> T:
        """Return what `work` returns, done on one connection."""

        def reading(engine: sa.Engine) -> T:
            with engine.connect() as connection:
                return finish(work(_as_async(connection)))

        return await self.call(reading)

    async def call(self, function: Callable[[sa.Engine], T]) -> T:
        """Return what a blocking function says of the engine."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, self._engine)

    async def close(self) -> None:
        """Wait for what is running, then close every connection."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


def finish(work: Awaitable[T]) -> T:
    """Run a coroutine that never waits to its end. Raises RuntimeError if it does wait for something."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        return cast("T", end.value)
    raise RuntimeError("work on a store may wait for its own connection alone")


def _whole(result: sa.CursorResult[Any]) -> sa.Result[Any]:
    """Return a result with its rows read: it outlives the connection, and writing beside it does not disturb it."""
    return result.freeze()() if result.returns_rows else result


def _as_async(connection: sa.Connection) -> AsyncConnection:
    return cast("AsyncConnection", Inline(connection))
