"""Measure the daemon with a thousand sources: how late polls begin, how many fail, what memory it takes.

    python -m benchmarks.asking [--sources N] [--seconds N]

The whole daemon (store on disk, ticks, console) with 1,000 brands asks feeds and JSON lists in turn, each at a host of
its own and every minute, over real connections to a server in another process. Once every source was asked, a window
of `--seconds` is measured. The delay of a poll is from the moment it was due to its beginning; what an answer took is
from the same moment until it was read. `rss_mb` is the peak of the daemon's process, `workers_mb` of those
that read feeds for it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crisiswatch.app.logs import configure
from crisiswatch.app.running import Process
from crisiswatch.core.models import Batch
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.polling import Poller
from crisiswatch.ports import Source

SOURCES, SECONDS, BRANDS = 1_000, 120, 1_000
EVERY = timedelta(minutes=1)
BEGUN_WITHIN = timedelta(minutes=3)
FIELDS = "{external_id: id, text: text, published_at: at}"


@dataclass(slots=True)
class Seen:
    """What is noted of the polls: delays and answers in seconds, and which of so many sources were asked."""

    sources: int
    delays: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    all_asked: asyncio.Event = field(default_factory=asyncio.Event)


class Timed:
    """A source that notes how late each of its polls begins."""

    def __init__(self, source: Source, poller: Poller, seen: Seen) -> None:
        self.name = source.name
        self._source = source
        self._poller = poller
        self._seen = seen
        self._clock = SystemClock()

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what the source says."""
        self._seen.names.add(self.name)
        if len(self._seen.names) == self._seen.sources:
            self._seen.all_asked.set()
        due = self._poller.polled[self.name].next_poll or now
        self._seen.delays.append(max(0.0, (now - due).total_seconds()))
        batch = await self._source.fetch(cursor, now)
        self._seen.answers.append((self._clock.now() - due).total_seconds())
        return batch

    async def close(self) -> None:
        """Close the source."""
        await self._source.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.asking")
    parser.add_argument("--sources", type=int, default=SOURCES)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    options = parser.parse_args(arguments)
    configure("text", "error")
    found = asyncio.run(measure(options.sources, timedelta(seconds=options.seconds)))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


async def measure(sources: int, window: timedelta) -> dict[str, object]:
    """Return what was seen of that many sources during the window."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.asked"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdin is not None
    assert server.stdout is not None
    port = int(await server.stdout.readline())
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "crisiswatch.yml"
        config.write_text(configuration(sources, port, folder), "utf-8")
        found = await _watch(config, window)
    server.stdin.close()
    await server.wait()
    return found


def configuration(sources: int, port: int, folder: str) -> str:
    """Return a configuration with that many sources, feeds and lists in turn, each at a host of its own."""
    lines = ["version: 1", "egress: {allow: [127.0.0.0/8]}", "server: {listen: 127.0.0.1:0}"]
    lines += [f"store: {{url: 'sqlite:///{folder}/asking.db'}}", "sources:"]
    for number in range(sources):
        host = f"127.1.{number // 250}.{number % 250 + 1}:{port}"
        kind = "rss" if number % 2 == 0 else "http_json"
        mapped = "" if kind == "rss" else f", items: items, fields: {FIELDS}"
        path = "rss" if kind == "rss" else "json"
        lines.append(f"  - {{name: s{number}, type: {kind}, url: 'http://{host}/{path}/{number}', every: 1m{mapped}}}")
    lines.append("brands:")
    lines += [f"  - {{name: Brand{number:04d}, match: [brand{number:04d}]}}" for number in range(BRANDS)]
    return "\n".join(lines) + "\n"


async def _watch(config: Path, window: timedelta) -> dict[str, object]:
    process, started = Process(config, {}), asyncio.Event()

    def said(line: str) -> None:
        started.set()

    running = asyncio.create_task(process.run(said))
    await started.wait()
    poller = process.application.poller
    seen = Seen(len(poller.polled))
    for polled in poller.polled.values():
        polled.source = Timed(polled.source, poller, seen)
    begun = time.monotonic()
    with suppress(TimeoutError):  # then `sources` says how many were not
        await asyncio.wait_for(seen.all_asked.wait(), BEGUN_WITHIN.total_seconds())
    first = round(time.monotonic() - begun, 1)
    answered, spent = len(seen.answers), time.process_time()
    seen.delays.clear()
    await asyncio.sleep(window.total_seconds())
    spent = time.process_time() - spent
    found: dict[str, object] = {
        "sources": sum(polled.last_success is not None for polled in poller.polled.values()),
        "failing": sum(polled.failures > 0 for polled in poller.polled.values()),
        "all_asked_seconds": first,
        "polls": len(seen.delays),
        "p99_delay_seconds": _late(seen.delays),
        "p99_answer_seconds": _late(seen.answers[answered:]),
        "cores": round(spent / window.total_seconds(), 3),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024, 1),
        "workers_mb": _workers(),
    }
    process.daemon.stop()
    await running
    return found


def _late(seconds: list[float]) -> float | None:
    """Return what 99 of 100 stay below."""
    return round(sorted(seconds)[int(len(seconds) * 0.99)], 3) if seconds else None


def _workers() -> float:
    """Return the peaks of the isolated workers that run now, in MiB."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    total = 0
    for child in children:
        if b"crisiswatch.engine.isolated" in Path(f"/proc/{child}/cmdline").read_bytes():
            status = Path(f"/proc/{child}/status").read_text().splitlines()
            total += int(next(line.split()[1] for line in status if line.startswith("VmHWM")))
    return round(total / 1_024, 1)


if __name__ == "__main__":
    main()
