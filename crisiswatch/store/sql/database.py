"""What a store asks of a database engine, and how the engine's failures become ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.errors import StoreBusy, StoreUnusable

T = TypeVar("T")

Work = Callable[[AsyncConnection], Awaitable[T]]
"""What is done on a connection. It awaits that connection and nothing else."""

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_INTERRUPT")
_UNUSABLE = ("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_PERM")
_BUSY_STATES = ("08", "40", "53", "55", "57")
"""SQLSTATE classes that pass: connection, rollback, resources, not in the needed state, operator intervention."""


class Database(Protocol):
    """One open database: a writer, readers, and what differs between engines."""

    async def open(self) -> None:
        """Lock, check and migrate. Raises StoreUnusable, or StoreBusy if the server does not answer."""
        ...

    async def close(self) -> None:
        """Close every connection and give the lock back."""
        ...

    async def write(self, work: Work[T]) -> T:
        """Do `work` in one transaction that writes: all of it or nothing."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Do `work` on a connection that only reads."""
        ...

    def has_word(self, text: sa.ColumnElement[str], word: str) -> sa.ColumnElement[bool]:
        """Return the condition that `text` contains `word`, whatever its case."""
        ...

    async def size(self) -> int:
        """Return the bytes that the database takes."""
        ...

    async def scrub(self) -> None:
        """Leave nothing of what was wiped in the files, and give free space back."""
        ...


@contextmanager
def translating() -> Iterator[None]:
    """Raise StoreBusy or StoreUnusable for what a driver raises; anything else is a fault of ours and stays."""
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreBusy("no connection became free in time") from error
    except exc.DBAPIError as error:
        kind = _kind_of(error)
        if kind is None:
            raise
        raise kind(f"the database failed: {error.orig}") from error
    except OSError as error:
        raise StoreBusy(f"the database cannot be reached: {error}") from error


def _kind_of(error: exc.DBAPIError) -> type[StoreBusy | StoreUnusable] | None:
    name = getattr(error.orig, "sqlite_errorname", "")
    state = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or name.startswith(_BUSY) or state.startswith(_BUSY_STATES):
        return StoreBusy
    if name.startswith(_UNUSABLE) or state:
        return None if state.startswith(("22", "23", "42")) else StoreUnusable
    return StoreBusy if isinstance(error, exc.InterfaceError) else None
