"""Leases outbox rows that are due, and takes back how their attempts ended.

Every statement of `claim` passes over rows that another claimer holds, so that two may run at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.outbox import DeliveryState, NotificationKind, OutboxRow
from crisiswatch.store.settling import DEADLINE_PASSED, KeptRow, Settlement, settle
from crisiswatch.store.sql.outbox import WAITING, row_of
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import outbox

_row = outbox.alias("claimed")
_other = outbox.alias("other")
_LEASED = DeliveryState.LEASED.value
_SAME_CHAIN = sa.and_(
    _other.c.incident == _row.c.incident, _other.c.receiver == _row.c.receiver, _other.c.settled_at.is_(None)
)


async def claim(
    connection: AsyncConnection, owner: str, now: datetime, until: datetime, limit: int
) -> Sequence[OutboxRow]:
    """Lease rows that are due until `until`; each row has the state that it had before."""
    await _take_back_leases(connection, _row.c.lease_until <= now, now)
    await _change(connection, _is_outdated(now), _final(DeliveryState.SUPERSEDED, now))
    await _change(connection, _is_too_late(now), _final(DeliveryState.DEAD, now) | {"detail": _LAST_WORD})
    found = (await connection.execute(_due(now, limit))).all()
    leased = {"state": _LEASED, "lease_owner": owner, "lease_until": until}
    if found:
        chosen = outbox.c.id.in_([row.id for row in found])
        await connection.execute(sa.update(outbox).where(chosen).values(leased))
    return [replace(row_of(row), lease_owner=owner, lease_until=until) for row in found]


async def release(connection: AsyncConnection, now: datetime) -> int:
    """Make every leased row UNKNOWN; return how many there were."""
    return await _take_back_leases(connection, sa.true(), now)


async def settle_row(connection: AsyncConnection, settlement: Settlement) -> None:
    """Write how an attempt ended. Raises Conflict if the lease was lost meanwhile."""
    chosen = outbox.c.id == settlement.row.id
    stored = (await connection.execute(sa.select(outbox).where(chosen).with_for_update())).one_or_none()
    if stored is None:
        return  # its incident was purged; there is nothing left to settle
    row = settle(KeptRow(row_of(stored), stored.cancelled), settlement)
    values = {
        "state": row.state.value,
        "attempts": row.attempts,
        "not_before": row.not_before,
        "deadline": row.notification.deadline,
        "lease_owner": row.lease_owner,
        "lease_until": row.lease_until,
        "reference": None if row.reference is None else clean(row.reference),
        "detail": clean(row.detail),
        "settled_at": row.settled_at,
    }
    await connection.execute(sa.update(outbox).where(chosen).values(values))


async def _take_back_leases(connection: AsyncConnection, which: sa.ColumnElement[bool], now: datetime) -> int:
    leased = sa.and_(_row.c.state == _LEASED, which)
    given_back = {"lease_owner": None, "lease_until": None}
    unwanted = await _change(
        connection, sa.and_(leased, _row.c.cancelled), _final(DeliveryState.SUPERSEDED, now) | given_back
    )
    return unwanted + await _change(connection, leased, {"state": DeliveryState.UNKNOWN.value} | given_back)


async def _change(connection: AsyncConnection, which: sa.ColumnElement[bool], values: Mapping[str, Any]) -> int:
    live = sa.select(_row.c.id).where(_row.c.settled_at.is_(None), which).with_for_update(skip_locked=True)
    result = await connection.execute(sa.update(outbox).where(outbox.c.id.in_(live)).values(values))
    return cast("sa.CursorResult[Any]", result).rowcount


def _due(now: datetime, limit: int) -> sa.Select[Any]:
    in_front = sa.exists().where(_SAME_CHAIN, sa.or_(_other.c.id < _row.c.id, _other.c.state == _LEASED))
    return (
        sa.select(_row)
        .where(_row.c.settled_at.is_(None), _is_waiting(_row), _row.c.not_before <= now, _row.c.deadline > now)
        .where(~in_front)
        .order_by(_row.c.severity.desc(), _row.c.not_before, _row.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _is_outdated(now: datetime) -> sa.ColumnElement[bool]:
    newer = sa.exists().where(
        _SAME_CHAIN,
        _other.c.id > _row.c.id,
        _other.c.kind == NotificationKind.UPDATED.value,
        _is_waiting(_other),
        _other.c.not_before <= now,
        _other.c.deadline > now,
    )
    return sa.and_(_row.c.kind == NotificationKind.UPDATED.value, _is_waiting(_row), newer)


def _is_too_late(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_is_waiting(_row), _row.c.deadline <= now)


def _is_waiting(row: sa.FromClause) -> sa.ColumnElement[bool]:
    return row.c.state.in_(WAITING)


def _final(state: DeliveryState, now: datetime) -> dict[str, Any]:
    return {"state": state.value, "settled_at": now}


_LAST_WORD = sa.case((outbox.c.detail == "", DEADLINE_PASSED), else_=outbox.c.detail)
