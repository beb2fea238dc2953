"""The way in: a batch is enriched, committed with its cursor, and handed to the watcher."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crisiswatch.core.enriching import Watchlist, enrich
from crisiswatch.core.incidents import SYNTHETIC
from crisiswatch.core.learning import is_irrelevant
from crisiswatch.core.models import Batch, Coverage, Mention, MentionFrame, MetricPoint, Observation
from crisiswatch.core.steps import TextSteps
from crisiswatch.core.transactions import Enriched
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Clock, Store

NEGATIVE, POSITIVE = 0.6, 0.4
"""From, and up to, these probabilities a mention is counted as negative, or positive, in the metrics."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What a batch is looked at with; a reload exchanges it whole."""

    steps: TextSteps
    watchlist: Watchlist


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a commit brought for the watcher."""

    observations: tuple[Observation, ...]
    coverage: tuple[Coverage, ...]
    points: tuple[MetricPoint, ...] = ()


class Ingest:
    """Commits batches one at a time. `lock` is held from stamping to commit, so that a tick never misses one.

    Batches queue before they ask for it, so that whoever else does waits for one batch, however many are to come.
    """

    def __init__(self, store: Store, clock: Clock, metrics: Metrics, failpoints: Failpoints) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._failpoints = failpoints
        self._queue = asyncio.Lock()
        self.lock = asyncio.Lock()
        self.lens: Lens | None = None
        self.deliver: Callable[[Delivery], None] = _nobody
        self.on_deleted: Callable[[], None] = _nothing
        self.consider: Callable[[Enriched], Awaitable[Enriched]] = _as_it_is

    async def __call__(self, source: str, batch: Batch) -> int:
        """Commit a batch of that source; return how many of its mentions were new."""
        assert self.lens is not None, "app.py sets the lens before anything runs"
        async with self._queue, self.lock:
            now = self._clock.now()
            batch = _stamped(batch, now)
            frame = MentionFrame(source=source, observed_at=now, batch=_without_repeats(batch))
            enriched = await self.consider(enrich(frame, self.lens.steps, self.lens.watchlist))
            self._failpoints.reach("ingest.before_commit")
            fresh = await self._store.commit_batch(enriched)
            self._failpoints.reach("ingest.after_commit")
            observations = tuple(o for o in enriched.observations if o.uid in fresh)
            self.deliver(Delivery(observations, batch.coverage, batch.metrics))
        if batch.tombstones:
            self.on_deleted()
        if source != SYNTHETIC:
            self._count(source, batch, enriched, fresh)
        return len(fresh)

    def _count(self, source: str, batch: Batch, enriched: Enriched, fresh: frozenset[bytes]) -> None:
        metrics = self._metrics
        dropped = metrics.mentions_dropped
        matching, looked_at = len(enriched.mentions), len(enriched.batch.mentions)
        dropped.labels(source, "no_match").inc(looked_at - matching)
        dropped.labels(source, "duplicate").inc(max(0, matching - len(fresh)) + len(batch.mentions) - looked_at)
        dropped.labels(source, "invalid").inc(batch.skipped)
        self._count_lag(source, enriched.observations, fresh)
        counts = Counter(
            (seen.brand, seen.language, "irrelevant" if is_irrelevant(seen) else _sentiment(seen.negativity))
            for seen in enriched.observations
            if seen.uid in fresh
        )
        for (brand, language, sentiment), times in counts.items():
            metrics.mentions.labels(metrics.brand(brand), source, metrics.language(language), sentiment).inc(times)

    def _count_lag(self, source: str, observations: Sequence[Observation], fresh: frozenset[bytes]) -> None:
        """Count once a mention how long after its event it was observed."""
        lags = {seen.uid: seen.observed_at - seen.event_time for seen in observations}
        histogram = self._metrics.ingest_lag_seconds.labels(source)
        for uid, lag in lags.items():
            if uid in fresh:
                histogram.observe(max(0.0, lag.total_seconds()))


def _stamped(batch: Batch, now: datetime) -> Batch:
    """Return the batch with the moment at which its metric points were observed; a recording knows it already."""
    if all(point.observed_at is not None for point in batch.metrics):
        return batch
    points = (msgspec.structs.replace(point, observed_at=point.observed_at or now) for point in batch.metrics)
    return msgspec.structs.replace(batch, metrics=tuple(points))


def _without_repeats(batch: Batch) -> Batch:
    """Return the batch with the first of each mention: one that is edited at once comes twice, and counts once."""
    first: dict[tuple[str, str, str], Mention] = {}
    for mention in batch.mentions:
        first.setdefault((mention.source, mention.instance, mention.external_id), mention)
    if len(first) == len(batch.mentions):
        return batch
    return msgspec.structs.replace(batch, mentions=tuple(first.values()))


def _sentiment(negativity: float | None) -> str:
    if negativity is None:
        return "unknown"
    if negativity >= NEGATIVE:
        return "negative"
    return "positive" if negativity <= POSITIVE else "neutral"


async def _as_it_is(enriched: Enriched) -> Enriched:
    return enriched


def _nothing() -> None:
    """Stand in for those who take back what they quoted, until app.py connects them."""


def _nobody(delivery: Delivery) -> None:
    """Stand in for the watcher until app.py connects one."""
