"""The other side of the delivery benchmark: a Slack, a webhook and an SMTP server that check what they get.

They fail on purpose: one request in ten is refused, one in twenty is taken and its answer lost.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from random import Random
from typing import Any

REFUSED, LOST = 0.10, 0.05
_HISTORY = re.compile(r"/conversations\.(history|replies)")


@dataclass
class Seen:
    """What arrived, by deduplication key: how often, and when first (seconds of the monotonic clock)."""

    slack: Counter[str] = field(default_factory=Counter)
    hook: Counter[str] = field(default_factory=Counter)
    mail: Counter[str] = field(default_factory=Counter)
    first: dict[str, float] = field(default_factory=dict)

    def note(self, where: Counter[str], key: str) -> None:
        """Count one arrival."""
        where[key] += 1
        self.first.setdefault(key, time.perf_counter())


class Receivers:
    """Three servers in a thread of their own; `faulty` ones fail now and then."""

    def __init__(self, seed: int, *, faulty: bool, latency: float = 0.0) -> None:
        self.seen = Seen()
        self.http = self.smtp = 0
        self._random = Random(seed)
        self._faulty = faulty
        self._latency = latency
        self._posts: list[dict[str, Any]] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Receivers:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        http = await asyncio.start_server(self._on_http, "127.0.0.1", 0)
        smtp = await asyncio.start_server(self._on_smtp, "127.0.0.1", 0)
        self.http, self.smtp = (server.sockets[0].getsockname()[1] for server in (http, smtp))
        self._ready.set()
        await self._stopped.wait()
        http.close()
        smtp.close()

    async def _on_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            found = re.search(r"(?im)^content-length: *(\d+)", head)
            body = await reader.readexactly(int(found[1])) if found else b""
            await asyncio.sleep(self._latency)
            self._answer(head, body, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the process under test was killed in the middle of a request
        finally:
            writer.close()

    def _answer(self, head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        path = head.split(" ", 2)[1]
        if _HISTORY.search(path):
            # A reply carries its own key, as Slack's metadata does; one page holds everything here.
            self._say(writer, 200, {"ok": True, "messages": self._posts[::-1]})
            return
        chance = self._random.random() if self._faulty else 1.0
        if chance < REFUSED:
            self._say(writer, 503, {"error": "busy"})
            return
        self._take(path, head, body)
        if chance < REFUSED + LOST:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        ts = self._posts[-1]["ts"] if self._posts else "1.000100"
        self._say(writer, 200, {"ok": True, "channel": "C0BENCH001", "ts": ts})

    def _take(self, path: str, head: str, body: bytes) -> None:
        if "/chat.postMessage" in path:
            post = json.loads(body)
            self._posts.append({**post, "ts": f"{1772373600 + len(self._posts)}.000100"})
            self.seen.note(self.seen.slack, post["metadata"]["event_payload"]["n"].removesuffix(".card"))
        elif "/hook" in path:
            found = re.search(r"(?im)^idempotency-key: *(\S+)", head)
            self.seen.note(self.seen.hook, found[1] if found else "")

    @staticmethod
    def _say(writer: asyncio.StreamWriter, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)

    async def _on_smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"220 ready\r\n")
            while line := await reader.readline():
                if line.upper().startswith(b"DATA"):
                    writer.write(b"354 go\r\n")
                    mail = await reader.readuntil(b"\r\n.\r\n")
                    if not self._take_mail(mail, writer):
                        return
                elif line.upper().startswith(b"QUIT"):
                    writer.write(b"221 bye\r\n")
                    return
                else:
                    writer.write(b"250 fine\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the process under test was killed in the middle of a mail
        finally:
            writer.close()

    def _take_mail(self, mail: bytes, writer: asyncio.StreamWriter) -> bool:
        """Take a mail, or refuse it; False where the line breaks before the answer."""
        chance = self._random.random() if self._faulty else 1.0
        if chance < REFUSED:
            writer.write(b"451 later\r\n")
            return True
        self.seen.note(self.seen.mail, str(message_from_bytes(mail)["X-Crisiswatch-Key"]))
        if chance < REFUSED + LOST:
            writer.transport.abort()
            return False
        writer.write(b"250 taken\r\n")
        return True
