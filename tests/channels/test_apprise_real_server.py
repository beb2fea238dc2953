"""Apprise in a real worker process against a real server on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders_channels import LINKS, channel, message
from http_server import Fault, HttpServer, Reply

from crisiswatch.core.outbox import Outcome
from crisiswatch.engine.attempting import SEND_DEADLINE
from crisiswatch.engine.isolating import FOR_CHANNELS, WorkerIsolator, WorkLimits
from crisiswatch.errors import WorkTimedOut
from crisiswatch.ports import Channel, Isolator

pytestmark = pytest.mark.acceptance


class ChildProcess:
    """An isolator: each call in a new interpreter, killed when its time is up."""

    def __init__(self, limit: timedelta = timedelta(seconds=120)) -> None:
        self.limit = limit
        self.modules: set[str] = set()

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        code = (
            "import importlib, json, sys; module, name, arguments = json.loads(sys.stdin.read());"
            "result = getattr(importlib.import_module(module), name)(*arguments);"
            "print(json.dumps([result, sorted(sys.modules)]))"
        )
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        job = json.dumps([function.__module__, function.__name__, arguments]).encode()
        try:
            output, _ = await asyncio.wait_for(child.communicate(job), self.limit.total_seconds())
        except TimeoutError as error:
            child.kill()
            await child.communicate()
            raise WorkTimedOut("stopped") from error
        result, modules = json.loads(output)
        self.modules = set(modules)
        return result

    async def close(self) -> None:
        """Do nothing: every call has ended with its process."""


def children() -> list[int]:
    """Return the processes that this one started and that have not ended."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()]


def apprise(server: HttpServer, isolator: Isolator) -> Channel:
    return channel(
        "apprise",
        {"url": server.url.replace("http://", "json://") + "/hunter2?redirect=yes&retry=3"},
        isolator=isolator,
    )


async def test_an_apprise_service_is_told_in_plain_text_by_a_worker_without_river():
    worker = ChildProcess()
    async with HttpServer(lambda _: Reply(200)) as server:
        attempt = await apprise(server, worker).send(message(headline="Acme: @everyone <b>"), None)

    said = json.loads(server.requests[0].body)
    assert attempt.outcome is Outcome.DELIVERED
    assert "@everyone" not in said["title"]
    assert LINKS[0] in said["message"]
    assert "apprise" in worker.modules
    assert not worker.modules & {"river", "scipy", "numpy"}


@pytest.mark.parametrize("answer", [Reply(500, b"x"), Fault.RESET, Reply(302, b"", {"Location": "/internal"})])
async def test_an_apprise_failure_is_unclear_and_is_not_repeated_or_redirected(answer):
    async with HttpServer(lambda _: answer) as server:
        attempt = await apprise(server, ChildProcess()).send(message(), None)

    assert attempt.outcome is Outcome.UNKNOWN
    assert [request.path for request in server.requests] == ["/hunter2"]
    assert "hunter2" not in attempt.detail


async def test_a_hanging_apprise_service_is_killed_with_its_worker():
    async with HttpServer(lambda _: Fault.HANG) as server:
        attempt = await apprise(server, ChildProcess(timedelta(seconds=3))).send(message(), None)

    assert attempt.outcome is Outcome.UNKNOWN


async def test_a_worker_ends_with_its_channel():
    isolator = WorkerIsolator(FOR_CHANNELS)
    async with HttpServer(lambda _: Reply(200)) as server:
        one = apprise(server, isolator)
        attempt = await one.send(message(), None)
        (pid,) = children()

        await one.close()

    assert attempt.outcome is Outcome.DELIVERED
    assert pid not in children()


async def test_what_waits_behind_a_hanging_service_is_refused_and_not_unknown():
    limits = WorkLimits(deadline=timedelta(seconds=10), patience=timedelta(seconds=1))
    async with HttpServer(lambda _: Fault.HANG) as server:
        one = apprise(server, WorkerIsolator(limits))
        attempts = await asyncio.gather(*(one.send(message(), None) for _ in range(4)))
        await one.close()

    assert [attempt.outcome for attempt in attempts] == [Outcome.UNKNOWN, *[Outcome.REFUSED] * 3]
    assert len(server.requests) == 1


def test_what_was_never_begun_is_known_before_the_dispatcher_gives_up():
    assert FOR_CHANNELS.patience is not None
    assert FOR_CHANNELS.patience + FOR_CHANNELS.deadline < SEND_DEADLINE
