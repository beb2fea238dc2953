"""Fills a SQLite store with mentions of earlier days: what a daemon that ran for weeks has behind it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

REACHES_BACK = timedelta(days=60)
AT_ONCE = 1_000
"""Copies of the frame that are written in one transaction."""

_MOMENTS = ("published_at", "observed_at", "event_time", "bucket_time")
_COPIES = "WITH RECURSIVE copy(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < :end)"


def fill(path: Path, times: int) -> None:
    """Copy everything in a store that many times, each under ids and at a moment of its own, evenly before it.

    The database does it: through the pipeline, ten million mentions would take the better part of an hour.
    """
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-1048576")  # keys are random: what is not in memory is read again and again
        database.create_function("copy_uid", 2, _copy_uid, deterministic=True)
        copies = [_copying(database, table) for table in ("mentions", "observations")]
        apart = REACHES_BACK // max(1, times) // timedelta(microseconds=1)
        for first in range(1, times + 1, AT_ONCE):
            span = {"first": first, "end": min(first + AT_ONCE, times + 1), "apart": apart}
            database.execute("BEGIN IMMEDIATE")
            for statement in copies:
                database.execute(statement, span)
            database.execute("COMMIT")
    finally:
        database.close()


def _copying(database: sqlite3.Connection, table: str) -> str:
    """Put aside what is in a table; return the statement that copies it, as often as its span says, into the table."""
    database.execute(f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table}")
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != "seq"]
    values = ", ".join(_value(column) for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) {_COPIES} SELECT {values} FROM copy CROSS JOIN first_{table}"


def _value(column: str) -> str:
    if column == "uid":
        return "copy_uid(uid, n)"
    if column == "external_id":
        return "external_id || '-' || n"
    return f"{column} - n * :apart" if column in _MOMENTS else column


def _copy_uid(uid: bytes, number: int) -> bytes:
    return blake2b(uid + number.to_bytes(4, "big"), digest_size=16).digest()
