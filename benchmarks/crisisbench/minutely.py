"""What it brings to score the open bucket: minutes from onset to alarm, asked every minute and asked once a bucket.

    python -m benchmarks.crisisbench.minutely [--tier standard] [--streams N] [--seed N] [--workers N]

The stories of every bucket around an onset are spread at random over its five minutes. `closed` asks when a bucket is
over; `open` asks every minute, with the part of the bucket that is over as covered. The threshold is the shipped one
for 0.1 false alarms a week, without what is asked of young baselines; crises that are not found are infinitely late.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.crisisbench.crises import KINDS
from benchmarks.crisisbench.incidents import EARLY
from benchmarks.crisisbench.streams import TIERS, make_stream
from benchmarks.crisisbench.watching import BUCKET, counts
from crisiswatch.app.data import calibration
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import CrisisLR

FIRST_SEED = 80_000
"""Seeds from here on are for this alone."""

PARTS = 5
"""How often a bucket is asked while it is open; the last time it is whole."""

WATCHED = 144
"""Buckets from the onset on that are watched so closely: 12 hours."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Minutes from the onset of one crisis to the alarm."""

    kind: str
    closed: float
    open: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.crisisbench.minutely", description="Measure open buckets.")
    parser.add_argument("--tier", choices=sorted(TIERS), default="standard")
    parser.add_argument("--streams", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    found = measure_minutely(options.tier, options.streams, options.seed, options.workers)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


def measure_minutely(tier: str, streams: int, seed: int, workers: int) -> dict[str, dict[str, float | None]]:
    """Return the rows over so many streams."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        found = pool.starmap(watch_minutely, [(tier, FIRST_SEED + seed + index) for index in range(streams)])
    return minutely([delay for delays in found for delay in delays])


def minutely(delays: Sequence[Delay]) -> dict[str, dict[str, float | None]]:
    """Return the median minutes of both ways, by kind of crisis and of all; None for infinite."""
    rows: dict[str, dict[str, float | None]] = {}
    for kind in (*KINDS, "all"):
        own = [delay for delay in delays if kind in (delay.kind, "all")]
        if own:
            rows[kind] = {
                "closed": _median([delay.closed for delay in own]),
                "open": _median([delay.open for delay in own]),
            }
    return rows


def watch_minutely(tier: str, seed: int) -> list[Delay]:
    """Return the delays of the crises of one stream; one that alarmed before its onset is left out."""
    stream = make_stream(TIERS[tier], seed)
    rng, bar = np.random.default_rng(seed), calibration().bars[0.1]
    detector, rows = CrisisLR(BUCKET, None, calibration()), list(counts(stream))
    closed: dict[int, float] = {}
    opened: dict[int, float] = {}
    for at, count in enumerate(rows):
        for index, crisis in enumerate(stream.crises):
            if crisis.onset - EARLY <= at < min(crisis.end, crisis.onset + WATCHED):
                asked = [detector.score_open((part,)).raw >= bar for part in parts(rng, count)]
                minute = (at - crisis.onset) * float(PARTS)
                if True in asked:
                    opened.setdefault(index, minute + asked.index(True) + 1)
                if asked[-1]:
                    closed.setdefault(index, minute + PARTS)
        detector.learn_one(count)
    return [
        Delay(crisis.kind, closed.get(index, math.inf), opened.get(index, math.inf))
        for index, crisis in enumerate(stream.crises)
        if opened.get(index, math.inf) > 0
    ]


def parts(rng: np.random.Generator, count: Count) -> list[Count]:
    """Return what of a bucket was seen after each of its minutes; its stories come at random."""
    shares = np.full(PARTS, 1 / PARTS)
    negative = rng.multinomial(round(count.negative), shares).cumsum()
    other = rng.multinomial(round(count.stories - count.negative), shares).cumsum()
    copies = rng.multinomial(round(count.copies - count.stories), shares).cumsum()
    found = []
    for minute in range(PARTS):
        bad, stories = float(negative[minute]), float(negative[minute] + other[minute])
        covered = count.covered * (minute + 1) / PARTS
        found.append(
            replace(count, stories=stories, negative=bad, copies=stories + float(copies[minute]), covered=covered)
        )
    return found


def _median(delays: Sequence[float]) -> float | None:
    middle = float(np.median(delays))
    return middle if math.isfinite(middle) else None


if __name__ == "__main__":
    main()
