"""The other side of the delivery benchmark: a Slack, webhooks and an SMTP server that check what they get.

They fail on purpose: one request in ten is refused, one in twenty is taken and its answer lost. Where a message has no
key of its own (Slack's incoming webhook, apprise) the made-up name of its brand stands for it.
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from random import Random
from typing import Any
from urllib.parse import parse_qs

REFUSED, LOST = 0.10, 0.05
LONGEST_MAIL = 4 * 1024 * 1024
_HISTORY = re.compile(r"/conversations\.(history|replies)")
_CANARY = re.compile(r"/(auth\.test|conversations\.info)")
_BRAND = re.compile(rb"\bB\d+-\d+\b")

CANNOT_BE_ASKED = ("mail", "slackhook", "apprise")
"""Receivers of the kill run where nobody can say what arrived."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that was taken: during which life of the process, whether its answer was sent, and when.

    `at` is in seconds of the monotonic clock.
    """

    receiver: str
    key: str
    life: int
    is_answered: bool
    at: float = 0.0


@dataclass
class Seen:
    """What arrived, in its order; of each key how often, and when first (seconds of the monotonic clock)."""

    arrivals: list[Arrival] = field(default_factory=list)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[str, float] = field(default_factory=dict)

    def note(self, arrival: Arrival) -> None:
        """Count one arrival."""
        self.arrivals.append(arrival)
        self.times[arrival.receiver, arrival.key] += 1
        self.first.setdefault(arrival.key, time.perf_counter())

    def repeated(self, *receivers: str) -> int:
        """Return how many messages came to these receivers beyond the first of their key."""
        return sum(count - 1 for (receiver, _), count in self.times.items() if receiver in receivers)


class Receivers:
    """Servers in a thread of their own; `faulty` ones fail now and then.

    `life` counts the lives of the process under test. `on_taken` is called when a message was taken, before the answer.
    """

    def __init__(self, seed: int, *, faulty: bool, latency: float = 0.0) -> None:
        self.seen = Seen()
        self.life = 0
        self.on_taken: Callable[[], None] = lambda: None
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
        smtp = await asyncio.start_server(self._on_smtp, "127.0.0.1", 0, limit=LONGEST_MAIL)
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
            self._say(writer, 200, self._page(parse_qs(body.decode("ascii"))))
            return
        if _CANARY.search(path):  # a daemon that lives for a minute asks whether Slack is there: no message
            self._say(writer, 200, {"ok": True})
            return
        chance = self._random.random() if self._faulty else 1.0
        if chance < REFUSED:
            self._say(writer, 503, {"error": "busy"})
            return
        is_answered = chance >= REFUSED + LOST
        self._take(path, head, body, is_answered)
        if not is_answered:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        ts = self._posts[-1]["ts"] if self._posts else "1.000100"
        self._say(writer, 200, {"ok": True, "channel": "C0BENCH001", "ts": ts})

    def _page(self, asked: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return a page of the posts, newest first, as Slack does; a reply carries its own key here, as a card does."""
        (oldest,), (limit,), (cursor,) = (asked.get(name, ["0"]) for name in ("oldest", "limit", "cursor"))
        since = [post for post in reversed(self._posts) if float(post["ts"]) >= float(oldest)]
        first, end = int(cursor or 0), int(cursor or 0) + int(limit)
        following = {"next_cursor": str(end) if end < len(since) else ""}
        return {"ok": True, "messages": since[first:end], "response_metadata": following}

    def _take(self, path: str, head: str, body: bytes, is_answered: bool) -> None:
        if "/chat.postMessage" in path:
            post = json.loads(body)
            self._posts.append({**post, "ts": f"{time.time():.6f}"})  # noqa: TID251  # as Slack dates its posts
            key = post["metadata"]["event_payload"]["n"].removesuffix(".card")
            self._note("slack", key, is_answered)
        elif "/hook" in path:
            found = re.search(r"(?im)^idempotency-key: *(\S+)", head)
            self._note("hook", found[1] if found else "", is_answered)
        else:
            named = _BRAND.search(body)
            receiver = "slackhook" if "/services/" in path else "apprise"
            self._note(receiver, named[0].decode() if named else "", is_answered)

    def _note(self, receiver: str, key: str, is_answered: bool) -> None:
        self.seen.note(Arrival(receiver, key, self.life, is_answered, time.perf_counter()))
        self.on_taken()

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
        is_answered = chance >= REFUSED + LOST
        self._note("mail", str(message_from_bytes(mail)["X-Crisiswatch-Key"]), is_answered)
        if not is_answered:
            writer.transport.abort()
            return False
        writer.write(b"250 taken\r\n")
        return True
