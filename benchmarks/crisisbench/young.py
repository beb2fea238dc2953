"""The first week of a brand that begins in the middle of things: launches, floods, outages and holidays as in others.

The streams of the tiers have three weeks without events first. Brands do not wait: here the first week is of six in
which events lie anywhere, as many as in any six weeks, the first at least half a day after the beginning.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from benchmarks.crisisbench.background import PER_WEEK, Floats
from benchmarks.crisisbench.crises import APART
from benchmarks.crisisbench.incidents import Truth, Watched, outcome
from benchmarks.crisisbench.streams import YOUNG, make_stream
from benchmarks.crisisbench.watching import BUCKET, asked_when_young, counts
from crisiswatch.app.data import calibration
from crisiswatch.detectors.crisis_lr import CrisisLR

FIRST_SEED = 80_000
"""Seeds from here on are for first weeks alone."""

Row = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Week:
    """Evidence of one brand's first week, less what is asked for beyond the threshold, and the crises that began."""

    evidence: Floats
    truths: tuple[Truth, ...]


def measure_first_weeks(streams: int, seed: int, workers: int) -> Row:
    """Return false alarms per series in first weeks without crises, by budget, and what is found of crises."""
    first = FIRST_SEED + seed
    tasks = [(first + index, crises) for crises in (0, 1) for index in range(streams)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        weeks = pool.starmap(watch_first_week, tasks, chunksize=4)
    return first_weeks(weeks[:streams], weeks[streams:])


def watch_first_week(seed: int, crises_per_kind: int) -> Week:
    """Return the first week of one brand; of crises those that began half a day before its end."""
    stream = make_stream(YOUNG, seed, crises_per_kind)
    detector, found = CrisisLR(BUCKET, None, calibration()), []
    for count in islice(counts(stream), PER_WEEK):
        found.append(detector.score_open((count,)).raw)
        detector.learn_one(count)
    truths = tuple(
        Truth(crisis.kind, crisis.onset, crisis.end) for crisis in stream.crises if crisis.onset < PER_WEEK - APART
    )
    return Week(np.array(found) - asked_when_young(PER_WEEK), truths)


def first_weeks(calm: Sequence[Week], troubled: Sequence[Week]) -> Row:
    """Return the numbers at the shipped thresholds; `found` and `minutes` are at 0.1 a week."""
    row: Row = {"series": float(len(calm))}
    for budget, bar in sorted(calibration().bars.items(), reverse=True):
        row[str(budget)] = round(outcome([_watched(week, bar) for week in calm], 0.0).false_per_week, 4)
    found = outcome([_watched(week, calibration().bars[0.1]) for week in troubled], 0.0)
    row["crises"] = float(len(found.delays))
    row["found"] = _known(found.detection_rate)
    row["minutes"] = _known(found.minutes)
    return row


def _watched(week: Week, bar: float) -> Watched:
    return Watched(week.evidence - bar, week.truths, 1.0)


def _known(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
