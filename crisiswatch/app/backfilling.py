"""Backfill: the history of every source that can give it, into the store, while no daemon runs on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from prometheus_client import CollectorRegistry

from crisiswatch import sources, text
from crisiswatch import store as stores
from crisiswatch.app import converting
from crisiswatch.app.data import negativity_weights
from crisiswatch.app.keys import author_key
from crisiswatch.core.stretches import Stretch
from crisiswatch.engine.backfilling import Backfiller, Filled, wanted
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.ingesting import Ingest, Lens
from crisiswatch.engine.isolating import FOREIGN, WorkerIsolator
from crisiswatch.engine.teaching import mark_backfilled
from crisiswatch.errors import CrisiswatchError
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import Backfilling, SourceTools
from crisiswatch.settings import Settings
from crisiswatch.settings.entries import SourceEntry


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went with one source: filled, or why not. `cannot` is no failure: such a source has no past to give."""

    source: str
    filled: Filled | None = None
    cannot: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to fetch: `names` of sources (none: all), so many `days` back."""

    names: tuple[str, ...]
    days: int


async def backfill(
    settings: Settings,
    path: Path,
    wish: Wish,
    environ: Mapping[str, str],
    progress: Callable[[float], None],
) -> tuple[Stretch, list[Outcome]]:
    """Fetch the past of the named sources; return the stretch, and how it went with each.

    Raises StoreUnusable while a daemon has the store.
    """
    os.umask(0o077)  # what is stored is for nobody else on this machine
    clock = SystemClock()
    stretch = wanted(wish.days, clock.now())
    entries = [entry for entry in settings.sources if not wish.names or entry.name in wish.names]
    async with AsyncExitStack() as stack:
        store = stores.create(settings.store.url.get_secret_value())
        await store.open()
        stack.push_async_callback(store.close)
        fetcher = HttpFetcher(allow=settings.egress.allow, contact=settings.egress.contact)
        isolator = WorkerIsolator(FOREIGN)
        stack.push_async_callback(fetcher.close)
        stack.push_async_callback(isolator.close)
        failpoints = Failpoints.of(environ)
        ingest = Ingest(store, clock, Metrics(CollectorRegistry()), failpoints)
        steps = text.steps(converting.queries(settings), negativity_weights())
        ingest.lens = Lens(steps, converting.watchlist(settings, author_key(settings, path)))
        filling = _Filling(Backfiller(store, ingest, clock), settings, stretch, SourceTools(fetcher, isolator))
        outcomes = await filling.run(entries, progress)
        if any(outcome.filled is not None for outcome in outcomes):
            await mark_backfilled(store, clock.now())
    return stretch, outcomes


@dataclass(frozen=True, slots=True)
class _Filling:
    backfiller: Backfiller
    settings: Settings
    stretch: Stretch
    tools: SourceTools

    async def run(self, entries: Sequence[SourceEntry], progress: Callable[[float], None]) -> list[Outcome]:
        outcomes = []
        for number, entry in enumerate(entries):

            def so_far(part: float, done: int = number) -> None:
                progress((done + part) / len(entries))

            outcomes.append(await self._one(entry, so_far))
        return outcomes

    async def _one(self, entry: SourceEntry, progress: Callable[[float], None]) -> Outcome:
        kind = sources.CATALOGUE[entry.type]
        source = kind.build(entry.name, entry.options, self.tools)
        if not isinstance(source, Backfilling):
            gives = f" (it gives: {kind.access.look_back})" if kind.access is not None else ""
            return Outcome(entry.name, cannot=f"{entry.type} cannot be asked for its past{gives}")
        try:
            filled = await self.backfiller.fill(source, self.stretch, _asked(self.settings, entry), progress)
        except CrisiswatchError as error:
            return Outcome(entry.name, failed=str(error))
        finally:
            await source.close()
        return Outcome(entry.name, filled)


def _asked(settings: Settings, entry: SourceEntry) -> str:
    """Return a hash of what is looked for: with another query, or another brand, the past has to be read again."""
    brands = [
        (brand.name, brand.match, brand.ignore, brand.languages, brand.sources)
        for brand in sorted(settings.brands, key=lambda brand: brand.name)
    ]
    said = f"{entry.type} {entry.options.model_dump_json()} {brands!r}"  # secrets are written as stars
    return blake2b(said.encode(), digest_size=12).hexdigest()


def record(stretch: Stretch, outcome: Outcome) -> dict[str, object]:
    """Return an outcome as a row: source, result, mentions that were new, items read, requests, from, to, reason."""
    filled = outcome.filled
    paused: datetime | None = filled.paused if filled else None
    result = "failed" if outcome.failed else "paused" if paused else "done" if filled else "cannot"
    reason = (
        outcome.failed
        or outcome.cannot
        or (f"asks to be left alone until {paused:%Y-%m-%d %H:%M} UTC" if paused else "")
    )
    return {
        "source": outcome.source,
        "result": result,
        "mentions": filled.mentions if filled else 0,
        "read": filled.read if filled else 0,
        "requests": filled.requests if filled else 0,
        "from": stretch.start.isoformat(),
        "to": stretch.end.isoformat(),
        "reason": reason or "; ".join(filled.warnings if filled else ()),
    }
