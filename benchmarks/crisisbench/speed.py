"""What the detector costs: processor time per bucket, and live memory per series."""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import dataclass

from benchmarks.crisisbench.streams import TIERS, make_stream
from benchmarks.crisisbench.watching import BUCKET, counts
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import CrisisLR

LEARNT = 8000
"""Buckets that are learnt: every window is full and every slot of the week is known."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Buckets per second and core: `updates` learns (and thereby scores) each, `both` scores it open before."""

    updates: float
    both: float
    series_bytes: float
    checkpoint_bytes: int


def measure_cost() -> Cost:
    """Return the cost over streams of low, middle and high volume; the best of three runs of each."""
    rows = [list(counts(make_stream(TIERS["standard"], seed)))[-LEARNT:] for seed in range(3)]
    return Cost(
        updates=LEARNT * len(rows) / sum(min(_time_learning(row) for _ in range(3)) for row in rows),
        both=LEARNT * len(rows) / sum(min(_time_both(row) for _ in range(3)) for row in rows),
        series_bytes=_live_bytes(rows[1]),
        checkpoint_bytes=len(_learnt(rows[1]).to_bytes()),
    )


def _time_learning(rows: list[Count]) -> float:
    detector = CrisisLR(BUCKET)
    start = time.process_time()
    for row in rows:
        detector.learn_one(row)
    return time.process_time() - start


def _time_both(rows: list[Count]) -> float:
    detector = CrisisLR(BUCKET)
    start = time.process_time()
    for row in rows:
        detector.score_open((row,))
        detector.learn_one(row)
    return time.process_time() - start


def _learnt(rows: list[Count]) -> CrisisLR:
    detector = CrisisLR(BUCKET)
    for row in rows:
        detector.learn_one(row)
    return detector


def _live_bytes(rows: list[Count], series: int = 20) -> float:
    """Return what one more series adds to the memory in use; what all series share is made before."""
    _learnt(rows[:10])
    tracemalloc.start()
    kept = [_learnt(rows[:2500]) for _ in range(series)]
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return grown / len(kept)
