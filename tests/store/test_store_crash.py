"""A real process, really killed, on a real file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from store_writer import BATCH

from crisiswatch.errors import StoreUnusable
from crisiswatch.store import create
from crisiswatch.store.backup import check

HERE = Path(__file__).parent


def start_writer(path: Path, *more: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(HERE.parents[1]), str(HERE)))}
    command = [sys.executable, str(HERE / "store_writer.py"), f"sqlite:///{path}", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def read_cursor(writer: subprocess.Popen[str]) -> int:
    assert writer.stdout is not None
    return int(writer.stdout.readline())


def stored(path: Path) -> tuple[int, int, int]:
    with closing(sqlite3.connect(path)) as connection:
        (cursor,) = connection.execute("SELECT cursor FROM cursors").fetchone()
        (mentions,) = connection.execute("SELECT count(*) FROM mentions").fetchone()
        (observations,) = connection.execute("SELECT count(*) FROM observations").fetchone()
    return int(cursor), mentions, observations


@pytest.mark.acceptance
async def test_a_kill_in_the_middle_of_commits_loses_nothing_and_leaves_nothing_half_done(sqlite_path: Path) -> None:
    for commits in (1, 2, 5, 11):
        with start_writer(sqlite_path) as writer:
            told = [read_cursor(writer) for _ in range(commits)][-1]
            writer.send_signal(signal.SIGKILL)
        cursor, mentions, observations = stored(sqlite_path)

        assert await check(sqlite_path) == ()
        assert cursor >= told
        assert mentions == observations == cursor * BATCH


@pytest.mark.acceptance
async def test_the_lock_of_another_process_is_respected_and_goes_with_it(sqlite_path: Path) -> None:
    store = create(f"sqlite:///{sqlite_path}")
    with start_writer(sqlite_path) as writer:
        read_cursor(writer)
        with pytest.raises(StoreUnusable, match=f"in use by process {writer.pid}$"):
            await store.open()
        writer.kill()

    await store.open()
    assert int(await store.cursor("press") or 0) >= 1
    await store.close()


@pytest.mark.acceptance
async def test_a_disk_that_refuses_is_told_and_what_was_committed_stays(sqlite_path: Path) -> None:
    with start_writer(sqlite_path, "2") as writer:
        output, errors = writer.communicate(timeout=240)
    told = int(output.split()[-1])
    cursor, mentions, observations = stored(sqlite_path)

    assert writer.returncode == 1
    assert "StoreUnusable" in errors
    assert await check(sqlite_path) == ()
    assert cursor == told
    assert mentions == observations == cursor * BATCH
