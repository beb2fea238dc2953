"""Measure load: 500 mentions a second for an hour, then 5,000 a second for a minute, and how long criticals take then.

    python -m benchmarks.load --json [--seed N] [--full]

Mentions come in frames of 500 and are all about one of 1,000 brands; the work on them is real (decode to commit on a
durable SQLite file, the tick of all brands every 15 s, deliveries to a webhook on this machine). The hour is not:
nobody waits for the next frame. Time is CPU time of the process, as one worker on an otherwise idle core would need it,
and what is idle between is left out.

The order of work is the daemon's. A frame is observed when its turn comes, not when it was sent: until then it waits at
its source. A tick that is due takes the lock of the way in before the frames that wait, sees what was observed before
it, and is left out if the next one is due already. Frames that wait have their turns again while it goes on deciding,
and messages are sent in the meantime. (One queue for all, in which a tick stood behind every frame that was sent before
it, was not how the daemon works: there the tick would have seen mentions that nobody had read.)

`utilisation` is work by time, `most_behind_seconds` how far the work once was behind what came, `drain_seconds` what is
still to be done when the last mention has come. Every half minute somebody is hurt: `p50_seconds` and `p99_seconds` are
from when the tick was due that finds it to the receiver's answer. `from_arrival` is from when the mention was sent: the
wait of its frame, and for the next tick, included. By default five minutes of the hour; `--full` takes all of it.
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
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from prometheus_client import CollectorRegistry

from benchmarks.pipeline import BRANDS, FRAME, START, frame_lines, invent
from benchmarks.receiving import Receivers
from benchmarks.shifts import TICK_SECONDS, Shift, Stamped, Stream
from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues
from crisiswatch.app.collecting import settle
from crisiswatch.core.models import Batch, Coverage, Mention
from crisiswatch.core.outbox import DeliveryState
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.observing import Gauges
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from crisiswatch.settings import load
from crisiswatch.sources.importing import read_lines

STEADY, BURST = 1, 10
"""Frames a second: 500 and 5,000 mentions."""

HOUR, SOME_MINUTES, MINUTE = 3_600, 300, 60
"""Seconds of the steady pace, in full and by default, and of the burst."""

TICKS_TO_TELL = 8
"""Ticks after the last mention in which everybody must have been told."""

A_MOMENT = 0.01
"""Seconds after which it is looked again whether a frame has come while a tick goes on."""


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
        outward = application.dispatcher.outward
        stamped = {name: Stamped(channel, shift) for name, channel in outward.channels.items()}
        application.dispatcher.outward = replace(outward, channels=stamped)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(application.dispatcher.run())
                paced = await _last(shift, steady, STEADY)
                burst_found = await _last(shift, burst, BURST)
                application.dispatcher.finish()
            rows = await store.outbox(limit=100_000)
        finally:
            for channel in application.channels.values():
                await channel.close()
            await store.close()
    return {
        "500_a_second": paced,
        "5000_a_second": burst_found,
        "mentions": shift.frames * FRAME,
        "criticals": len(shift.accepted) + len(shift.hurt),
        "criticals_accepted": len(shift.accepted),
        "undelivered": sum(row.state is not DeliveryState.DELIVERED for row in rows),
        **_spread([after_tick for after_tick, _ in shift.accepted]),
        "from_arrival": _spread([after_arrival for _, after_arrival in shift.accepted]),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "brands": BRANDS,
    }


def _spread(seconds: Sequence[float]) -> dict[str, float | None]:
    """Return median, 99th percentile and maximum."""
    known = sorted(seconds)
    return {
        "p50_seconds": round(known[len(known) // 2], 3) if known else None,
        "p99_seconds": round(known[int(len(known) * 0.99)], 3) if known else None,
        "most_seconds": round(known[-1], 3) if known else None,
    }


async def _last(shift: Shift, seconds: int, frames: int) -> dict[str, object]:
    """Let that many frames a second come for so long, and what they leave be done."""
    begins, accepted = shift.free_at, len(shift.accepted)
    shift.coming, shift.worked, shift.behind = Stream(begins, frames, seconds * frames), 0.0, []
    while shift.coming.left:
        if shift.tick_at <= max(shift.coming.arrival, shift.free_at):
            await _tick(shift)
        else:
            shift.begin(shift.coming.arrival)
            await _take_frame(shift)
            shift.end()
    drained_at = shift.free_at
    for _ in range(TICKS_TO_TELL):
        await _tick(shift)
        if not shift.hurt:
            break
    return {
        "seconds": seconds,
        "mentions": seconds * frames * FRAME,
        "utilisation": round(shift.worked / seconds, 3),
        "most_behind_seconds": round(max(shift.behind), 3),
        "drain_seconds": round(max(0.0, drained_at - begins - seconds), 3),
        **_spread([after_tick for after_tick, _ in shift.accepted[accepted:]]),
    }


async def _take_frame(shift: Shift) -> None:
    """Let the next frame have its turn; making it up is no work."""
    arrival, is_hurt = shift.coming.take()
    begun = time.process_time()
    at = START + timedelta(seconds=arrival)
    lines = frame_lines(shift.posts, 1.0, shift.random, shift.frames, at - timedelta(seconds=5))
    if is_hurt:
        brand = f"Brand{BRANDS - 1 - len(shift.hurt) - len(shift.accepted):04d}"
        lines[0] = _hurt(brand, at)
        shift.hurt[brand] = arrival
    shift.used_before += time.process_time() - begun
    shift.clock.set(START + timedelta(seconds=shift.now))
    mentions = tuple(item for item in read_lines(lines, "jsonl") if isinstance(item, Mention))
    covered = Coverage("bench", at - timedelta(seconds=1), at)
    shift.frames += 1
    await shift.application.ingest("bench", Batch(mentions=mentions, coverage=(covered,), cursor=str(shift.frames)))
    shift.behind.append(shift.now - arrival)


async def _tick(shift: Shift) -> None:
    """Judge all brands and deliver what is owed then; frames that have come meanwhile take their turns."""
    shift.begin(shift.tick_at)
    async with asyncio.TaskGroup() as tasks:
        telling = tasks.create_task(_judge_and_tell(shift))
        await asyncio.sleep(0)  # it asks for the lock first
        while not telling.done():
            if shift.coming.arrival <= shift.now:
                await _take_frame(shift)
            else:
                await asyncio.wait({telling}, timeout=A_MOMENT)
    shift.end()
    shift.behind.append(shift.free_at - shift.tick_at)
    shift.tick_at = max(shift.tick_at + TICK_SECONDS, shift.free_at // TICK_SECONDS * TICK_SECONDS)


async def _judge_and_tell(shift: Shift) -> None:
    await shift.application.watcher.tick(START + timedelta(seconds=shift.tick_at))
    while await shift.application.dispatcher.settle_due():
        pass
    await shift.application.dispatcher.lanes.settled()


def _hurt(brand: str, at: datetime) -> bytes:
    """Return a mention of somebody who was hurt by a brand."""
    mention = {
        "source": "bench", "external_id": f"hurt-{brand}", "published_at": (at - timedelta(seconds=5)).isoformat(),
        "text": f"Somebody was injured by a {brand} this morning", "language": "en",
        "author": f"https://bench.example/@witness-{brand}", "permalink": f"https://bench.example/hurt/{brand}",
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
