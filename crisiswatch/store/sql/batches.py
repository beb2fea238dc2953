"""The first write of the walk: a batch, whole, in the caller's transaction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.models import Coverage, MetricPoint, Observation
from crisiswatch.core.transactions import Enriched
from crisiswatch.store.framing import metric_frame
from crisiswatch.store.sql.inputs import record_frame
from crisiswatch.store.sql.rows import MENTION, OBSERVATION, Row, clean, in_order, mention_row, observation_row
from crisiswatch.store.sql.schema import coverage, cursors, mentions, metric_points
from crisiswatch.store.sql.upserts import insert_text, upsert
from crisiswatch.store.sql.wiping import apply_tombstones

_MICROSECOND = timedelta(microseconds=1)
_MENTIONS_LOCK = 0x6D656E74
"""Key of the advisory lock that lets one batch be written at a time."""
_LAST = sa.select(sa.func.max(mentions.c.seq))
_NEWER = sa.select(mentions.c.uid).where(mentions.c.seq > sa.bindparam("last"))


async def commit_batch(connection: AsyncConnection, enriched: Enriched) -> frozenset[bytes]:
    """Write a batch and return the uids that were new; what is known already stays as it is."""
    new = await _insert_mentions(connection, enriched)
    await _insert_observations(connection, [seen for seen in enriched.observations if seen.uid in new])
    await _upsert_coverage(connection, enriched.batch.coverage)
    if enriched.batch.metrics:
        await _upsert_metrics(connection, enriched.batch.metrics)
        await record_frame(connection, metric_frame(enriched))
    await apply_tombstones(connection, enriched.batch.tombstones)
    if enriched.batch.cursor is not None:
        row = {
            "source": clean(enriched.cursor_name),
            "cursor": clean(enriched.batch.cursor),
            "at": enriched.observed_at,
        }
        await connection.execute(upsert(connection, cursors), [row])
    return new


async def _insert_mentions(connection: AsyncConnection, enriched: Enriched) -> frozenset[bytes]:
    rows = _mention_rows(enriched)
    if not rows:
        return frozenset()
    await _be_the_only_writer(connection)
    last = await connection.scalar(_LAST) or 0
    await connection.exec_driver_sql(insert_text(connection, MENTION), rows)
    return frozenset(await connection.scalars(_NEWER, {"last": last}))


def _mention_rows(enriched: Enriched) -> list[Row]:
    event_times = {observation.uid: observation.event_time for observation in enriched.observations}
    rows = []
    for mention in enriched.mentions:
        uid = mention.uid
        observed_at = mention.observed_at or enriched.observed_at
        rows.append(mention_row(mention, uid, observed_at, event_times.get(uid, observed_at)))
    return rows


async def _be_the_only_writer(connection: AsyncConnection) -> None:
    # Then rows newer than the last one are this batch's own. SQLite has one writer anyhow.
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MENTIONS_LOCK)))


async def _insert_observations(connection: AsyncConnection, seen: Iterable[Observation]) -> None:
    once = {(item.uid, item.brand): item for item in seen}
    if once:
        rows = [observation_row(item) for item in sorted(once.values(), key=in_order)]
        await connection.exec_driver_sql(insert_text(connection, OBSERVATION), rows)


async def _upsert_coverage(connection: AsyncConnection, stretches: Sequence[Coverage]) -> None:
    rows = [
        {"source": clean(item.source), "starts": item.start, "ends": item.end, "quality": item.quality.value}
        for item in stretches
    ]
    if rows:
        await connection.execute(upsert(connection, coverage), rows)


async def _upsert_metrics(connection: AsyncConnection, points: Sequence[MetricPoint]) -> None:
    rows = [
        {
            "source": clean(point.source),
            "series": clean(point.series),
            "brand": clean(point.brand),
            "starts": point.start,
            "length": point.length // _MICROSECOND,
            "value": point.value,
        }
        for point in points
        if math.isfinite(point.value)  # databases disagree about what is not a number
    ]
    if rows:
        await connection.execute(upsert(connection, metric_points), rows)
