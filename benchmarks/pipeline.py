"""Measure the pipeline: mentions per second and core from bytes to commit and count, memory, and a restart.

    python -m benchmarks.pipeline --json [--seed N] [--full]

Frames of 500 mentions and 1,000 brands on a durable SQLite file; time is CPU time of the whole process. `10%` and
`100%` of the mentions match a brand (Zipf-distributed). A mention is decoded from the import format, matched, given a
language, scored, sketched, committed with its cursor, and counted. Frames come one a second, so that every tenth is
followed by the tick that judges all brands: 500 mentions a second is what the daemon is promised to sustain.
`restart_seconds` is wall time from opening the store of a stopped daemon to its first tick: `stored` mentions,
1,000 brands, a checkpoint; the last 100,000 came through the pipeline, what is older is copied inside the store.
`--full` takes the published sizes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from prometheus_client import CollectorRegistry

from benchmarks.filling import fill
from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues, detector
from crisiswatch.app.collecting import settle
from crisiswatch.app.scenarios.writing import Mood, post
from crisiswatch.core.models import Batch, Coverage, Mention
from crisiswatch.engine.clock import TICK, DrivenClock, tick_after
from crisiswatch.engine.ingesting import Lens
from crisiswatch.engine.observing import Gauges
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from crisiswatch.settings import load
from crisiswatch.sources.importing import read_lines

BRANDS, FRAME = 1_000, 500
APART = timedelta(seconds=1)
"""Between two frames; ten of them make a tick."""

PER_TICK = TICK // APART
RECENT = 100_000
"""Stored mentions that are so new that a running daemon has them in its counts."""

START = datetime(2026, 3, 2, tzinfo=UTC)


class Unscored:
    """Negativity that costs nothing: to see what everything else costs."""

    model = "none"

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> Sequence[float | None]:
        """Return the same for every text, below what counts as negative: nothing is to be alarmed here."""
        return [0.3] * len(texts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.pipeline")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="ten million stored mentions for the restart")
    options = parser.parse_args(arguments)
    stored = 10_000_000 if options.full else RECENT
    sys.stdout.write(json.dumps(asyncio.run(measure(options.seed, stored)), indent=2) + "\n")


async def measure(seed: int, stored: int) -> dict[str, object]:
    """Return the figures."""
    posts = invent(Random(seed), 4_000)
    whole = {name: await throughput(posts, share, Random(seed)) for name, share in (("10%", 0.1), ("100%", 1.0))}
    bare = {
        name: await throughput(posts, share, Random(seed), scored=False)
        for name, share in (("10%", 0.1), ("100%", 1.0))
    }
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "mentions_per_second_core": whole,
        "without_negativity": bare,
        "rss_mb": round(memory, 1),
        "restart_seconds": await restart(posts, stored, Random(seed)),
        "stored": stored,
        "brands": BRANDS,
        "frame": FRAME,
    }


async def throughput(posts: Sequence[str], share: float, random: Random, *, scored: bool = True) -> float:
    """Return mentions per CPU second of this process."""
    frames = 80 if share < 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        lines = [frame_lines(posts, share, random, number, published(number)) for number in range(frames + PER_TICK)]
        clock = DrivenClock(START)
        store = stores.create(f"sqlite:///{folder}/bench.db")
        await store.open()
        application = build(Path(folder), store, clock)
        if not scored:
            lens = application.ingest.lens
            assert lens is not None
            application.ingest.lens = Lens(replace(lens.steps, negativity=Unscored()), lens.watchlist)
        for number in range(PER_TICK):
            await feed(application, lines[number], number, clock)
        begun = time.process_time()
        for number in range(PER_TICK, frames + PER_TICK):
            await feed(application, lines[number], number, clock)
        took = time.process_time() - begun
        await store.close()
    return round(frames * FRAME / took)


async def restart(posts: Sequence[str], stored: int, random: Random) -> float:
    """Return the seconds from opening the store to the first tick, after a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        url, clock = f"sqlite:///{folder}/bench.db", DrivenClock(START)
        store = stores.create(url, stores.Opening.THROW_AWAY)
        await store.open()
        application = build(Path(folder), store, clock)
        await feed(application, frame_lines(posts, 1.0, random, 0, published(0)), 0, clock)
        await asyncio.to_thread(fill, Path(folder, "bench.db"), (stored - RECENT) // FRAME)
        for number in range(1, RECENT // FRAME):
            await feed(application, frame_lines(posts, 1.0, random, number, published(number)), number, clock)
        await application.checkpoints.save(clock.now())
        await store.close()
        begun = time.perf_counter()
        store = stores.create(url)
        await store.open()
        application = build(Path(folder), store, clock)
        await application.watcher.load_incidents()
        await application.checkpoints.restore(detector, clock.now(), lambda part: None)
        await application.watcher.tick(tick_after(clock.now()))
        took = time.perf_counter() - begun
        await store.close()
    return round(took, 3)


async def feed(application: Application, lines: Sequence[bytes], number: int, clock: DrivenClock) -> None:
    """Give the pipeline one frame, and a tick after every tenth."""
    mentions = tuple(item for item in read_lines(lines, "jsonl") if isinstance(item, Mention))
    now = clock.now()
    covered = Coverage("bench", now, now + APART)
    await application.ingest("bench", Batch(mentions=mentions, coverage=(covered,), cursor=str(number)))
    clock.set(now + APART)
    if (number + 1) % PER_TICK == 0:
        await application.watcher.tick(clock.now())


def build(folder: Path, store: Store, clock: DrivenClock) -> Application:
    """Return an application that watches `BRANDS` brands."""
    names = [f"Brand{number:04d}" for number in range(BRANDS)]
    brands = "\n".join(f"  - {{name: {name}, match: [{name.lower()}]}}" for name in names)
    config = folder / "crisiswatch.yml"
    config.write_text(
        f"version: 1\nsources: [{{name: bench, type: replay, path: x.jsonl}}]\nbrands:\n{brands}\n", "utf-8"
    )
    metrics = Metrics(CollectorRegistry())
    world = World.recorded(store, clock, metrics, b"bench")
    application = Application(world, Gauges(metrics))
    application.use(load(config, {}, catalogues()))
    settle()
    return application


def invent(random: Random, size: int) -> list[str]:
    """Return posts, one in ten of them negative; the brand in them stands for whichever brand a mention is about."""
    moods = random.choices((Mood.POSITIVE, Mood.NEUTRAL, Mood.NEGATIVE), (30, 60, 10), k=size)
    return [post(random, "Norvik", mood, "en") for mood in moods]


def published(number: int) -> datetime:
    """Return when the mentions of a frame were published."""
    return START + number * APART - timedelta(seconds=5)


def frame_lines(posts: Sequence[str], share: float, random: Random, number: int, published_at: datetime) -> list[bytes]:
    """Return one frame in the import format."""
    at = published_at.isoformat()
    lines = []
    for index in range(FRAME):
        brand = (
            f"Brand{min(BRANDS - 1, int(random.paretovariate(0.5)) - 1):04d}" if random.random() < share else "kettles"
        )
        text = random.choice(posts).replace("Norvik", brand)
        mention = {
            "source": "bench",
            "external_id": f"{number}-{index}",
            "published_at": at,
            "text": text,
            "author": f"https://bench.example/@u{random.randrange(50_000)}",
            "permalink": f"https://bench.example/{number}/{index}",
            "language": "en" if random.random() < 0.8 else None,
        }
        lines.append(json.dumps(mention).encode())
    return lines


if __name__ == "__main__":
    main()
