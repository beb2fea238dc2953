"""Kills: the daemon dies by SIGKILL at named places, over and over, while messages are on their way.

Between two lives new incidents are written that owe a message each to a Slack bot (can be asked), a webhook (honours
its key), SMTP and Slack's incoming webhook (cannot be asked). Every tenth batch is owed to apprise, which cannot be
asked either. After every fifty kills, and at the end, a life without a failpoint delivers what is left.

To each receiver that cannot be asked one message is in flight at a time, so that a kill repeats one there at most. Not
one in all: then a mail server that hangs would hold up Slack.

**Who caused a repeat** where nobody can be asked: a message comes again because its answer was lost (the receiver's
doing), or because the process was killed after it had been taken. The arrival before the repeat tells which, and
names the life. Anything else is unexplained: it came twice within one life, though its answer was sent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.lives import Nursery
from benchmarks.owing import decided, write_config
from benchmarks.receiving import CANNOT_BE_ASKED, Arrival, Receivers
from crisiswatch import store as stores
from crisiswatch.engine.clock import SystemClock

NEW_INCIDENTS = 8

EACH = ("slack", "hook", "mail", "slackhook")
"""Receivers of a batch; every tenth is owed to apprise alone, whose worker starts slowly."""

APPRISE_EVERY = 10

ARRIVED = "arrived.before_answer"
"""No failpoint of the daemon's: the receiver kills it when it has taken a message, and does not answer."""

REACHED = {
    "outbox.after_claim": 1,
    "outbox.before_send": NEW_INCIDENTS,
    "outbox.after_send": NEW_INCIDENTS,
    "outbox.after_find": 1,
    ARRIVED: NEW_INCIDENTS,
    "outbox.after_settle": NEW_INCIDENTS,
    "takeover.after_release": 1,
    "reload.before_use": 1,
    "reload.after_use": 1,
}
"""Where messages can be lost or doubled, and how often a life surely comes by. What is asked about follows a kill with
messages in flight. The other failpoints are walked through by the acceptance tests."""

KILL_AT = tuple(REACHED)

KILLS_WITHIN = 240.0
"""Seconds after which no other life is begun by default: the command ends within eight minutes anywhere."""

LIFE, LAST_LIFE = 90.0, 180.0

TOGETHER = 50
"""Kills after which a life delivers everything: what killed ones leave behind adds up, and would take it for ever."""


@dataclass
class Run:
    """A run of kills: what is owed, who receives it, and how each life ended (True: by the kill it was armed with)."""

    config: Path
    receivers: Receivers
    nursery: Nursery
    random: Random
    owed: set[tuple[str, str]] = field(default_factory=set)
    killed: list[bool] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)


