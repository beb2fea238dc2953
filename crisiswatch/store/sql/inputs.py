"""The recorded inputs that are not mentions, coverage, cursors and checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.models import Coverage, Frame, Quality
from crisiswatch.store.framing import moment_of
from crisiswatch.store.sql.payloads import pack, unpack_frame
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import checkpoints, coverage, cursors, frames, labels
from crisiswatch.store.sql.upserts import upsert

_NAMES = 500
"""Names asked for at once; SQLite takes 32,766 variables, older builds 999."""


async def cursor_of(connection: AsyncConnection, source: str) -> str | None:
    """Return the source's last committed cursor."""
    return await connection.scalar(sa.select(cursors.c.cursor).where(cursors.c.source == source))


async def record_frame(connection: AsyncConnection, frame: Frame) -> None:
    """Record an input that is not mentions; a label also where labels are looked up."""
    row = {"at": moment_of(frame), "kind": frame.__struct_config__.tag, "payload": pack(frame)}
    await connection.execute(frames.insert(), row)
    if isinstance(frame, LabelFrame):
        label = {"uid": frame.uid, "brand": clean(frame.brand), "label": frame.label, "by": clean(frame.by)}
        await connection.execute(labels.insert(), label | {"at": frame.at})


async def frames_between(
    connection: AsyncConnection, start: datetime, end: datetime, kind: str | None
) -> Sequence[Frame]:
    """Return the recorded inputs of that kind (None: of any) with start ≤ at < end, oldest first."""
    chosen = sa.and_(frames.c.at >= start, frames.c.at < end, sa.true() if kind is None else frames.c.kind == kind)
    statement = sa.select(frames.c.payload).where(chosen).order_by(frames.c.at, frames.c.id)
    return [unpack_frame(payload) for payload in await connection.scalars(statement)]


async def coverage_between(connection: AsyncConnection, start: datetime, end: datetime) -> Sequence[Coverage]:
    """Return the coverage that overlaps [start, end), by (source, start)."""
    chosen = sa.and_(coverage.c.starts < end, coverage.c.ends > start)
    statement = sa.select(coverage).where(chosen).order_by(coverage.c.source, coverage.c.starts, coverage.c.ends)
    rows = await connection.execute(statement)
    return [Coverage(row.source, row.starts, row.ends, Quality(row.quality)) for row in rows]


async def save_checkpoint(connection: AsyncConnection, name: str, at: datetime, state: bytes) -> None:
    """Replace the checkpoint of that name."""
    await connection.execute(upsert(connection, checkpoints), {"name": name, "at": at, "state": state})


async def load_checkpoints(connection: AsyncConnection, names: Sequence[str]) -> Mapping[str, tuple[datetime, bytes]]:
    """Return the checkpoints of those names that there are, each with its moment."""
    found = {}
    for first in range(0, len(names), _NAMES):
        chosen = checkpoints.c.name.in_(names[first : first + _NAMES])
        for row in await connection.execute(sa.select(checkpoints).where(chosen)):
            found[row.name] = (row.at, bytes(row.state))
    return found
