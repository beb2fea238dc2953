"""Trying a source: one fetch, matched and scored, nothing stored."""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime

from prometheus_client import CollectorRegistry

from crisiswatch import sources, text
from crisiswatch.app import converting
from crisiswatch.app.asking import reading
from crisiswatch.app.building import Application, World
from crisiswatch.app.data import negativity_weights
from crisiswatch.core.enriching import enrich
from crisiswatch.core.models import Batch, MentionFrame
from crisiswatch.core.transactions import Enriched
from crisiswatch.engine.clock import DrivenClock, SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import FOREIGN, WorkerIsolator
from crisiswatch.engine.observing import Unobserved
from crisiswatch.errors import StoreUnusable
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Source, Streaming
from crisiswatch.settings import Settings
from crisiswatch.text.normalising import display

SHOWN = 80


async def try_source(settings: Settings, name: str, limit: int) -> list[dict[str, str]]:
    """Return up to `limit` mentions as rows: time, brands matched, language, negativity, start of the text.

    Raises what the source raises; a webhook cannot be asked and gives none.
    """
    entry = next(entry for entry in settings.sources if entry.name == name)
    fetcher = HttpFetcher(allow=settings.egress.allow, contact=settings.egress.contact)
    isolator = WorkerIsolator(FOREIGN)
    source = sources.CATALOGUE[entry.type].build(entry.name, entry.options, SourceTools(fetcher, isolator))
    if not isinstance(source, Source):
        return []
    now = SystemClock().now()
    try:
        batch = await (_first(source) if isinstance(source, Streaming) else source.fetch(None, now))
    finally:
        await source.close()
        await isolator.close()
        await fetcher.close()
    frame = MentionFrame(source=name, observed_at=now, batch=Batch(mentions=batch.mentions[:limit]))
    steps = text.steps(converting.queries(settings), negativity_weights())
    seen = await with_own_models(settings, enrich(frame, steps, converting.watchlist(settings, b"trying")), now)
    matched = {mention.uid: mention for mention in seen.mentions}
    rows = []
    for mention in frame.batch.mentions:
        found = [observation for observation in seen.observations if observation.uid == mention.uid]
        score, relevance = (found[0].negativity, found[0].relevance) if found else (None, None)
        rows.append(
            {
                "published_at": mention.published_at.isoformat() if mention.published_at else "unknown",
                "brands": ", ".join(observation.brand for observation in found) or "no match",
                "language": (matched[mention.uid].language if mention.uid in matched else mention.language)
                or "unknown",
                "negativity": "-" if score is None else f"{score:.2f}",
                "relevance": "-" if relevance is None else f"{relevance:.2f}",
                "text": display(mention.title or mention.text).replace("\n", " ")[:SHOWN],
            }
        )
    return rows


async def with_own_models(settings: Settings, enriched: Enriched, now: datetime) -> Enriched:
    """Return a batch with what the stored labels taught about it; as it is where nothing is stored."""
    try:
        async with reading(settings) as store:
            application = Application(
                World.recorded(store, DrivenClock(now), Metrics(CollectorRegistry()), b""), Unobserved()
            )
            application.use(settings, tuple(entry.name for entry in settings.sources))
            learning = application.watcher.learning
            await learning.restore(now)
            return await learning.consider(enriched)
    except StoreUnusable:
        return enriched


async def _first(source: Streaming) -> Batch:
    """Return the first batch of a stream."""
    async with aclosing(source.stream(None, SystemClock())) as batches:
        return await anext(batches, Batch())
