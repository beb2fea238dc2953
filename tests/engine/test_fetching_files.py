"""Large files, read in pieces over a real socket: capped, never redirected, only from permitted addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crisiswatch.engine.fetching import FetchLimits, HttpFetcher
from crisiswatch.errors import SourceUnavailable, TooLarge, UnsafeAddress
from tests.channels.http_server import Fault, HttpServer, Reply

LOCAL = ["127.0.0.0/8"]


async def read(fetcher: HttpFetcher, url: str, limit: int = 10_000_000) -> tuple[int, bytes]:
    try:
        async with fetcher.open_file(url, limit=limit) as (head, pieces):
            return head.status, b"".join([piece async for piece in pieces])
    finally:
        await fetcher.close()


async def test_a_file_above_the_limit_of_answers_comes_whole_and_undecoded() -> None:
    packed = b"\x1f\x8b" + bytes(5_000_000)
    async with HttpServer(lambda request: Reply(200, packed, {"Content-Encoding": "gzip"})) as server:
        assert await read(HttpFetcher(allow=LOCAL), f"{server.url}/file.gz") == (200, packed)


async def test_the_first_byte_too_many_ends_it() -> None:
    async with HttpServer(lambda request: Reply(200, bytes(100_001))) as server:
        with pytest.raises(TooLarge):
            await read(HttpFetcher(allow=LOCAL), server.url, limit=100_000)


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    async with HttpServer(lambda request: Reply(302, b"", {"Location": "http://169.254.169.254/"})) as server:
        assert await read(HttpFetcher(allow=LOCAL), server.url) == (302, b"")
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.GARBAGE, Fault.HANG, Fault.ENDLESS_BODY])
async def test_a_server_that_fails_is_unavailable(fault: Fault) -> None:
    hurried = FetchLimits(file=timedelta(seconds=1))
    async with HttpServer(lambda request: fault) as server:
        with pytest.raises((SourceUnavailable, TooLarge)):
            await read(HttpFetcher(allow=LOCAL, limits=hurried), server.url)


async def test_a_private_address_is_not_contacted() -> None:
    async with HttpServer(lambda request: Reply(200, b"secret")) as server:
        with pytest.raises(UnsafeAddress):
            await read(HttpFetcher(), server.url)
        assert server.requests == []
