"""Servers that answer with given bytes, and a fetcher that may contact them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.errors import SourceUnavailable

LOOPBACK = ("127.0.0.0/8",)


class Server:
    """A server on a real socket that records requests and answers with the bytes it was given."""

    def __init__(self, answer: Callable[[Server, asyncio.StreamWriter], Awaitable[None]]) -> None:
        self.requests: list[bytes] = []
        self.port = 0
        self.reader = asyncio.StreamReader()
        self._answer = answer

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.reader = reader
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await self._answer(self, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(answer)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


@asynccontextmanager
async def fetching(**options) -> AsyncIterator[HttpFetcher]:
    fetcher = HttpFetcher(**({"allow": LOOPBACK} | options))
    yield fetcher
    await fetcher.close()


def replying(*parts: bytes):
    async def answer(_: Server, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return answer


def ok(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body))


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


async def reason_or_body(fetcher: HttpFetcher, url: str) -> bytes | str:
    try:
        return (await fetcher.fetch(url)).body
    except SourceUnavailable as error:
        return error.reason
