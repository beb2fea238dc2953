"""From scores to incidents, and from incidents to what was found, how soon, and how often in vain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.crisisbench.background import Floats

MERGE = 72
"""Alarms less than 6 hours apart are one incident."""

EARLY = 12
"""An incident that starts up to an hour before the onset is true."""

MINUTES = 5.0
LATEST = 3000.0
"""Minutes that a miss counts for in means of logarithms."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One crisis: its kind and the buckets [onset, end)."""

    kind: str
    onset: int
    end: int


@dataclass(frozen=True, slots=True)
class Watched:
    """Scores of one stream by bucket, the crises in it, and how many weeks these are."""

    scores: Floats
    truths: tuple[Truth, ...]
    weeks: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Minutes from onset to alarm per crisis (infinite: missed), true and false incidents, over how many weeks."""

    delays: tuple[float, ...]
    true: int
    false: int
    weeks: float

    @property
    def detection_rate(self) -> float:
        """Return the share of crises that were found."""
        return sum(map(math.isfinite, self.delays)) / len(self.delays) if self.delays else math.nan

    @property
    def minutes(self) -> float:
        """Return the median delay; misses are infinite."""
        return float(np.median(self.delays)) if self.delays else math.nan

    @property
    def precision(self) -> float:
        """Return the share of incidents that were true."""
        return self.true / (self.true + self.false) if self.true + self.false else math.nan

    @property
    def false_per_week(self) -> float:
        """Return false incidents per series-week."""
        return self.false / self.weeks


def incident_starts(alarms: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the first buckets of incidents."""
    at = np.flatnonzero(alarms)
    return at[np.diff(at, prepend=-MERGE - 1) >= MERGE] if at.size else at


def outcome(watched: Sequence[Watched], cut: float) -> Outcome:
    """Return what an alarm at scores of `cut` and more finds.

    A false incident that goes on into a crisis is a false alarm and a miss.
    """
    delays: list[float] = []
    true = false = 0
    for series in watched:
        starts = incident_starts(series.scores >= cut)
        is_true = np.zeros(len(starts), dtype=bool)
        for truth in series.truths:
            found = (starts >= truth.onset - EARLY) & (starts < truth.end)
            is_true |= found
            first = starts[found][:1]
            delays.append(max(1.0, float(first[0]) - truth.onset + 1) * MINUTES if first.size else math.inf)
        true += int(is_true.sum())
        false += int((~is_true).sum())
    return Outcome(tuple(delays), true, false, sum(series.weeks for series in watched))


def cut_for(watched: Sequence[Watched], budget: float) -> float:
    """Return the lowest cut at which false incidents stay within `budget` per series-week."""
    allowed = budget * sum(series.weeks for series in watched)
    low, high = 1e-6, max(float(series.scores.max()) for series in watched) * 1.01 + 1e-6
    for _ in range(40):
        middle = (low + high) / 2
        if _false(watched, middle) <= allowed:
            high = middle
        else:
            low = middle
    return high


def _false(watched: Sequence[Watched], cut: float) -> int:
    return outcome(watched, cut).false


def geometric_ratio(limit: Sequence[float], ours: Sequence[float]) -> float:
    """Return exp of the mean log(limit ÷ ours) over all crises."""
    logs = [math.log(min(a, LATEST) / min(b, LATEST)) for a, b in zip(limit, ours, strict=True)]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def bootstrap(limit: Sequence[Sequence[float]], ours: Sequence[Sequence[float]], seed: int) -> tuple[float, float]:
    """Return the 95 % interval of the geometric ratio; streams are drawn again, each with all of its crises."""
    rng = np.random.default_rng(seed)
    pairs = list(zip(limit, ours, strict=True))
    ratios = []
    for _ in range(1000):
        drawn = [pairs[index] for index in rng.integers(len(pairs), size=len(pairs))]
        ratios.append(geometric_ratio([d for pair in drawn for d in pair[0]], [d for pair in drawn for d in pair[1]]))
    low, high = np.percentile(ratios, (2.5, 97.5))
    return float(low), float(high)
