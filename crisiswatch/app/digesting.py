"""The digest of a stretch of time, from the store."""

from __future__ import annotations

from datetime import timedelta

from crisiswatch.app.asking import reading
from crisiswatch.core.digesting import Digest, digest
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.retelling import NEGATIVE_FROM
from crisiswatch.engine.clock import SystemClock
from crisiswatch.settings import Settings

LOOKED_THROUGH = 10_000


async def digest_of(settings: Settings, length: timedelta) -> Digest:
    """Return what was seen in the last stretch of that length."""
    end = SystemClock().now()
    start = end - length
    counts = {brand.name: (0, 0) for brand in settings.brands}
    async with reading(settings) as store:
        async for page in store.observations(start, end):
            for seen in page:
                mentions, negative = counts.get(seen.brand, (0, 0))
                is_negative = seen.negativity is not None and seen.negativity >= NEGATIVE_FROM
                counts[seen.brand] = (mentions + 1, negative + is_negative)
        incidents = await store.incidents(IncidentQuery(limit=LOOKED_THROUGH))
        coverage = await store.coverage(start, end)
        outbox = await store.outbox((), limit=LOOKED_THROUGH)
    sources = [entry.name for entry in settings.sources]
    return digest((start, end), counts, incidents, (coverage, sources), outbox)
