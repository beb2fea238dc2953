"""Measure delivery: what is lost and what comes twice over kills at named places, then speed without kills.

    python -m benchmarks.delivery --json [--seed N] [--kills N] [--full]

The kill run starts the real process on a SQLite file, each time armed to kill itself (SIGKILL) at a failpoint, with
receivers that refuse one attempt in ten and lose the answer of one in twenty. Between two lives new incidents are
written that owe a message each to a Slack bot (can be asked), a webhook (honours its key) and SMTP (cannot be asked).
At the end a life without failpoint delivers what is left. `lost` counts messages that never arrived, `duplicated` what
came twice where the other side can be asked or knows the key, `duplicated_unqueryable` mails that came twice.

The speed run has no kills: `deliveries_per_second` from a full outbox to four webhooks that answer after 20 ms;
`p50_seconds` and `p99_seconds` from the commit of a critical to its acceptance, at 50 a second for ten seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from prometheus_client import CollectorRegistry

from benchmarks.receiving import Receivers
from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues
from crisiswatch.core.incidents import Change, Condition, Event, Incident
from crisiswatch.core.lifecycle import ulid
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.engine.observing import Gauges
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from crisiswatch.settings import load

NEW_INCIDENTS = 8

REACHED = {"outbox.after_claim": 1, "outbox.before_send": NEW_INCIDENTS, "outbox.after_send": NEW_INCIDENTS}
"""Where messages can be lost or doubled, and how often a life surely comes by; the other failpoints are walked through
by the acceptance tests."""

KILL_AT = tuple(REACHED)

KILLS_WITHIN = 240.0
"""Seconds after which no other life is begun by default: the command ends within eight minutes anywhere."""

FULL = 300
"""Incidents in a full outbox, each owed to four receivers."""

PACED, APART = 500, 0.02
"""Criticals of the steady pace, and the seconds between them."""

LIFE, LAST_LIFE = 90.0, 180.0


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


def kills(seed: int, count: int, within: float = KILLS_WITHIN) -> dict[str, object]:
    """Return what was lost and doubled over so many kills, or those that `within` seconds were enough for."""
    random, killed, begun = Random(seed), 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Receivers(seed, faulty=True) as receivers:
        config = _write_config(Path(folder), _three_kinds(receivers))
        owed: dict[str, str] = {}
        for number in range(count):
            if time.perf_counter() - begun > within:
                break
            owed |= asyncio.run(_owe(config, number, NEW_INCIDENTS))
            place = KILL_AT[number % len(KILL_AT)]
            armed = f"{place}:kill:{random.randint(1, REACHED[place])}"
            killed += _live(config, armed, LIFE) == -signal.SIGKILL
        _live(config, None, LAST_LIFE)
        left = _left(config)
    return {**_counted(owed, receivers), "kills": killed, "undelivered": left, "messages": len(owed)}


def _counted(owed: Mapping[str, str], receivers: Receivers) -> dict[str, int]:
    seen = receivers.seen
    arrived = {"slack": seen.slack, "hook": seen.hook, "mail": seen.mail}
    return {
        "lost": sum(not arrived[receiver][key] for key, receiver in owed.items()),
        "duplicated": sum(count - 1 for count in seen.slack.values()),
        "duplicated_unqueryable": sum(count - 1 for count in seen.mail.values()),
        "repeated_with_key": sum(count - 1 for count in seen.hook.values()),
    }


def _live(config: Path, armed: str | None, within: float) -> int | None:
    """Let one process live until it kills itself; one without a failpoint until all is delivered."""
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        **({"CRISISWATCH_FAILPOINT": armed} if armed else {}),
    }
    command = [sys.executable, "-m", "crisiswatch", "run", "-c", str(config), "--log-format", "json"]
    with (config.parent / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=config.parent, env=environ, stdout=log, stderr=log)
        end = time.perf_counter() + within
        while time.perf_counter() < end:
            try:
                return process.wait(1.0)
            except subprocess.TimeoutExpired:
                if _left(config) == 0:
                    break
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def _left(config: Path) -> int:
    """Return how many messages are still owed."""
    with closing(sqlite3.connect(f"file:{config.parent}/bench.db?mode=ro", uri=True, timeout=10)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox WHERE settled_at IS NULL").fetchone()[0])


async def _owe(config: Path, batch: int, count: int) -> dict[str, str]:
    """Write incidents that owe a message to each receiver; return the keys with their receivers."""
    store = stores.create(f"sqlite:///{config.parent}/bench.db")
    await store.open()
    keys: dict[str, str] = {}
    try:
        for number in range(count):
            decision = decided(f"B{batch}-{number}", ("slack", "hook", "mail"), SystemClock().now())
            await store.commit_decision(decision)
            keys |= {owed.key: owed.receiver for owed in decision.notifications}
    finally:
        await store.close()
    return keys


def decided(brand: str, receivers: Sequence[str], now: datetime) -> Decision:
    """Return the opening of a critical incident that tells those receivers. It is final, so that nothing follows."""
    incident = Incident(
        id=ulid(f"{brand}/crisis", now), brand=brand, family="crisis", condition=Condition.FINAL,
        severity=Severity.CRITICAL, peak_severity=Severity.CRITICAL, opened_at=now, updated_at=now,
    )  # fmt: skip
    owed = tuple(
        Notification(incident.id, name, NotificationKind.OPENED, 1, Severity.CRITICAL, now, now + timedelta(hours=24))
        for name in receivers
    )
    return Decision(incident, 0, (Event(now, Change.OPENED, Severity.CRITICAL),), owed)


async def speed(seed: int) -> dict[str, object]:
    """Return deliveries a second from a full outbox, and the latency of criticals at a steady pace."""
    with tempfile.TemporaryDirectory() as folder, Receivers(seed, faulty=False, latency=0.02) as receivers:
        names = [f"hook{number}" for number in range(4)]
        hooks = [f"{{name: {name}, type: webhook, url: 'http://127.0.0.1:{receivers.http}/hook'}}" for name in names]
        config = _write_config(Path(folder), hooks)
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


def _three_kinds(receivers: Receivers) -> list[str]:
    slack = f"base_url: 'http://127.0.0.1:{receivers.http}/', token: xoxb-bench, channel: C0BENCH001"
    return [
        f"{{name: slack, type: slack, {slack}}}",
        f"{{name: hook, type: webhook, url: 'http://127.0.0.1:{receivers.http}/hook'}}",
        f"{{name: mail, type: email, to: [bench@example.org], smtp: 'smtp://127.0.0.1:{receivers.smtp}'}}",
    ]


def _write_config(folder: Path, receivers: Sequence[str]) -> Path:
    config = folder / "crisiswatch.yml"
    listed = "\n".join(f"  - {receiver}" for receiver in receivers)
    config.write_text(
        "version: 1\nbrands: [{name: Acme, match: [acme]}]\nsources: [{name: inbox, type: webhook, secret: bench}]\n"
        f"receivers:\n{listed}\nstorm: {{pings: 1000000, criticals: 1000000}}\n"
        f"store: {{url: 'sqlite:///{folder}/bench.db'}}\nserver: {{listen: '127.0.0.1:0'}}\n",
        "utf-8",
    )
    return config


if __name__ == "__main__":
    main()