def kills(seed: int, count: int, within: float = KILLS_WITHIN, rest: float = LAST_LIFE) -> dict[str, object]:
    """Return what was lost and doubled over so many kills, or those that `within` seconds were enough for.

    `rest` are the seconds that a life may take to deliver what is left.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, Receivers(seed, faulty=True) as receivers:
        folder = Path(name)
        config = write_config(folder, _receivers(receivers))
        with Nursery(folder / "log") as nursery:
            run = Run(config, receivers, nursery, Random(seed))
            for number in range(count):
                if time.perf_counter() - begun > within:
                    break
                if number and number % TOGETHER == 0:
                    _deliver_the_rest(run, rest)
                _kill_once(run, number)
            _deliver_the_rest(run, rest)
        left = _left(config)
    return {**_counted(run), "kills": sum(run.killed), "undelivered": left, "messages": len(run.owed)}


def repeats_by_cause(
    arrivals: Sequence[Arrival], killed: Sequence[bool]
) -> tuple[Counter[tuple[int, str]], int, list[tuple[Arrival, Arrival]]]:
    """Return the repeats that kills caused, by life and receiver; those by lost answers; and those without a cause.

    `killed` says of each life whether it was killed. Only arrivals where nobody can be asked are looked at.
    """
    before: dict[tuple[str, str], Arrival] = {}
    by_kill: Counter[tuple[int, str]] = Counter()
    by_answer, unexplained = 0, []
    for arrival in arrivals:
        if arrival.receiver not in CANNOT_BE_ASKED:
            continue
        first = before.get((arrival.receiver, arrival.key))
        before[arrival.receiver, arrival.key] = arrival
        if first is None:
            continue
        if not first.is_answered:
            by_answer += 1
        elif arrival.life > first.life and killed[first.life]:
            by_kill[first.life, first.receiver] += 1
        else:
            unexplained.append((first, arrival))
    return by_kill, by_answer, unexplained


def _kill_once(run: Run, batch: int) -> None:
    """Owe a batch, and let a process live until it kills itself at a place."""
    place = KILL_AT[batch % len(KILL_AT)]
    is_slow = batch % APPRISE_EVERY == APPRISE_EVERY - 1
    run.owed |= asyncio.run(_owe(run.config, batch, ("apprise",) if is_slow else EACH))
    run.receivers.life = len(run.killed)
    after = run.random.randint(1, REACHED[place])
    run.receivers.on_taken = _killing(run.nursery, after) if place == ARRIVED else _nothing
    run.nursery.begin(run.config, None if place == ARRIVED else f"{place}:kill:{after}")
    if place.startswith("reload.") and run.nursery.ready(LIFE):
        os.kill(run.nursery.pid, signal.SIGHUP)
    code = _ended(run, LIFE)
    run.killed.append(code == -signal.SIGKILL)
    run.places[place] += code == -signal.SIGKILL


def _deliver_the_rest(run: Run, within: float) -> None:
    run.receivers.life = len(run.killed)
    run.receivers.on_taken = _nothing
    run.nursery.begin(run.config, None)
    _ended(run, within)
    run.killed.append(False)


def _killing(nursery: Nursery, after: int) -> Callable[[], None]:
    """Return what kills the process that lives now at the `after`-th message that it gets through."""
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1
        if taken == after:
            os.kill(nursery.pid, signal.SIGKILL)

    return count


def _nothing() -> None:
    """Let it live."""


def _ended(run: Run, within: float) -> int | None:
    """Wait until a life has ended by itself; one that has delivered everything is asked to end."""
    end = time.perf_counter() + within
    while time.perf_counter() < end:
        code = run.nursery.ended(0.25)
        if code is not None:
            return code
        if _left(run.config) == 0:
            break
    os.kill(run.nursery.pid, signal.SIGTERM)
    code = run.nursery.ended(20)
    if code is None:
        os.kill(run.nursery.pid, signal.SIGKILL)
        run.nursery.ended(20)
    return code


def _counted(run: Run) -> dict[str, object]:
    seen = run.receivers.seen
    by_kill, by_answer, unexplained = repeats_by_cause(seen.arrivals, run.killed)
    for first, again in unexplained:
        sys.stderr.write(f"came again {again.at - first.at:.1f} s later without a cause: {first} {again}\n")
    return {
        "lost": sum(not seen.times[owed] for owed in run.owed),
        "duplicated": seen.repeated("slack"),
        "duplicated_unqueryable": seen.repeated(*CANNOT_BE_ASKED),
        "repeated_with_key": seen.repeated("hook"),
        "repeated_by_kills": by_kill.total(),
        "repeated_by_lost_answers": by_answer,
        "repeated_without_cause": len(unexplained),
        "most_repeated_by_one_kill": max(by_kill.values(), default=0),
        "kills_by_place": dict(run.places),
    }


def _left(config: Path) -> int:
    """Return how many messages are still owed."""
    with closing(sqlite3.connect(f"file:{config.parent}/bench.db?mode=ro", uri=True, timeout=10)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox WHERE settled_at IS NULL").fetchone()[0])


async def _owe(config: Path, batch: int, receivers: Sequence[str]) -> set[tuple[str, str]]:
    """Write incidents that owe a message to each receiver; return receivers with what tells their messages apart."""
    store = stores.create(f"sqlite:///{config.parent}/bench.db")
    await store.open()
    owed: set[tuple[str, str]] = set()
    try:
        for number in range(NEW_INCIDENTS):
            brand = f"B{batch}-{number}"
            decision = decided(brand, receivers, SystemClock().now())
            await store.commit_decision(decision)
            owed |= {
                (one.receiver, brand if one.receiver in ("slackhook", "apprise") else one.key)
                for one in decision.notifications
            }
    finally:
        await store.close()
    return owed


def _receivers(receivers: Receivers) -> list[str]:
    http = f"127.0.0.1:{receivers.http}"
    slack = f"base_url: 'http://{http}/', token: xoxb-bench, channel: C0BENCH001, per_second: 1000"
    hook = f"webhook_url: 'http://{http}/services/T0BENCH/B0BENCH/bench', per_second: 1000"
    return [
        f"{{name: slack, type: slack, {slack}}}",
        f"{{name: hook, type: webhook, url: 'http://{http}/hook'}}",
        f"{{name: mail, type: email, to: [bench@example.org], smtp: 'smtp://127.0.0.1:{receivers.smtp}'}}",
        f"{{name: slackhook, type: slack, {hook}}}",
        f"{{name: apprise, type: apprise, url: 'json://{http}/notify'}}",
    ]
