"""PostgreSQL: one pool of connections, for stores that several processes share."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from crisiswatch.errors import StoreUnusable
from crisiswatch.store.reaching import Reach, go_on
from crisiswatch.store.sql.database import T, Work, translating
from crisiswatch.store.sql.migrating import migrate

_CONNECTIONS = 5
_MIGRATION_LOCK = 0x63726973
"""Key of the advisory lock that lets one process migrate at a time."""


class PostgresDatabase:
    """A PostgreSQL database, at `url`."""

    def __init__(self, url: sa.URL, reach: Reach = go_on) -> None:
        self._url = url
        self._reach = reach
        self._engine: AsyncEngine | None = None

    async def open(self) -> None:
        """Connect and migrate. Raises StoreUnusable, or StoreBusy if the server does not answer."""
        with translating():
            self._engine = create_async_engine(
                self._url, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=5, pool_pre_ping=True
            )
            try:
                async with self._engine.begin() as connection:
                    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                    await connection.run_sync(migrate, self._reach)
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        """Close every connection."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    async def write(self, work: Work[T]) -> T:
        """Do `work` in one transaction that writes."""
        with translating():
            async with self._opened().begin() as connection:
                return await work(connection)

    async def read(self, work: Work[T]) -> T:
        """Do `work` on a connection that reads."""
        with translating():
            async with self._opened().connect() as connection:
                return await work(connection)

    def has_word(self, text: sa.ColumnElement[str], word: str) -> sa.ColumnElement[bool]:
        """Return the condition that `text` contains `word`, whatever its case."""
        return sa.func.strpos(sa.func.lower(text), sa.func.lower(word)) > 0

    async def size(self) -> int:
        """Return the bytes of the database."""
        asked = sa.select(sa.func.pg_database_size(sa.func.current_database()))
        return int(await self.read(lambda connection: connection.scalar(asked)) or 0)

    async def scrub(self) -> None:
        """Remove the old versions of rows that were wiped."""
        with translating():
            async with self._opened().connect() as connection:
                raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await raw.exec_driver_sql("VACUUM mentions, observations, incidents, incident_events, outbox")

    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreUnusable("the store is not open")
        return self._engine
