"""The daemon's store as tests see it: filled with a past before a start, and read beside or after it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TypeVar

from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch import text
from crisiswatch.app import converting
from crisiswatch.app.building import catalogues
from crisiswatch.app.data import negativity_weights
from crisiswatch.app.keys import author_key
from crisiswatch.app.scenarios.writing import Mood, post
from crisiswatch.core.models import Batch, Coverage, Mention
from crisiswatch.core.outbox import OutboxRow
from crisiswatch.core.queries import MentionQuery, StoredMention
from crisiswatch.engine.clock import DrivenClock, SystemClock
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.ingesting import Ingest, Lens
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Store
from crisiswatch.settings import Settings, load
from crisiswatch.sources import CATALOGUE
from crisiswatch.sources.web.rss import RssSource

T = TypeVar("T")

EVERY = timedelta(seconds=30)

MOODS = (*[Mood.POSITIVE] * 4, *[Mood.NEUTRAL] * 5, Mood.NEGATIVE)


def now() -> datetime:
    """Return the time that the daemon, too, lives in."""
    return SystemClock().now()


def ordinary_days(brand: str, source: str, past: timedelta, apart: timedelta) -> list[Mention]:
    """Return what is usually said of a brand, evenly spread over the past up to now."""
    random, end = Random(brand), now()
    count = past // apart
    return [
        Mention(
            source=source,
            external_id=f"{brand}-{number}",
            text=post(random, brand, random.choice(MOODS), "en"),
            language="en",
            author=f"regular {random.randrange(500)}",
            published_at=(moment := end - apart * (count - number)),
            observed_at=moment,
        )
        for number in range(count)
    ]


def fill(config: Path, source: str, mentions: Sequence[Mention]) -> None:
    """Put a past into the store: mentions that were seen as they came, and the feed as it is now, with its cursor."""

    async def run() -> None:
        settings = load(config, {}, catalogues())
        async with _opened(settings, stores.Opening.DURABLE) as store:
            await _commit(_ingest(store, settings, config), settings, source, mentions)

    asyncio.run(run())


def stored_mentions(config: Path, brand: str | None = None) -> list[StoredMention]:
    """Return the stored mentions, oldest first; the daemon may be running."""
    query = MentionQuery(brand=brand, oldest_first=True, limit=100_000)
    return list(reading(config, lambda store: store.mentions(query)))


def outbox(config: Path) -> list[OutboxRow]:
    """Return every notification with its state; the daemon may be running."""
    return list(reading(config, lambda store: store.outbox(limit=1000)))


def damage(database: Path) -> list[str]:
    """Return what SQLite finds wrong with a database that nobody has open."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = connection.execute("PRAGMA integrity_check").fetchall()
        rows += connection.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        connection.close()
    return [str(row) for row in rows if row != ("ok",)]


def reading(config: Path, ask: Callable[[Store], Awaitable[T]]) -> T:
    """Return what the store answers, beside the daemon."""

    async def run() -> T:
        async with _opened(load(config, {}, catalogues()), stores.Opening.READ_ONLY) as store:
            return await ask(store)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(settings: Settings, opening: stores.Opening) -> AsyncIterator[Store]:
    store = stores.create(settings.store.url.get_secret_value(), opening)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def _ingest(store: Store, settings: Settings, config: Path) -> Ingest:
    ingest = Ingest(store, DrivenClock(now()), Metrics(CollectorRegistry()), Failpoints(None))
    watchlist = converting.watchlist(settings, author_key(settings, config))
    ingest.lens = Lens(text.steps(converting.queries(settings), negativity_weights()), watchlist)
    return ingest


async def _commit(ingest: Ingest, settings: Settings, source: str, mentions: Sequence[Mention]) -> None:
    for start in range(0, len(mentions), 500):
        await ingest(source, Batch(mentions=tuple(mentions[start : start + 500])))
    entry = next(entry for entry in settings.sources if entry.name == source)
    fetcher, isolator = HttpFetcher(allow=settings.egress.allow), WorkerIsolator()
    feed = CATALOGUE[entry.type].build(source, entry.options, SourceTools(fetcher, isolator))
    assert isinstance(feed, RssSource), "only feeds are polled here"
    seen_at = now()
    first = await feed.fetch(None, seen_at)
    times = [mention.observed_at for mention in mentions if mention.observed_at is not None]
    looks = _looks(source, min(times, default=seen_at), seen_at)
    await ingest(source, Batch(mentions=first.mentions, coverage=looks, cursor=first.cursor))
    await fetcher.close()
    await isolator.close()


def _looks(source: str, start: datetime, end: datetime) -> tuple[Coverage, ...]:
    """Return what looking every half minute would have covered; a longer stretch is only known at its end."""
    moments = [start + EVERY * number for number in range((end - start) // EVERY + 1)]
    return tuple(Coverage(source, before, after) for before, after in pairwise([*moments, end]) if before < after)
