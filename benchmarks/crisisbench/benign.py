"""What looks like a crisis and is none: launches, floods of bots, outages with their backlog, holidays, cascades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.crisisbench.background import PER_DAY, Floats

PER_SIX_WEEKS = {"launch": 2, "flood": 2, "outage": 2, "holiday": 1}


@dataclass(slots=True)
class Counts:
    """Counts of one source by bucket, as they grow event by event; `seen` is 0 in an outage that is known."""

    stories: Floats
    negative: Floats
    copies: Floats
    seen: Floats


def duration(rng: np.random.Generator, kind: str) -> int:
    """Return how many buckets such an event takes."""
    low, high = {"launch": (72, 288), "flood": (6, 48), "outage": (12, 144), "holiday": (PER_DAY, 2 * PER_DAY)}[kind]
    return int(rng.integers(low, high + 1))


def volume_factor(rng: np.random.Generator, kind: str, length: int) -> Floats:
    """Return by how much a launch or a holiday multiplies the volume, bucket by bucket."""
    if kind == "holiday":
        return np.full(length, rng.uniform(0.4, 1.8))
    rise = np.minimum(1.0, np.arange(1, length + 1) / 12)
    return 1 + (rng.uniform(3, 10) - 1) * rise * 0.5 ** (np.arange(length) / (length / 3))


def flood(rng: np.random.Generator, counts: Counts, rate: Floats, start: int, length: int) -> None:
    """Add bots: 10 to 50 times the usual volume, 80 to 95 % of it copies, 40 % negative."""
    part = slice(start, start + length)
    posts = rng.poisson(rng.uniform(10, 50) * rate[part]).astype(float)
    different = rng.binomial(posts.astype(int), rng.uniform(0.05, 0.2))
    counts.copies[part] += posts
    counts.stories[part] += different
    counts.negative[part] += rng.binomial(different, 0.4)


def outage(rng: np.random.Generator, counts: Counts, start: int, length: int) -> None:
    """Take everything away; it is known in 70 %, and what was missed arrives afterwards in 60 % of the cases."""
    part = slice(start, start + length)
    missed = [float(series[part].sum()) for series in (counts.stories, counts.negative, counts.copies)]
    for series in (counts.stories, counts.negative, counts.copies):
        series[part] = 0
    if rng.random() < 0.7:
        counts.seen[part] = 0
    if rng.random() < 0.6:
        buckets = int(rng.integers(1, 4))
        late = min(buckets, len(counts.stories) - start - length)
        for series, number in zip((counts.stories, counts.negative, counts.copies), missed, strict=True):
            series[start + length : start + length + late] += np.floor(number / buckets)


def cascades(rng: np.random.Generator, counts: Counts, per_day: float) -> None:
    """Add reposts of single posts: sizes are Pareto(1.3), half of them within three hours; copies alone grow."""
    buckets = len(counts.copies)
    for _ in range(rng.poisson(per_day * buckets / PER_DAY)):
        size = int(min(5.0 * (1 + rng.pareto(1.3)), 20_000))
        delays = rng.exponential(36 / np.log(2), size)
        at = (rng.integers(buckets) + delays).astype(int)
        np.add.at(counts.copies, at[at < buckets], 1)
