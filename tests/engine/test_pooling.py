from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import isolated_tasks as tasks
import pytest

from crisiswatch.engine.isolating import WorkLimits
from crisiswatch.engine.pooling import InTurn, WorkerPool
from crisiswatch.errors import WorkFailed, WorkNotBegun, WorkTimedOut
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Response
from crisiswatch.sources.web.rss import RssOptions, RssSource

PACKAGES = ("crisiswatch", "isolated_tasks")
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
ITEMS = "".join(f"<item><guid>{n}</guid><title>kettle {n}</title></item>" for n in range(3))
FEED = f'<?xml version="1.0"?><rss version="2.0"><channel><title>f</title>{ITEMS}</channel></rss>'.encode()


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(WorkLimits(deadline=timedelta(seconds=60)), PACKAGES)
    yield pool
    await pool.close()


class OneFeed:
    """A fetcher that always brings the same feed."""

    async def fetch(self, url, *, method="GET", headers=None, body=None) -> Response:
        return Response(200, {}, FEED, url)


def running(pool: WorkerPool) -> set[int]:
    return {worker._worker.pid for worker in pool._workers if worker._worker is not None}


async def drop(*calls: asyncio.Task[object]) -> None:
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)


async def test_a_call_that_hangs_holds_up_no_other(pool):
    hanging = asyncio.create_task(pool.call(tasks.hang))
    await asyncio.sleep(0)

    answers = [await pool.call(tasks.untyped, number) for number in range(3)]

    assert [answer["value"] for answer in answers] == [0, 1, 2]
    assert not hanging.done()
    await drop(hanging)


async def test_the_call_after_a_kill_finds_a_worker_that_was_there_before(pool):
    for _ in range(2):
        await pool.call(tasks.process)
    await pool.settled()
    there = running(pool)

    with pytest.raises(WorkFailed, match="died"):
        await pool.call(tasks.crash)

    assert await pool.call(tasks.process) in there
    await pool.settled()
    assert len(running(pool) - there) == 1  # and another has been started in the place of the one that was killed


async def test_a_source_alone_takes_one_worker_however_much_it_sends(pool):
    flooding, other = InTurn(pool), InTurn(pool)
    hanging = [asyncio.create_task(flooding.call(tasks.hang)) for _ in range(5)]
    await asyncio.sleep(0)

    answer = await other.call(tasks.untyped, "read")

    assert answer == {"value": "read"}
    assert not any(call.done() for call in hanging)
    await drop(*hanging)


async def test_sources_are_served_in_turn():
    pool = WorkerPool(packages=PACKAGES, at_once=1)
    one, two = InTurn(pool), InTurn(pool)
    served: list[str] = []

    async def ask(name: str, isolator: InTurn) -> None:
        await isolator.call(tasks.process)
        served.append(name)

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(ask("one", one))
        group.create_task(ask("two", two))

    assert served.index("two") == 1
    await pool.close()


async def test_calls_beyond_the_limit_wait_and_none_is_lost_when_workers_die(pool):
    calls = [pool.call(tasks.crash) if number % 5 == 4 else pool.call(tasks.untyped, number) for number in range(20)]

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert [isinstance(answer, WorkFailed) for answer in answers] == [number % 5 == 4 for number in range(20)]
    assert [answer["value"] for answer in answers if isinstance(answer, dict)] == [n for n in range(20) if n % 5 != 4]


async def test_a_worker_that_is_killed_while_it_reads_a_feed_loses_none_of_its_entries(pool):
    source = RssSource("press", RssOptions(url="https://news.example/feed"), SourceTools(OneFeed(), pool))
    await pool.call(tasks.process)
    await pool.settled()
    for pid in running(pool):
        os.kill(pid, signal.SIGSTOP)  # whichever takes the feed up cannot finish it
    reading = asyncio.create_task(source.fetch(None, NOW))
    await asyncio.sleep(0)
    for pid in running(pool):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkTimedOut):
        await reading

    batch = await source.fetch(None, NOW)

    assert [mention.text for mention in batch.mentions] == ["kettle 0", "kettle 1", "kettle 2"]


async def test_one_caller_after_another_keeps_two_processes_and_no_more(pool):
    for _ in range(5):
        await pool.call(tasks.process)
    await pool.settled()

    assert len(running(pool)) == 2


async def test_who_waits_too_long_is_told_that_nothing_was_begun():
    limits = WorkLimits(deadline=timedelta(seconds=60), patience=timedelta(seconds=0.1))
    pool = WorkerPool(limits, PACKAGES)
    hanging = [asyncio.create_task(pool.call(tasks.hang)) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(WorkNotBegun, match="busy"):
        await pool.call(tasks.process)

    await drop(*hanging)
    await pool.close()


async def test_close_leaves_no_process_and_no_start_under_way():
    pool = WorkerPool(packages=PACKAGES)
    await pool.call(tasks.process)
    started = running(pool)

    await pool.close()

    assert started
    assert not any(is_running(pid) for pid in started)
    assert not running(pool)


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
