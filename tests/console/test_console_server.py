"""The console on real sockets: start, live events, slow clients, stop."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from crisiswatch.console.application import create_app
from crisiswatch.console.doors import IncidentChange, Limits
from crisiswatch.console.server import ConsoleServer, serve
from crisiswatch.core.incidents import Change
from crisiswatch.core.models import Severity
from crisiswatch.errors import ConfigError
from tests.console.console_fakes import World

pytestmark = pytest.mark.acceptance
FAST = Limits(read=timedelta(seconds=1), heartbeat=timedelta(seconds=0.1), streams=2)
OPENED = IncidentChange(41, "INC-9", Change.OPENED, Severity.CRITICAL)


@asynccontextmanager
async def running(world: World, limits: Limits = FAST, **other: Any) -> AsyncIterator[ConsoleServer]:
    server = serve(create_app(world.doors(limits=limits, **other)), "127.0.0.1", 0)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def browser(server: ConsoleServer) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=60)


async def test_server_takes_a_free_port_answers_and_lets_go_of_it() -> None:
    async with running(World()) as first:
        port = first.port
        async with browser(first) as visitor:
            answer = await visitor.get("/")
    again = serve(create_app(World().doors()), "127.0.0.1", port)
    await again.start()
    await again.stop()

    assert answer.status_code == 200
    assert "server" not in answer.headers


async def test_server_leaves_signal_handlers_alone() -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]

    async with running(World()):
        during = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]

    assert during == before


async def test_port_in_use_is_an_error_of_the_config() -> None:
    async with running(World()) as server:
        with pytest.raises(ConfigError, match="in use"):
            await serve(create_app(World().doors()), "127.0.0.1", server.port).start()


async def test_events_arrive_with_their_number_and_the_line_is_kept_warm() -> None:
    world = World()
    async with running(world) as server, browser(server) as visitor, visitor.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        await world.changes.put(OPENED)
        seen = await _until(lines, ": ping")
        seen += await _until(lines, "data: {") if not any("INC-9" in line for line in seen) else []

    assert "event: connected" in seen
    assert "id: 41" in seen
    told = next(line for line in seen if "INC-9" in line)
    assert json.loads(told.removeprefix("data: ")) == {"incident": "INC-9", "change": "opened", "severity": "critical"}


async def test_stop_ends_open_streams_cleanly(caplog: pytest.LogCaptureFixture) -> None:
    server = serve(create_app(World().doors(limits=replace(FAST, heartbeat=timedelta(hours=1)))), "127.0.0.1", 0)
    await server.start()
    async with browser(server) as visitor, visitor.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        await _until(lines, "event: connected")
        await asyncio.wait_for(server.stop(), 60)
        # A stream that is cut off instead of ended would raise here.
        rest = await _until(lines, "event:")

    assert not any(line.startswith("event:") for line in rest)
    assert caplog.records == []


async def test_streams_are_limited_and_given_back() -> None:
    async with running(World()) as server, browser(server) as visitor:
        async with visitor.stream("GET", "/events") as one, visitor.stream("GET", "/events") as two:
            third = await visitor.get("/events")
            other = await visitor.get("/-/healthy")

        assert (one.status_code, two.status_code, third.status_code, other.status_code) == (200, 200, 503, 200)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", b""),
        (b"POST /hooks/inbox HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx", b"HTTP/1.1 408"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 9000 + b"\r\n\r\n", b"HTTP/1.1 431"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 90000, b"HTTP/1.1 400"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", b"HTTP/1.1 4"),
    ],
)
async def test_slow_and_oversized_clients_are_hung_up_on(sent: bytes, answer: bytes) -> None:
    async with running(World()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        received = await asyncio.wait_for(reader.read(), 60)
        writer.close()

    assert received.startswith(answer)
    assert bool(received) == bool(answer)


async def _until(lines: AsyncIterator[str], start: str) -> list[str]:
    seen = []
    async for line in lines:
        seen.append(line)
        if line.startswith(start):
            break
    return seen
