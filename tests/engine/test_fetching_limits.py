"""Limits of size and time, and what is said where an answer is broken."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from fetching_server import Server, fetching, ok, replying, serving

from crisiswatch.engine.fetching import FetchLimits, read_body
from crisiswatch.errors import SourceUnavailable, TooLarge


async def test_a_gzip_body_is_decoded():
    packed = gzip.compress(b"news" * 100) + gzip.compress(b"!")

    async with serving(replying(ok(packed, b"Content-Encoding: gzip"))) as server, fetching() as fetcher:
        response = await fetcher.fetch(server.url())

    assert response.body == b"news" * 100 + b"!"


async def test_a_gzip_bomb_is_too_large_long_before_it_unfolds():
    bomb = gzip.compress(bytes(200_000_000), 9)

    async with serving(replying(ok(bomb, b"Content-Encoding: gzip"))) as server, fetching() as fetcher:
        with pytest.raises(TooLarge, match="5000000"):
            await fetcher.fetch(server.url())

    assert len(bomb) < 2_000_000


MEBIBYTE = 1024 * 1024


def forget_peak() -> int:
    """Begin the peak anew at what is used now, and return that in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """Return the most memory that this process had, in bytes, since its peak was forgotten."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


async def test_a_bomb_of_one_gibibyte_takes_no_more_than_16_mebibytes():
    bomb = gzip.compress(bytes(64 * MEBIBYTE), 9) * 16

    async with serving(replying(ok(bomb, b"Content-Encoding: gzip"))) as server, fetching() as fetcher:
        before = forget_peak()
        with pytest.raises(TooLarge, match="a decoded body above 5000000"):
            await fetcher.fetch(server.url())
        grown = peak() - before

    assert len(bomb) < FetchLimits().wire, "it is refused for what it unfolds to, not for its size on the wire"
    assert grown <= 16 * MEBIBYTE


async def test_decoding_never_holds_more_than_one_byte_above_the_limit(monkeypatch):
    asked = []
    real = zlib.decompressobj

    class Spy:
        def __init__(self, wbits: int) -> None:
            self._real = real(wbits=wbits)

        def decompress(self, data: bytes, limit: int) -> bytes:
            asked.append(limit)
            return self._real.decompress(data, limit)

        def __getattr__(self, name: str):
            return getattr(self._real, name)

    monkeypatch.setattr(zlib, "decompressobj", Spy)

    with pytest.raises(TooLarge):
        await read_body(chunks(gzip.compress(bytes(100_000))), {"content-encoding": "gzip"}, FetchLimits(decoded=1_000))

    assert asked == [1_001]


async def test_a_body_of_50_mb_is_refused_by_its_declared_length():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n"

    async with serving(replying(head)) as server, fetching() as fetcher:
        with pytest.raises(TooLarge, match="50000000"):
            await fetcher.fetch(server.url())


async def test_a_body_of_50_mb_without_a_length_is_refused_at_the_limit():
    sent = []

    async def answer(_: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(50):
            writer.write(bytes(1_000_000))
            await writer.drain()
            sent.append(1_000_000)

    async with serving(answer) as server, fetching() as fetcher:
        with pytest.raises(TooLarge, match="2000000"):
            await fetcher.fetch(server.url())

    assert sum(sent) < 50_000_000


async def test_a_drip_is_cut_off_by_the_total_deadline():
    async def answer(server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1_000):
            writer.write(b"x")
            await writer.drain()
            if await server_saw_the_end(server, within=0.02):
                return

    async with (
        serving(answer) as server,
        fetching(limits=FetchLimits(deadline=timedelta(seconds=1))) as fetcher,
    ):
        with pytest.raises(SourceUnavailable, match="not finished") as caught:
            await fetcher.fetch(server.url())

    assert caught.value.reason == "timeout"


async def test_a_server_that_never_answers_times_out():
    async def answer(server: Server, _: asyncio.StreamWriter) -> None:
        await server.reader.read()

    async with (
        serving(answer) as server,
        fetching(limits=FetchLimits(deadline=timedelta(seconds=0.2))) as fetcher,
    ):
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.fetch(server.url())

    assert caught.value.reason == "timeout"


async def test_a_refused_connection_is_said_to_be_refused():
    async with serving(replying(b"")) as server:
        url = server.url()
    async with fetching() as fetcher:
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.fetch(url)

    assert caught.value.reason == "refused"


BROKEN = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"",
    b"no http at all\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ok(gzip.compress(b"news" * 1000)[:-9], b"Content-Encoding: gzip"),
    ok(b"not gzip", b"Content-Encoding: gzip"),
    ok(b"?", b"Content-Encoding: br"),
]


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_answer_is_unavailable_not_empty(answer):
    async with serving(replying(answer)) as server, fetching() as fetcher:
        with pytest.raises(SourceUnavailable) as caught:
            await fetcher.fetch(server.url())

    assert caught.value.reason == "parse"


async def server_saw_the_end(server: Server, within: float) -> bool:
    """Tell whether the client hung up; a drip is paced by waiting for that."""
    try:
        return await asyncio.wait_for(server.reader.read(1), within) == b""
    except TimeoutError:
        return False


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
