"""A real HTTP server on a socket of this machine, with the faults that matter to a sender."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Fault(Enum):
    HANG = "read the request, never answer"
    RESET = "read the request, reset the connection"
    DRIP = "answer one header byte by byte, for ever"
    GARBAGE = "answer something that is not HTTP"
    ENDLESS_BODY = "answer 500 with a body that does not end"


class HttpServer:
    """Serves one request per connection; `requests` is what came in."""

    def __init__(self, answer: Callable[[Request], Reply | Fault]) -> None:
        self._answer = answer
        self._stopped = asyncio.Event()
        self._handlers: set[asyncio.Task[None]] = set()
        self.requests: list[Request] = []
        self.url = ""

    async def __aenter__(self) -> HttpServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._server.close()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            request = await read_request(reader)
            self.requests.append(request)
            await self._act(self._answer(request), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.requests.append(Request("broken", {}, b""))
        finally:
            writer.close()

    async def _act(self, action: Reply | Fault, writer: asyncio.StreamWriter) -> None:
        if isinstance(action, Reply):
            head = {"Content-Length": str(len(action.body)), "Connection": "close", **action.headers}
            lines = [f"HTTP/1.1 {action.status} X", *(f"{name}: {value}" for name, value in head.items()), "", ""]
            writer.write("\r\n".join(lines).encode() + action.body)
            await writer.drain()
        elif action is Fault.HANG:
            await self._stopped.wait()
        elif action is Fault.RESET:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif action is Fault.GARBAGE:
            writer.write(b"\x00\x01 not http\r\n\r\n")
            await writer.drain()
        elif action is Fault.DRIP:
            await self._repeat(writer, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a")
        else:
            await self._repeat(writer, b"HTTP/1.1 500 X\r\nContent-Type: text/plain\r\n\r\n", b"a" * 1000)

    async def _repeat(self, writer: asyncio.StreamWriter, first: bytes, then: bytes) -> None:
        writer.write(first)
        while not self._stopped.is_set() and not writer.transport.is_closing():
            writer.write(then)
            await writer.drain()
            try:
                await asyncio.wait_for(self._stopped.wait(), 0.02)
            except TimeoutError:
                continue


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(head[0].split(" ")[1], headers, body)
