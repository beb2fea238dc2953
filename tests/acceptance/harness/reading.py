"""Reads a source to its end, with the tools of the real daemon, and names what came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from crisiswatch.core.models import Batch
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator, WorkLimits
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Source


@asynccontextmanager
async def real_tools() -> AsyncIterator[SourceTools]:
    """Give a fetcher and a worker that may take its time: the machine does much else."""
    isolator, fetcher = WorkerIsolator(WorkLimits(deadline=timedelta(seconds=30))), HttpFetcher()
    try:
        yield SourceTools(fetcher, isolator)
    finally:
        await isolator.close()
        await fetcher.close()


async def drain(reader: Source, cursor: str | None, now: datetime) -> list[Batch]:
    """Return the batches of one poll: until the source has nothing more."""
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


def ids(*batches: Batch) -> list[str]:
    """Return what stands before the @ in the ids of all mentions."""
    return [mention.external_id.partition("@")[0] for batch in batches for mention in batch.mentions]
