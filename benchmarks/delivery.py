"""Measure delivery: what is lost and what comes twice over kills at named places, then speed without kills.

    python -m benchmarks.delivery --json [--seed N] [--kills N] [--full]

The kill run lets the real process die, over and over, at named places (`benchmarks.killing`), with receivers that
refuse one attempt in ten and lose the answer of one in twenty. `lost` counts messages that never arrived, `duplicated`
what came twice where the other side can be asked, `repeated_with_key` what a webhook got twice under one key, and
`duplicated_unqueryable` what came twice by mail, Slack's incoming webhook and apprise. Each of these has its cause:
`repeated_by_kills` (with `most_repeated_by_one_kill`, to one receiver), `repeated_by_lost_answers`, or
`repeated_without_cause`.

The speed run has no kills: `deliveries_per_second` from a full outbox to four webhooks that answer after 20 ms;
`p50_seconds` and `p99_seconds` from the commit of a critical to its acceptance, at 50 a second for ten seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry

from benchmarks.killing import kills
from benchmarks.owing import decided, write_config
from benchmarks.receiving import Receivers
from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.engine.observing import Gauges
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from crisiswatch.settings import load

FULL = 300
"""Incidents in a full outbox, each owed to four receivers."""

PACED, APART = 500, 0.02
"""Criticals of the steady pace, and the seconds between them."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.delivery")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--full", action="store_true", help="1,000 kills")
    options = parser.parse_args(arguments)
    found = {**asyncio.run(speed(options.seed)), **_kills(options)}
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


def _kills(options: argparse.Namespace) -> dict[str, object]:
    if options.full:
        return kills(options.seed, 1_000, math.inf)
    return kills(options.seed, options.kills)


async def speed(seed: int) -> dict[str, object]:
    """Return deliveries a second from a full outbox, and the latency of criticals at a steady pace."""
    with tempfile.TemporaryDirectory() as folder, Receivers(seed, faulty=False, latency=0.02) as receivers:
        names = [f"hook{number}" for number in range(4)]
        hooks = [f"{{name: {name}, type: webhook, url: 'http://127.0.0.1:{receivers.http}/hook'}}" for name in names]
        config = write_config(Path(folder), hooks)
        await _fill(f"sqlite:///{folder}/bench.db", names)
        store = stores.create(f"sqlite:///{folder}/bench.db")
        await store.open()
        try:
            rate = await _throughput(_application(config, store), receivers)
            late = sorted(await _latencies(_application(config, store), receivers, names))
        finally:
            await store.close()
    return {
        "deliveries_per_second": round(rate, 1),
        "p50_seconds": round(late[len(late) // 2], 3),
        "p99_seconds": round(late[int(len(late) * 0.99)], 3),
    }


async def _fill(url: str, names: Sequence[str]) -> None:
    """Write a full outbox; only what comes after it is measured."""
    store = stores.create(url, stores.Opening.THROW_AWAY)
    await store.open()
    now = SystemClock().now()
    for number in range(FULL):
        await store.commit_decision(decided(f"full{number}", names, now))
    await store.close()


async def _throughput(application: Application, receivers: Receivers) -> float:
    count = FULL * len(application.channels)
    begun = time.perf_counter()
    await _deliver(application, receivers, count)
    return count / (max(receivers.seen.first.values()) - begun)


async def _latencies(application: Application, receivers: Receivers, names: Sequence[str]) -> list[float]:
    owed: dict[str, float] = {}
    before = len(receivers.seen.first)
    delivering = asyncio.create_task(_deliver(application, receivers, before + PACED))
    begun = time.perf_counter()
    for number in range(PACED):
        await asyncio.sleep(max(0.0, begun + number * APART - time.perf_counter()))
        decision = decided(f"paced{number}", [names[number % len(names)]], SystemClock().now())
        owed[decision.notifications[0].key] = time.perf_counter()
        await application.world.store.commit_decision(decision)
        application.dispatcher.wake()
    await delivering
    return [receivers.seen.first[key] - since for key, since in owed.items()]


async def _deliver(application: Application, receivers: Receivers, until: int) -> None:
    """Run the dispatcher until so many messages have arrived."""
    dispatcher = application.dispatcher
    await dispatcher.start("bench")
    running = asyncio.create_task(dispatcher.run())
    while len(receivers.seen.first) < until:  # noqa: ASYNC110  # the servers run in a thread of their own
        await asyncio.sleep(0.01)
    dispatcher.finish()
    await running
    for channel in application.channels.values():
        await channel.close()


def _application(config: Path, store: Store) -> Application:
    metrics = Metrics(CollectorRegistry())
    world = World(
        store=store, clock=SystemClock(), metrics=metrics, fetcher=HttpFetcher(), isolator=WorkerIsolator(),
        channel_isolator=WorkerIsolator, environment={}, host="localhost", author_key=b"bench",
    )  # fmt: skip
    application = Application(world, Gauges(metrics))
    application.use(load(config, {}, catalogues()))
    return application


if __name__ == "__main__":
    main()
