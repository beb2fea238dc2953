"""Backs up, restores and checks a SQLite store, also while a daemon uses it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from crisiswatch.errors import StoreUnusable
from crisiswatch.store.sql.locking import lock_of

BEFORE_RESTORE = ".before-restore"
"""What the name of the database that a restore replaced ends with."""

_PROBLEMS = 100


async def backup(path: Path, target: Path) -> None:
    """Copy the database at `path`, as it is at one moment, into the new file `target`.

    Raises StoreUnusable if there is no such database, or if `target` exists.
    """
    await asyncio.to_thread(_backup, path, target)


async def restore(path: Path, target: Path) -> None:
    """Put the backup at `path` in the place of the database at `target`, which is kept under another name.

    Raises StoreUnusable if the backup is damaged, or if a process uses the database.
    """
    await asyncio.to_thread(_restore, path, target)


async def check(path: Path) -> tuple[str, ...]:
    """Return what is wrong with the database at `path`, whole; nothing if it is sound."""
    return await asyncio.to_thread(_check, path)


def _backup(path: Path, target: Path) -> None:
    if target.exists():
        raise StoreUnusable(f"{target}: exists already")
    part = _copy(path, target)
    part.replace(target)


def _restore(path: Path, target: Path) -> None:
    problems = _check(path)
    if problems:
        raise StoreUnusable(f"{path}: is damaged, nothing was restored: {problems[0]}")
    lock = lock_of(target)
    lock.acquire()
    try:
        part = _copy(path, target)
        # The log goes with its database: it must never be applied to another one.
        for suffix in ("-wal", "-shm", ""):
            file = target.with_name(target.name + suffix)
            if file.exists():
                file.replace(target.with_name(target.name + BEFORE_RESTORE + suffix))
        part.replace(target)
    finally:
        lock.release()


def _check(path: Path) -> tuple[str, ...]:
    try:
        with closing(_connect(path)) as connection:
            rows = [row[0] for row in connection.execute(f"PRAGMA integrity_check({_PROBLEMS})")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(_PROBLEMS)
            versions = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchall()
    except sqlite3.Error as error:
        return (str(error),)
    damage = [row for row in rows if row != "ok"]
    damage += [f"{table}: row {row} refers to a row of {parent} that is missing" for table, row, parent, _ in orphans]
    return tuple(damage if versions else [*damage, "is not a crisiswatch database"])


def _copy(path: Path, target: Path) -> Path:
    part = target.with_name(target.name + ".part")
    with _translating(path), closing(_connect(path)) as source:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            # One file and no log: a backup is moved about by its name.
            copy.execute("PRAGMA journal_mode=DELETE")
    return part


def _connect(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise StoreUnusable(f"{path}: no such database")
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=5)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


@contextmanager
def _translating(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnusable(f"{path}: cannot be copied: {error}") from error
