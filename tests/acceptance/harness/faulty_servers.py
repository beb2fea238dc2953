"""Servers of this machine that do to a sender what the network and its services do: on real sockets, with real TLS."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.line_faults import GOOD, Act, Fault, Pace, Way

LATE, LOST = 0.25, 0.04
"""Seconds by which a late answer, and a segment that had to be sent again, comes later."""

SEGMENT = 16
USUAL = {"CONNECT": b"220 ready", "DATA": b"354 go", "QUIT": b"221 bye"}


@dataclass(frozen=True)
class Certificates:
    """Paths: `authority` is to be trusted, the two others are of servers that must not be."""

    authority: Path
    expired: Path
    other_host: Path

    def of(self, way: Way) -> Path | None:
        """Return the certificate of a server that is reached that way, with its key; None for one without TLS."""
        return {Way.EXPIRED: self.expired, Way.OTHER_HOST: self.other_host}.get(way)


class FaultyServer:
    """Serves one fault, to HTTP and SMTP clients alike; `served` counts connections."""

    def __init__(self, fault: Fault, is_mail: bool) -> None:
        self._fault = fault
        self._is_mail = is_mail
        self._random = random.Random(fault.name)
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.served = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client, to the bitter end."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.served += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await (self._mail(reader, writer) if self._is_mail else self._http(reader, writer))
        writer.close()

    async def stop(self) -> None:
        """Let go of everybody who is still waiting for an answer."""
        self._stopped.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault.smtp.get("CONNECT") is not Act.RESET:  # the one that breaks before it has read
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length"))
            await reader.readexactly(length)
        await self._say(writer, self._fault.http or GOOD, b"HTTP/1.1 200 OK\r\nX-Slow: ")

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._reply(writer, "CONNECT"):
            return
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ")[0].upper()
            if not await self._reply(writer, word):
                return
            if word == "DATA":
                await reader.readuntil(b"\r\n.\r\n")
                if not await self._reply(writer, "END"):
                    return

    async def _reply(self, writer: asyncio.StreamWriter, word: str) -> bool:
        """Answer a command; False where the conversation ends with that."""
        said = self._fault.smtp.get(word)
        line = said + b"\r\n" if isinstance(said, bytes) else said or USUAL.get(word, b"250 fine") + b"\r\n"
        await self._say(writer, line, b"250-")
        return not isinstance(said, Act) and said != b"250-and"

    async def _say(self, writer: asyncio.StreamWriter, said: bytes | Act, opening: bytes) -> None:
        if said is Act.RESET:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif said is Act.HALF_CLOSE:
            writer.write_eof()
            await self._stopped.wait()
        elif said is Act.HANG:
            await self._stopped.wait()
        elif said is Act.DRIP:
            await self._go_on(writer, opening, b"a", 0.05)
        elif said is Act.FLOOD:
            lines = b"220-" + b"a" * 500 + b"\r\n" if self._is_mail else b"a" * 64_000
            await self._go_on(writer, b"" if self._is_mail else b"HTTP/1.1 200 OK\r\n\r\n", lines, 0.01)
        else:
            assert isinstance(said, bytes)
            await self._answer(writer, said)

    async def _answer(self, writer: asyncio.StreamWriter, said: bytes) -> None:
        if self._fault.pace is Pace.LATE and said != USUAL["QUIT"]:
            is_end = said.startswith((b"HTTP", b"354"))  # once in an exchange
            await asyncio.sleep(LATE if is_end else 0)
        size = SEGMENT if self._fault.pace is Pace.LOSSY else len(said)
        for start in range(0, len(said), size):
            if self._fault.pace is Pace.LOSSY and self._random.random() < 0.3:
                await asyncio.sleep(LOST)
            writer.write(said[start : start + size])
            await writer.drain()

    async def _go_on(self, writer: asyncio.StreamWriter, first: bytes, then: bytes, pause: float) -> None:
        writer.write(first)
        while not self._stopped.is_set() and not writer.transport.is_closing():
            writer.write(then)
            await writer.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause)


@asynccontextmanager
async def faulty(fault: Fault, is_mail: bool, certificates: Certificates) -> AsyncIterator[tuple[str, FaultyServer]]:
    """Run a service with that fault; yield `host:port` and the server."""
    server = FaultyServer(fault, is_mail)
    async with AsyncExitStack() as stack:
        if fault.way is Way.BLACK_HOLE:
            port = stack.enter_context(FullBacklog())
        elif fault.way is Way.CLOSED_PORT:
            port = _closed_port()
        else:
            found = certificates.of(fault.way)
            port = await _listen(server, stack, found)
        yield f"{_HOSTS.get(fault.way, '127.0.0.1')}:{port}", server
        await server.stop()


_HOSTS: Mapping[Way, str] = {
    Way.NO_NAME: "no-such-host.invalid",
    Way.STUCK_NAME: "hooks.stuck.invalid",
    Way.EXPIRED: "localhost",
    Way.OTHER_HOST: "localhost",
}


async def _listen(server: FaultyServer, stack: AsyncExitStack, certificate: Path | None) -> int:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    stack.callback(listening.close)
    port: int = listening.sockets[0].getsockname()[1]
    return port


class FullBacklog:
    """A listener that takes nobody and whose queue is full: the kernel drops what else wants to connect."""

    def __enter__(self) -> int:
        self._sockets = [socket.socket()]
        self._sockets[0].bind(("127.0.0.1", 0))
        self._sockets[0].listen(0)
        address = self._sockets[0].getsockname()
        for _ in range(4):
            queued = socket.socket()
            queued.setblocking(False)
            with suppress(BlockingIOError):
                queued.connect(address)
            self._sockets.append(queued)
        port: int = address[1]
        return port

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()


def _closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def certificates(folder: Path) -> Certificates:
    """Write an authority, a certificate of localhost that has expired, and one of another host."""
    authority = folder / "authority.pem"
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout"]
    _openssl("req", "-x509", *key, str(authority.with_suffix(".key")), "-out", str(authority), "-subj", "/CN=tests")
    for name, host, days in (("expired", "localhost", "-1"), ("other", "other.example", "2")):
        request, leaf, names = (folder / f"{name}.{kind}" for kind in ("csr", "pem", "names"))
        names.write_text(f"subjectAltName=DNS:{host}\n", "utf-8")
        _openssl("req", "-new", *key, str(leaf.with_suffix(".key")), "-out", str(request), "-subj", f"/CN={host}")
        _openssl(
            "x509", "-req", "-in", str(request), "-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")),
            "-CAcreateserial", "-days", days, "-extfile", str(names), "-out", str(leaf),
        )  # fmt: skip
    return Certificates(authority, folder / "expired.pem", folder / "other.pem")


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
