"""The way in: a batch is enriched, committed with its cursor, and handed to the watcher."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.core.enriching import Watchlist, enrich
from crisiswatch.core.models import Batch, Coverage, Mention, MentionFrame, Observation
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


class Ingest:
    """Commits batches one at a time. `lock` is held from stamping to commit, so that a tick never misses one."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics, failpoints: Failpoints) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._failpoints = failpoints
        self.lock = asyncio.Lock()
        self.lens: Lens | None = None
        self.deliver: Callable[[Delivery], None] = _nobody

    async def __call__(self, source: str, batch: Batch) -> int:
        """Commit a batch of that source; return how many of its mentions were new."""
        assert self.lens is not None, "app.py sets the lens before anything runs"
        async with self.lock:
            now = self._clock.now()
            frame = MentionFrame(source=source, observed_at=now, batch=batch)
            enriched = enrich(frame, self.lens.steps, self.lens.watchlist)
            self._failpoints.reach("ingest.before_commit")
            fresh = await self._store.commit_batch(enriched)
            self._failpoints.reach("ingest.after_commit")
            observations = tuple(o for o in enriched.observations if o.uid in fresh)
            self.deliver(Delivery(observations, batch.coverage))
        self._count(source, batch, enriched, fresh, now)
        return len(fresh)

    def _count(self, source: str, batch: Batch, enriched: Enriched, fresh: frozenset[bytes], now: datetime) -> None:
        metrics = self._metrics
        dropped = metrics.mentions_dropped
        matching = len(enriched.mentions)
        dropped.labels(source, "no_match").inc(len(batch.mentions) - matching)
        dropped.labels(source, "duplicate").inc(max(0, matching - len(fresh)))
        dropped.labels(source, "invalid").inc(batch.skipped)
        for mention in enriched.mentions:
            if mention.uid in fresh and mention.published_at is not None:
                metrics.ingest_lag_seconds.labels(source).observe(_lag(mention, now).total_seconds())
        for seen in enriched.observations:
            if seen.uid in fresh:
                sentiment = _sentiment(seen.negativity)
                language = metrics.language(seen.language)
                metrics.mentions.labels(metrics.brand(seen.brand), source, language, sentiment).inc()


def _lag(mention: Mention, now: datetime) -> timedelta:
    published = mention.published_at or now
    return max(timedelta(0), (mention.observed_at or now) - published)


def _sentiment(negativity: float | None) -> str:
    if negativity is None:
        return "unknown"
    if negativity >= NEGATIVE:
        return "negative"
    return "positive" if negativity <= POSITIVE else "neutral"


def _nobody(delivery: Delivery) -> None:
    """Stand in for the watcher until app.py connects one."""
