"""A server with a thousand feeds and lists for `benchmarks.asking`: a process of its own, its time is not the daemon's.

    python -m benchmarks.asked

Prints its port and answers until its input ends. `/rss/N` and `/json/N` list the newest items of source N, of which a
new one appears every two minutes or so; one in three feeds knows "not modified". It listens on all of 127.0.0.0/8, so
that every source can have a host of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from hashlib import blake2b
from html import escape
from random import Random

from crisiswatch.engine.clock import SystemClock

LISTED, RHYTHM = 20, 120
WORDS = ("the", "morning", "is", "not", "what", "i", "expected", "again", "today", "thanks", "bad", "good", "service")
BACKLOG = 1_024


def main() -> None:
    """Serve until the input ends."""
    asyncio.run(_serve())


async def _serve() -> None:
    server = await asyncio.start_server(_answer, "0.0.0.0", 0, backlog=BACKLOG)
    async with server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        writer.write(answer(head, SystemClock().now()))
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        return  # who hung up needs no answer
    finally:
        writer.close()


def answer(head: str, now: datetime) -> bytes:
    """Return the whole answer to a request for `/rss/N` or `/json/N`."""
    _, form, name = head.split(" ", 2)[1].split("/")
    number = int(name)
    newest = int(now.timestamp() + 7 * number) // RHYTHM
    tag = f'"{newest}"'
    if number % 3 == 0 and tag in head:
        return b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    items = [_item(number, newest - back) for back in range(LISTED)]
    body = (_feed(items) if form == "rss" else json.dumps({"items": items})).encode()
    lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", f"ETag: {tag}", "Connection: close", "", "")
    return "\r\n".join(lines).encode() + body


def _item(source: int, item: int) -> dict[str, str]:
    rng = Random(blake2b(f"{source}/{item}".encode(), digest_size=8).digest())
    words = rng.choices(WORDS, k=rng.randrange(8, 60))
    if rng.random() < 0.1:
        words.append(f"brand{rng.randrange(1_000):04d}")
    at = datetime.fromtimestamp(item * RHYTHM - 7 * source, UTC)
    return {"id": f"{source}-{item}", "text": " ".join(words), "at": at.isoformat()}


def _feed(items: list[dict[str, str]]) -> str:
    entries = "".join(
        f'<item><guid isPermaLink="false">{one["id"]}</guid><title>{escape(one["text"][:60])}</title>'
        f"<description>{escape('<p>' + one['text'] + '</p>')}</description><dc:date>{one['at']}</dc:date></item>"
        for one in items
    )
    space = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0"?><rss version="2.0" {space}><channel><title>f</title>{entries}</channel></rss>'


if __name__ == "__main__":
    main()
