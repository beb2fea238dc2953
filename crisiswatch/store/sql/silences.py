"""Silences as table rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.models import Severity
from crisiswatch.core.silences import Silence
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import silences
from crisiswatch.store.sql.upserts import upsert


async def save(connection: AsyncConnection, silence: Silence) -> None:
    """Store a silence, or replace the one with its id."""
    row = {
        "id": silence.id,
        "matchers": clean(silence.matchers),
        "starts": silence.starts,
        "ends": silence.ends,
        "by": clean(silence.by),
        "comment": clean(silence.reason),
        "created_at": silence.created_at,
        "expired_at": silence.expired_at,
        "most": int(silence.most),
        "expired_by": clean(silence.expired_by),
    }
    await connection.execute(upsert(connection, silences), row)


async def list_silences(connection: AsyncConnection, since: datetime | None) -> Sequence[Silence]:
    """Return the silences that end after `since`, oldest first."""
    statement = sa.select(silences).order_by(silences.c.created_at, silences.c.id)
    if since is not None:
        statement = statement.where(silences.c.ends > since)
    return [_silence(row) for row in await connection.execute(statement)]


def _silence(row: sa.Row[tuple[object, ...]]) -> Silence:
    return Silence(
        id=row.id,
        matchers=row.matchers,
        starts=row.starts,
        ends=row.ends,
        by=row.by,
        reason=row.comment,
        created_at=row.created_at,
        most=Severity(row.most),
        expired_at=row.expired_at,
        expired_by=row.expired_by,
    )
