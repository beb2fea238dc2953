"""How near its cap a paid source is, by what is stored about it."""

from __future__ import annotations

from datetime import datetime

from crisiswatch import sources
from crisiswatch.app.asking import reading
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.errors import StoreUnusable
from crisiswatch.plugins import Paid, SourceTools, Spending
from crisiswatch.ports import Store
from crisiswatch.settings import Settings, SourceEntry


async def spending_of(entry: SourceEntry, store: Store, now: datetime) -> Spending | None:
    """Return what a source has spent by its stored cursor; None for one that costs nothing."""
    paid = _paid(entry)
    return None if paid is None else paid.spending(await store.cursor(entry.name), now)


async def left_to_spend(settings: Settings, name: str, now: datetime) -> str | None:
    """Return in words what the source called `name` may still spend now; None for one that costs nothing.

    Without a store nothing was spent yet.
    """
    entry = next(entry for entry in settings.sources if entry.name == name)
    paid = _paid(entry)
    if paid is None:
        return None
    try:
        async with reading(settings) as store:
            spent = paid.spending(await store.cursor(entry.name), now)
    except StoreUnusable:
        spent = paid.spending(None, now)
    return f"{spent_of_cap(name, spent)}, {max(0.0, spent.cap - spent.spent):.3f} left"


def spent_of_cap(name: str, paid: Spending) -> str:
    """Return what was spent of the cap that is nearest, and until when the source has stopped."""
    until = f", stopped until {paid.stops_until:%Y-%m-%d %H:%M} UTC" if paid.stops_until else ""
    return f"{name}: {paid.spent:.3f} of {paid.cap:g}{until}"


def _paid(entry: SourceEntry) -> Paid | None:
    tools = SourceTools(HttpFetcher(), WorkerIsolator())  # nothing is asked with them
    source = sources.CATALOGUE[entry.type].build(entry.name, entry.options, tools)
    return source if isinstance(source, Paid) else None
