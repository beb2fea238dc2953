"""Backs up, restores and checks a SQLite store, also while a daemon uses it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from crisiswatch.errors import StoreUnusable
from crisiswatch.store.reaching import Reach, go_on
from crisiswatch.store.sql.locking import lock_of
from crisiswatch.store.sql.replaced import BEFORE_RESTORE

_PROBLEMS = 100
_PAGES = 256
"""Pages that are copied at a stretch, 1 MB."""

_OF_A_DATABASE = ("-wal", "-shm", "-journal")
_BEYOND_READING = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


async def backup(path: Path, target: Path, reach: Reach = go_on) -> None:
    """Copy the database at `path`, as it is at one moment, into the new file `target`.

    One that is interrupted leaves `target.part`, which is no whole database, and no `target`.
    Raises StoreUnusable if there is no such database, or if `target` exists.
    """
    await asyncio.to_thread(_backup, path, target, reach)


async def restore(path: Path, target: Path, reach: Reach = go_on) -> None:
    """Put the backup at `path` in the place of the database at `target`, which is kept under another name.

    One that is interrupted leaves the old database in its place or the new one, whole.
    Raises StoreUnusable if the backup is damaged, or if a process uses the database.
    """
    await asyncio.to_thread(_restore, path, target, reach)


async def check(path: Path) -> tuple[str, ...]:
    """Return what is wrong with the database at `path`, whole; nothing if it is sound."""
    return await asyncio.to_thread(_check, path)


def _backup(path: Path, target: Path, reach: Reach) -> None:
    if target.exists():
        raise StoreUnusable(f"{target}: exists already")
    part = _copy(path, target, lambda: reach("backup.midway"))
    reach("backup.before_rename")
    part.replace(target)


def _restore(path: Path, target: Path, reach: Reach) -> None:
    problems = _check(path)
    if problems:
        raise StoreUnusable(f"{path}: is damaged, nothing was restored: {problems[0]}")
    lock = lock_of(target)
    lock.acquire()
    try:
        part = _copy(path, target, lambda: reach("restore.midway"))
        if target.exists():
            _fold_log(target)
            _keep(target)
        reach("restore.before_swap")
        part.replace(target)
        reach("restore.after_swap")
    finally:
        lock.release()


def _fold_log(path: Path) -> None:
    """Write what the log of a database holds into its file, and remove the log.

    A log is applied to whatever database stands beside it: it must be gone before another one does, and until then
    the old one needs it. One that nobody can read any more loses nothing by that.
    """
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        if error.sqlite_errorname not in _BEYOND_READING:
            raise StoreUnusable(f"{path}: its log cannot be written back: {error}") from error
        _keep_log(path)
        is_busy = 0
    if is_busy:
        raise StoreUnusable(f"{path}: is being read, nothing was restored; try again")
    for suffix in _OF_A_DATABASE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _keep_log(path: Path) -> None:
    """Keep the log of a broken database beside what is kept of that: somebody may want to rescue something."""
    for suffix in _OF_A_DATABASE:
        log = path.with_name(path.name + suffix)
        if log.exists():
            shutil.copyfile(log, path.with_name(path.name + BEFORE_RESTORE + suffix))


def _keep(path: Path) -> None:
    """Give a database a second name, under which it stays when another takes its place."""
    kept = path.with_name(path.name + BEFORE_RESTORE)
    kept.unlink(missing_ok=True)
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        shutil.copyfile(path, kept)
        kept.chmod(0o600)


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


def _copy(path: Path, target: Path, midway: Callable[[], None]) -> Path:
    part = target.with_name(target.name + ".part")
    with _translating(path), closing(_connect(path)) as source:
        for suffix in ("", *_OF_A_DATABASE):  # of one that was interrupted
            part.with_name(part.name + suffix).unlink(missing_ok=True)
        part.touch(mode=0o600)
        source.execute("BEGIN")  # one moment: else every change meanwhile would begin the copy anew
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(part)) as copy:
            source.backup(copy, pages=_PAGES, progress=lambda *_: midway())
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
