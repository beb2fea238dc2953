"""The shipped detector over streams: evidence by bucket, several processes at a time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.crisisbench.background import Floats
from benchmarks.crisisbench.baselines import baseline_scores, former_scores, native_alarms
from benchmarks.crisisbench.incidents import Truth
from benchmarks.crisisbench.limit import calm_evidence, crisis_evidence
from benchmarks.crisisbench.streams import TIERS, Stream, make_stream
from crisiswatch.app.data import calibration
from crisiswatch.core.judging import COLD_START_FADES, COLD_START_NATS
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import Calibration, CrisisLR

START = datetime(2026, 1, 5, tzinfo=UTC)
BUCKET = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Task:
    """One stream to be watched; `crises_per_kind` = 0 for one without crises, which has no limit either."""

    tier: str
    seed: int
    test_weeks: int
    crises_per_kind: int = 1
    with_baselines: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What one stream gave. `evidence` is in comparable nats, by bucket; `limit` and `calm` as in `limit`.

    `baselines` are scores and `natives` alarms (0 or 1) by bucket, by name.
    """

    task: Task
    volume: str
    warm: int
    test_weeks: float
    evidence: Floats
    truths: tuple[Truth, ...]
    limit: tuple[Floats, ...]
    calm: tuple[Floats, ...]
    baselines: dict[str, Floats]
    natives: dict[str, Floats]


def watch_all(tasks: Sequence[Task], workers: int) -> Iterator[Report]:
    """Yield the reports of all tasks, in their order."""
    if workers <= 1:
        yield from map(watch, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(watch, tasks, chunksize=2)


def watch(task: Task) -> Report:
    """Make a stream and run the detector, the limit and the baselines over it."""
    stream = make_stream(TIERS[task.tier], task.seed, task.crises_per_kind, task.test_weeks)
    truths = tuple(Truth(crisis.kind, crisis.onset, crisis.end) for crisis in stream.crises)
    return Report(
        task=task,
        volume=stream.volume,
        warm=stream.warm,
        test_weeks=stream.test_weeks,
        evidence=evidence(stream),
        truths=truths,
        limit=tuple(crisis_evidence(stream)),
        calm=tuple(calm_evidence(stream)),
        baselines={**baseline_scores(stream), **former_scores(list(counts(stream)))} if task.with_baselines else {},
        natives=native_alarms(stream) if task.with_baselines else {},
    )


def evidence(stream: Stream) -> Floats:
    """Return the shipped detector's evidence at the end of every bucket, in comparable nats."""
    return scores(stream, calibration())


def scores(stream: Stream, table: Calibration | None) -> Floats:
    """Return the evidence at the end of every bucket, made comparable by a table, or as it is."""
    detector = CrisisLR(BUCKET, None, table)
    found = []
    for count in counts(stream):
        found.append(detector.score_open((count,)).raw)
        detector.learn_one(count)
    return np.array(found)


def counts(stream: Stream) -> Iterator[Count]:
    """Yield the buckets of a stream as the detector sees them."""
    columns = (stream.stories, stream.negative, stream.copies, stream.covered)
    for index, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        yield Count(START + index * BUCKET, *row)


def asked_when_young(buckets: int) -> Floats:
    """Return what is asked for beyond the threshold, by bucket, as `to_judgement` does."""
    fades = COLD_START_FADES / BUCKET
    return np.asarray(COLD_START_NATS * np.exp(-np.arange(buckets) / fades))
