"""WebSockets out, against a real server: what is refused, what is too large, what is silent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from crisiswatch.engine.fetching import FetchLimits, HttpFetcher
from crisiswatch.engine.sockets import SocketLimits
from crisiswatch.errors import RateLimited, SourceRejected, SourceUnavailable, UnsafeAddress

LOOPBACK = ("127.0.0.0/8",)
QUICK = SocketLimits(message=1_000, opening=timedelta(seconds=5), silence=timedelta(milliseconds=50))


@asynccontextmanager
async def serving(handler=None, refuse=None) -> AsyncIterator[str]:
    async def talk(connection: ServerConnection) -> None:
        await (handler(connection) if handler else connection.wait_closed())

    async with serve(talk, "127.0.0.1", 0, process_request=refuse) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/subscribe"


@asynccontextmanager
async def fetching(limits: SocketLimits | None = None, **options) -> AsyncIterator[HttpFetcher]:
    given = FetchLimits(sockets=limits) if limits else FetchLimits()
    fetcher = HttpFetcher(**({"allow": LOOPBACK} | options), limits=given)
    try:
        yield fetcher
    finally:
        await fetcher.close()


def answering(status: int, location: str = ""):
    def refuse(connection: ServerConnection, request: Request) -> Response:
        response = connection.respond(HTTPStatus(status), '{"error":"CursorTooOld"}')
        if location:
            response.headers["Location"] = location
        if status == 429:
            response.headers["Retry-After"] = "24"
        return response

    return refuse


async def test_messages_arrive_in_order_as_bytes():
    async def talk(connection):
        await connection.send("ä")
        await connection.send(b"two")

    async with serving(talk) as url, fetching() as fetcher, fetcher.open_socket(url) as line:
        assert [await line.receive(), await line.receive()] == ["ä".encode(), b"two"]


async def test_who_asks_is_said_and_headers_are_sent():
    seen = []

    def look(connection, request):
        seen.append((request.headers["User-Agent"], request.headers["Authorization"], request.headers["Host"]))

    async with (
        serving(refuse=look) as url,
        fetching(contact="mailto:ops@example.org") as fetcher,
        fetcher.open_socket(url, headers={"Authorization": "Bearer canary"}),
    ):
        ((agent, authorization, host),) = seen

    assert agent.startswith("crisiswatch/")
    assert "mailto:ops@example.org" in agent
    assert (authorization, host) == ("Bearer canary", url.split("/")[2])


async def test_an_end_is_an_error_never_silence():
    async def leave(connection):
        await connection.close()

    async with serving(leave) as url, fetching() as fetcher, fetcher.open_socket(url) as line:
        with pytest.raises(SourceUnavailable) as caught:
            await line.receive()

    assert caught.value.reason == "refused"


async def test_a_silent_line_is_given_up():
    async with serving() as url, fetching(QUICK) as fetcher, fetcher.open_socket(url) as line:
        with pytest.raises(SourceUnavailable, match="silent") as caught:
            await line.receive()

    assert caught.value.reason == "timeout"


async def test_a_message_above_the_limit_ends_the_line():
    async def flood(connection):
        await connection.send("x" * 5_000)
        await connection.wait_closed()

    async with serving(flood) as url, fetching(QUICK) as fetcher, fetcher.open_socket(url) as line:
        with pytest.raises(SourceUnavailable):
            await line.receive()


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, SourceRejected), (401, SourceRejected), (404, SourceRejected), (429, RateLimited), (503, SourceUnavailable)],
)
async def test_a_refused_handshake_is_told_apart_by_its_status(status, error):
    async with serving(refuse=answering(status)) as url, fetching() as fetcher:
        with pytest.raises(error) as caught:
            async with fetcher.open_socket(url):
                raise AssertionError("opened")

    if status == 429:
        assert caught.value.retry_after == timedelta(seconds=24)
    if status == 400:
        assert "CursorTooOld" in str(caught.value)


async def test_a_redirect_to_another_host_is_refused():
    async with serving(refuse=answering(302, "ws://169.254.169.254/")) as url, fetching() as fetcher:
        with pytest.raises(SourceUnavailable):
            async with fetcher.open_socket(url):
                raise AssertionError("opened")


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/", "wss://10.0.0.1/", "http://example.org/", "ws://[::1]/", "x"])
async def test_addresses_that_are_not_public_are_not_contacted(url):
    async with fetching(allow=()) as fetcher:
        with pytest.raises(UnsafeAddress):
            async with fetcher.open_socket(url):
                raise AssertionError("opened")


async def test_a_name_is_resolved_once_and_every_address_must_be_permitted():
    asked = []

    async def resolve(host, port):
        asked.append((host, port))
        return ["8.8.8.8", "127.0.0.1"]

    async with fetching(allow=(), resolve=resolve) as fetcher:
        with pytest.raises(UnsafeAddress):
            async with fetcher.open_socket("wss://stream.example/subscribe"):
                raise AssertionError("opened")

    assert asked == [("stream.example", 443)]


async def test_a_closed_port_is_unavailable():
    async with fetching() as fetcher:
        with pytest.raises(SourceUnavailable) as caught:
            async with fetcher.open_socket("ws://127.0.0.1:9/"):
                raise AssertionError("opened")

    assert caught.value.reason == "refused"
