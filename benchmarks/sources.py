"""Measure the sources: items parsed per second and core, memory, and the delay of a stream on a real socket.

    python -m benchmarks.sources --json [--seed N]

Pages and frames are made up. `jetstream_matched` is parsing and matching 1,000 brands, of which 2 % of posts name one.
`stream_p99_delay_seconds` is from the sending of a frame to the batch that holds it, over a WebSocket on this machine.
`sources`, `rss_mb`, `p99_delay_seconds` and what stands beside them are of a daemon that polls a thousand sources, in a
process of its own (`benchmarks.asking`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from websockets.asyncio.server import ServerConnection, serve

from crisiswatch import text
from crisiswatch.app.data import negativity_weights
from crisiswatch.core.enriching import brand_key
from crisiswatch.core.models import Mention
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.errors import SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.sources import CATALOGUE
from crisiswatch.sources.importing import read_lines
from crisiswatch.sources.web import bluesky, hackernews, stackexchange
from crisiswatch.sources.web.bluesky_search import parse_posts
from crisiswatch.sources.web.feeds import parse_feed
from crisiswatch.sources.web.jetstream import parse_frames
from crisiswatch.sources.web.mapping import parse_page
from crisiswatch.sources.web.x_items import parse_search

FRAMES, PAGE, BRANDS, RATE, SECONDS = 20_000, 100, 1_000, 100, 4
NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SYLLABLES = ("nor", "vik", "ta", "lis", "ke", "tor", "ma", "zu", "pel", "gra", "bin", "dro")
WORDS = ("the", "morning", "is", "not", "what", "i", "expected", "again", "today", "thanks", "bad", "good", "service")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.sources")
    parser.add_argument("--json", action="store_true", help="print JSON (there is no other form)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(measure(random.Random(options.seed)), indent=2) + "\n")


def measure(rng: random.Random) -> dict[str, object]:
    """Return the numbers of this machine."""
    brands = sorted({"".join(rng.choices(SYLLABLES, k=4)) for _ in range(BRANDS * 2)})[:BRANDS]
    frames = [_frame(rng, number, brands, NOW) for number in range(FRAMES)]
    steps = text.steps({brand_key(brand): [brand] for brand in brands}, negativity_weights())

    def parse() -> list[Mention]:
        return [found for start in range(0, FRAMES, 1_000) for found in _parse(frames[start : start + 1_000])]

    def matched() -> None:
        for start in range(0, FRAMES, 1_000):
            steps.queries.match([mention.text for mention in _parse(frames[start : start + 1_000])])

    per_second = {"jetstream": _speed(parse, FRAMES), "jetstream_matched": _speed(matched, FRAMES)}
    per_second |= {name: _speed(_repeat(act), 50 * PAGE) for name, act in _pages(rng, brands).items()}
    return {
        "per_second": per_second,
        "types": len(CATALOGUE.names),
        "stream_p99_delay_seconds": round(asyncio.run(_delay(rng, brands)), 3),
        **_polled(),
    }


def _polled() -> dict[str, object]:
    asking = (sys.executable, "-m", "benchmarks.asking")
    found: dict[str, object] = json.loads(subprocess.run(asking, check=True, stdout=subprocess.PIPE).stdout)
    return found


def _parse(frames: Sequence[bytes]) -> tuple[Mention, ...]:
    return parse_frames(frames, NOW).mentions


def _repeat(act: Callable[[], object]) -> Callable[[], None]:
    def fifty() -> None:
        for _ in range(50):
            act()

    return fifty


def _speed(act: Callable[[], object], items: int) -> int:
    """Return items per second of processor time, the best of three."""
    best = 0.0
    for _ in range(3):
        started = time.process_time()
        act()
        best = max(best, items / (time.process_time() - started))
    return int(best)


def _text(rng: random.Random, brands: Sequence[str]) -> str:
    words = rng.choices(WORDS, k=rng.randrange(4, 45))
    return " ".join([*words, rng.choice(brands)] if rng.random() < 0.02 else words)


def _frame(rng: random.Random, number: int, brands: Sequence[str], at: datetime) -> bytes:
    record = {"$type": "app.bsky.feed.post", "createdAt": at.isoformat(), "langs": ["en"], "text": _text(rng, brands)}
    commit = {"rev": "3l", "operation": "create", "collection": "app.bsky.feed.post", "rkey": f"3l{number:011d}"}
    event = {"did": f"did:plc:{number:024d}", "time_us": (at - EPOCH) // timedelta(microseconds=1), "kind": "commit"}
    return json.dumps({**event, "commit": {**commit, "cid": "bafy" * 14, "record": record}}).encode()


def _pages(rng: random.Random, brands: Sequence[str]) -> dict[str, Callable[[], object]]:
    """Return a call that parses one page of a hundred items, by source."""
    texts, at = [_text(rng, brands) for _ in range(PAGE)], NOW.isoformat()
    hits = [{"objectID": str(n), "comment_text": f"<p>{said}</p>", "created_at_i": 1} for n, said in enumerate(texts)]
    items = [{"item_type": "answer", "answer_id": n, "excerpt": said} for n, said in enumerate(texts)]
    found = [{"id": str(n), "text": said, "created_at": at} for n, said in enumerate(texts)]
    posts = [
        {"uri": f"at://d/app.bsky.feed.post/{n}", "author": {"did": "d"}, "record": {"text": said, "createdAt": at}}
        for n, said in enumerate(texts)
    ]
    bodies = [{"hits": hits, "nbHits": PAGE}, {"items": items}, {"data": found, "meta": {}}, {"posts": posts}]
    algolia, stack, search, sky = (json.dumps(body).encode() for body in bodies)
    rss, line = _feed(texts), json.dumps({"external_id": "1", "text": texts[0], "published_at": at, "source": "a"})
    json_feed = json.dumps({"version": "1", "items": [{"id": str(n), "content_text": t} for n, t in enumerate(texts)]})
    fields = {"external_id": "id", "text": "text", "published_at": "created_at"}
    return {
        "rss": lambda: parse_feed(rss, "https://feeds.example/press"),
        "json_feed": lambda: parse_feed(json_feed.encode(), "https://feeds.example/press"),
        "http_json": lambda: parse_page(search, "data", fields, None, "plain"),
        "replay": lambda: list(read_lines([line.encode()] * PAGE, "jsonl")),
        "hackernews": lambda: hackernews.parse_hits(algolia),
        "stackexchange": lambda: stackexchange.parse_items(stack, "stackoverflow", NOW),
        "x": lambda: parse_search(search),
        "bluesky_search": lambda: parse_posts(sky),
    }


def _feed(texts: Sequence[str]) -> bytes:
    """Return an RSS feed with these entries."""
    entries = "".join(
        f"<item><guid>{n}</guid><title>News {n}</title><link>https://news.example/{n}</link>"
        f"<pubDate>Wed, 07 Jan 2026 12:00:00 GMT</pubDate><description>{said}</description></item>"
        for n, said in enumerate(texts)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Press</title>{entries}</channel></rss>'.encode()


async def _delay(rng: random.Random, brands: Sequence[str]) -> float:
    """Return the delay in seconds that 99 of 100 frames stay below."""
    clock = SystemClock()

    async def talk(connection: ServerConnection) -> None:
        for number in range(RATE * SECONDS):
            await connection.send(_frame(rng, number, brands, clock.now()))
            await asyncio.sleep(1 / RATE)

    fetcher, delays = HttpFetcher(allow=["127.0.0.0/8"]), []
    async with serve(talk, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        source = bluesky.build("sky", bluesky.BlueskyOptions(server=url), SourceTools(fetcher, WorkerIsolator()))
        try:
            async for batch in source.stream(None, clock):
                now = clock.now()
                delays += [(now - one.indexed_at).total_seconds() for one in batch.mentions if one.indexed_at]
        except SourceUnavailable:
            delays.sort()  # the server has said everything
    await fetcher.close()
    return delays[int(len(delays) * 0.99)]


if __name__ == "__main__":
    main()
