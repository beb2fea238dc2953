"""A relay in front of a real server that cuts each connection after so many bytes of answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Relay:
    """Passes connections on to `port`; after `limit` bytes of answer a connection is cut (None: never)."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.limit: int | None = None
        self.passed = 0
        self._target = port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection to its end."""
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self.passed = 0
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(_copy(reader, server_writer))
            await self._answer(server_reader, writer)
            asking.cancel()
        for one in (writer, server_writer):
            one.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                room = len(chunk) if self.limit is None else max(0, self.limit - self.passed)
                writer.write(chunk[:room])
                await writer.drain()
                self.passed += len(chunk[:room])
                if room < len(chunk):
                    return
        except ConnectionError:
            return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        return


@asynccontextmanager
async def relay(port: int) -> AsyncIterator[Relay]:
    """Give a relay to a server on this machine."""
    cutting = Relay(port)
    server = await asyncio.start_server(cutting.serve, "127.0.0.1", 0)
    cutting.port = server.sockets[0].getsockname()[1]
    async with server:
        yield cutting
