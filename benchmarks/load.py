"""Measure load: 500 mentions a second for an hour, then 5,000 a second for a minute, and how long criticals take then.

    python -m benchmarks.load --json [--seed N] [--full]

Mentions come in frames of 500 and are all about one of 1,000 brands; the work on them is real (decode to commit on a
durable SQLite file, the tick of all brands every 15 s, deliveries to a webhook on this machine). The hour is not:
nobody waits for the next frame. What a frame or a tick takes is CPU time of the process, and each begins when it is due
or when the one before it has ended, whichever is later: what one worker on an otherwise idle core would do.

`utilisation` is work by time, `most_behind_seconds` how far the work once was behind what came, `drain_seconds` what is
still to be done when the last mention has come. Every half minute somebody is hurt: `p50_seconds` and `p99_seconds` are
from the tick that sees it to the acceptance of the critical, work that was waiting before it included. By default five
minutes of the hour; `--full` takes all of it, and some minutes.
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
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from prometheus_client import CollectorRegistry

from benchmarks.pipeline import BRANDS, FRAME, START, frame_lines, invent
from benchmarks.receiving import Receivers
from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues
from crisiswatch.app.collecting import settle
from crisiswatch.core.models import Batch, Coverage, Mention, Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind
from crisiswatch.engine.clock import TICK, DrivenClock
from crisiswatch.engine.observing import Gauges
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from crisiswatch.settings import load
from crisiswatch.sources.importing import read_lines

STEADY, BURST = 1, 10
"""Frames a second: 500 and 5,000 mentions."""

HOUR, SOME_MINUTES, MINUTE = 3_600, 300, 60
"""Seconds of the steady pace, in full and by default, and of the burst."""

TICK_SECONDS = round(TICK.total_seconds())

HURT_EVERY = 30
"""Seconds between two mentions of somebody who was hurt, each about another brand."""


@dataclass
class Shift:
    """Work in the order in which it comes. Times are seconds since the beginning; at `free_at` all of it is done."""

    application: Application
    clock: DrivenClock
    random: Random
    posts: Sequence[str]
    now: float = 0.0
    free_at: float = 0.0
    worked: float = 0.0
    frames: int = 0
    hurt: int = 0
    told: set[int] = field(default_factory=set)
    behind: list[float] = field(default_factory=list)
    accepted_after: list[float] = field(default_factory=list)

    def done(self, took: float) -> float:
        """Add work that was due now; return how long after that it is done."""
        self.worked += took
        self.free_at = max(self.now, self.free_at) + took
        self.behind.append(self.free_at - self.now)
        return self.behind[-1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.load")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="all of the hour")
    options = parser.parse_args(arguments)
    steady = HOUR if options.full else SOME_MINUTES
    sys.stdout.write(json.dumps(asyncio.run(measure(options.seed, steady, MINUTE)), indent=2) + "\n")


async def measure(seed: int, steady: int, burst: int) -> dict[str, object]:
    """Return the figures of so many seconds at 500 mentions a second, and so many at 5,000."""
    random = Random(seed)
    with tempfile.TemporaryDirectory() as folder, Receivers(seed, faulty=False) as receivers:
        clock, store = DrivenClock(START), stores.create(f"sqlite:///{folder}/bench.db")
        await store.open()
        application = _build(Path(folder), store, clock, receivers)
        shift = Shift(application, clock, random, invent(random, 4_000))
        try:
            paced = await _last(shift, steady, STEADY)
            burst_found = await _last(shift, burst, BURST)
            rows = await store.outbox(limit=100_000)
        finally:
            for channel in application.channels.values():
                await channel.close()
            await store.close()
    late = sorted(shift.accepted_after)
    return {
        "500_a_second": paced,
        "5000_a_second": burst_found,
        "mentions": shift.frames * FRAME,
        "criticals": shift.hurt,
        "criticals_accepted": len(late),
        "undelivered": sum(row.state is not DeliveryState.DELIVERED for row in rows),
        "p50_seconds": round(late[len(late) // 2], 3) if late else None,
        "p99_seconds": round(late[int(len(late) * 0.99)], 3) if late else None,
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "brands": BRANDS,
    }


async def _last(shift: Shift, seconds: int, frames: int) -> dict[str, object]:
    """Let that many frames a second come for so long, and what they leave be done."""
    begins = max(shift.now, shift.free_at)
    shift.now, shift.worked, shift.behind = begins, 0.0, []
    for number in range(seconds * frames):
        shift.now = begins + (number + 1) / frames
        await _take_frame(shift, is_hurt=number % (HURT_EVERY * frames) == 0)
        if (number + 1) % (TICK_SECONDS * frames) == 0 or number + 1 == seconds * frames:
            await _tick(shift)
    return {
        "seconds": seconds,
        "mentions": seconds * frames * FRAME,
        "utilisation": round(shift.worked / seconds, 3),
        "most_behind_seconds": round(max(shift.behind), 3),
        "drain_seconds": round(max(0.0, shift.free_at - shift.now), 3),
    }


async def _take_frame(shift: Shift, *, is_hurt: bool) -> None:
    """Let a frame come, with somebody who was hurt in it or not."""
    at = START + timedelta(seconds=shift.now)
    lines = frame_lines(shift.posts, 1.0, shift.random, shift.frames, at - timedelta(seconds=5))
    if is_hurt:
        lines[0] = _hurt(shift.hurt, at)
        shift.hurt += 1
    shift.clock.set(at)
    begun = time.process_time()
    mentions = tuple(item for item in read_lines(lines, "jsonl") if isinstance(item, Mention))
    covered = Coverage("bench", at - timedelta(seconds=1), at)
    await shift.application.ingest("bench", Batch(mentions=mentions, coverage=(covered,), cursor=str(shift.frames)))
    shift.done(time.process_time() - begun)
    shift.frames += 1


async def _tick(shift: Shift) -> None:
    """Judge all brands, and deliver what is owed then."""
    shift.clock.set(START + timedelta(seconds=shift.now))
    begun = time.process_time()
    await shift.application.watcher.tick(shift.clock.now())
    while await shift.application.dispatcher.settle_due():
        pass
    took = shift.done(time.process_time() - begun)
    delivered = await shift.application.world.store.outbox((DeliveryState.DELIVERED,), 1_000)
    told = {row.id for row in delivered if _is_alarm(row.notification)} - shift.told
    shift.told |= told
    shift.accepted_after += [took] * len(told)


def _is_alarm(owed: Notification) -> bool:
    return owed.kind is NotificationKind.OPENED and owed.severity is Severity.CRITICAL


def _hurt(number: int, at: datetime) -> bytes:
    """Return a mention of somebody who was hurt, about a brand of which little is said."""
    brand = f"Brand{BRANDS - 1 - number:04d}"
    mention = {
        "source": "bench", "external_id": f"hurt-{number}", "published_at": (at - timedelta(seconds=5)).isoformat(),
        "text": f"Somebody was injured by a {brand} this morning, number {number}", "language": "en",
        "author": f"https://bench.example/@witness{number}", "permalink": f"https://bench.example/hurt/{number}",
    }  # fmt: skip
    return json.dumps(mention).encode()


def _build(folder: Path, store: Store, clock: DrivenClock, receivers: Receivers) -> Application:
    """Return an application that watches the brands, with a rule, and tells a webhook on this machine."""
    names = [f"Brand{number:04d}" for number in range(BRANDS)]
    rules = "[{name: injury, match: injured, severity: critical}]"
    brands = "\n".join(f"  - {{name: {name}, match: [{name.lower()}], rules: {rules}}}" for name in names)
    config = folder / "crisiswatch.yml"
    config.write_text(
        f"version: 1\nsources: [{{name: bench, type: replay, path: x.jsonl}}]\nbrands:\n{brands}\n"
        f"receivers: [{{name: hook, type: webhook, url: 'http://127.0.0.1:{receivers.http}/hook'}}]\n"
        "storm: {pings: 1000000, criticals: 1000000}\n",
        "utf-8",
    )
    metrics = Metrics(CollectorRegistry())
    application = Application(World.recorded(store, clock, metrics, b"bench"), Gauges(metrics))
    application.use(load(config, {}, catalogues()))
    settle()
    return application


if __name__ == "__main__":
    main()
