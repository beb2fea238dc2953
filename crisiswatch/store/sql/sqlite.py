"""SQLite: one writer, a few readers, one process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crisiswatch.errors import StoreBusy, StoreUnusable
from crisiswatch.store.opening import Opening
from crisiswatch.store.reaching import Reach, go_on
from crisiswatch.store.sql.database import T, Work, translating
from crisiswatch.store.sql.inline import Workers
from crisiswatch.store.sql.locking import lock_of
from crisiswatch.store.sql.migrating import migrate
from crisiswatch.store.sql.mounts import network_file_system, read_mounts
from crisiswatch.store.sql.replaced import forget_unreplaced

_SYNCHRONOUS = {Opening.DURABLE: "FULL", Opening.THROW_AWAY: "OFF"}
_OPTIONS: dict[str, Any] = {
    "connect_args": {"isolation_level": None, "timeout": 5.0, "check_same_thread": False},
    "pool_reset_on_return": None,
}

_WITHOUT_TRANSACTION = "without_transaction"
_READERS = 4
_WHOLE_CHECK_LIMIT = 256 * 2**20
_VITAL = ("incidents", "incident_events", "outbox", "cursors", "checkpoints", "counters")
_PRAGMAS = (
    "busy_timeout=5000",
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "mmap_size=0",
    "cache_size=-32768",
    "wal_autocheckpoint=4000",
    "journal_size_limit=67108864",
)


class SqliteDatabase:
    """A SQLite file. Opened `READ_ONLY` it has no writer and needs no lock: another process may write meanwhile."""

    def __init__(self, path: Path, opening: Opening = Opening.DURABLE, reach: Reach = go_on) -> None:
        self.path = path
        self._opening = opening
        self._reach = reach
        self._lock = lock_of(path)
        self._writer: Workers | None = None
        self._readers: Workers | None = None

    async def open(self) -> None:
        """Lock, check and migrate. Raises StoreUnusable."""
        self._refuse_unsafe_place()
        if self._opening is Opening.READ_ONLY:
            if not self.path.exists():
                raise StoreUnusable(f"{self.path}: no such database; has the daemon run yet?")
            self._start_readers()
            return
        self._lock.acquire()
        try:
            forget_unreplaced(self.path)
            with translating():
                await self._start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close every connection and give the lock back."""
        for workers in (self._readers, self._writer):
            if workers is not None:
                await workers.close()
        self._readers = self._writer = None
        self._lock.release()

    async def write(self, work: Work[T]) -> T:
        """Do `work` in one transaction that writes, begun with the write lock in hand."""
        with translating():
            return await _opened(self._writer).transact(work)

    async def read(self, work: Work[T]) -> T:
        """Do `work` on a connection that only reads; each statement sees what is committed when it starts."""
        with translating():
            return await _opened(self._readers).do(work)

    def has_word(self, text: sa.ColumnElement[str], word: str) -> sa.ColumnElement[bool]:
        """Return the condition that `text` contains `word`, whatever its case."""
        return sa.func.instr(sa.func.casefold(text), word.casefold()) > 0

    async def size(self) -> int:
        """Return the bytes of the database and its log."""
        files = (self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    async def scrub(self) -> None:
        """Leave nothing of what was wiped in the files, and give free pages back.

        Raises StoreBusy if a reader kept the log from being emptied; what was wiped is wiped, but old pages remain.
        """
        with translating():
            busy = await _opened(self._writer).call(_scrub)
        if busy:
            raise StoreBusy(f"{self.path}: a reader keeps the log from being emptied")

    def _refuse_unsafe_place(self) -> None:
        folder = self.path.absolute().parent
        if not folder.is_dir():
            raise StoreUnusable(f"{folder}: no such folder")
        kind = network_file_system(folder.resolve(), read_mounts())
        if kind is not None:
            raise StoreUnusable(f"{self.path}: is on a network file system ({kind}), where SQLite is not safe")

    async def _start(self) -> None:
        writer = sa.create_engine(self._url(), pool_size=1, max_overflow=0, **_OPTIONS)
        sa.event.listen(writer, "connect", self._prepare_writer)
        sa.event.listen(writer, "begin", _begin_immediate)
        self._writer = Workers(writer, 1)
        await self._writer.call(self._check_and_migrate)
        self._start_readers()

    def _start_readers(self) -> None:
        readers = sa.create_engine(self._url(), pool_size=_READERS, max_overflow=0, **_OPTIONS)
        sa.event.listen(readers, "connect", _prepare_reader)
        self._readers = Workers(readers, _READERS)

    def _url(self) -> sa.URL:
        return sa.URL.create("sqlite+pysqlite", database=str(self.path))

    def _check_and_migrate(self, engine: sa.Engine) -> None:
        with engine.begin() as connection:
            self._check(connection)
            migrate(connection, self._reach)
        # A process that was killed left its log behind, perhaps with what it had just wiped from the tables.
        with engine.connect().execution_options(**{_WITHOUT_TRANSACTION: True}) as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _prepare_writer(self, connection: Any, _record: Any) -> None:
        _run(connection, *_PRAGMAS, f"synchronous={_SYNCHRONOUS[self._opening]}")

    def _check(self, connection: sa.Connection) -> None:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() != "wal":
            raise StoreUnusable(f"{self.path}: its file system does not allow a write-ahead log")
        # The whole of a large file would take minutes to read; `crisiswatch db check` does that.
        whole = self.path.stat().st_size <= _WHOLE_CHECK_LIMIT
        for statement in ["PRAGMA quick_check(1)"] if whole else [f"PRAGMA quick_check({name})" for name in _VITAL]:
            answer = connection.exec_driver_sql(statement).scalar_one()
            if answer != "ok":
                raise StoreUnusable(f"{self.path}: is corrupt: {answer}; restore a backup")


def _prepare_reader(connection: Any, _record: Any) -> None:
    _run(connection, "busy_timeout=5000", "trusted_schema=OFF", "temp_store=MEMORY", "mmap_size=0", "query_only=ON")
    connection.create_function("casefold", 1, _casefold, deterministic=True)


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _run(connection: Any, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get(_WITHOUT_TRANSACTION):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _scrub(engine: sa.Engine) -> bool:
    """Give free pages back and empty the log; return whether a reader was in the way."""
    with engine.connect().execution_options(**{_WITHOUT_TRANSACTION: True}) as connection:
        raw: Any = connection.connection.driver_connection
        # A script runs the pragma to its end; `execute` would free one page and stop.
        raw.executescript("PRAGMA incremental_vacuum")
        return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0])


def _opened(workers: Workers | None) -> Workers:
    if workers is None:
        raise StoreUnusable("the store is not open")
    return workers
