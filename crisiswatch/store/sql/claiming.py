"""Leases outbox rows that are due, and takes back how their attempts ended. One process claims at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.collapsing import Collapsed, collapse
from crisiswatch.core.outbox import DeliveryState, OutboxRow
from crisiswatch.store.settling import DEADLINE_PASSED, KeptRow, Settlement, settle
from crisiswatch.store.sql.outbox import WAITING, row_of
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import outbox

_row = outbox.alias("claimed")
_other = outbox.alias("other")
_LEASED = DeliveryState.LEASED.value

_CLAIM_LOCK = 0x636C6169
"""Key of the advisory lock of claims: two of them would each hold a part of the same chains."""

CHAIN_LENGTH = 4
"""Rows looked at for each that may be claimed: several of them may be of one incident and receiver."""

_SAME_CHAIN = sa.and_(
    _other.c.incident == _row.c.incident, _other.c.receiver == _row.c.receiver, _other.c.settled_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks for rows, until when, how many, and which receivers are passed over."""

    owner: str
    until: datetime
    limit: int
    without: frozenset[str] = frozenset()


async def claim(connection: AsyncConnection, asked: Claim, now: datetime) -> Sequence[OutboxRow]:
    """Lease rows that are due; each row has the state that it had before."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CLAIM_LOCK)))
    await _take_back_leases(connection, _row.c.lease_until <= now, now)
    await _change(connection, _is_too_late(now), _final(DeliveryState.DEAD, now) | {"detail": _LAST_WORD})
    places = list(dict.fromkeys((row.incident, row.receiver) for row in await connection.execute(_due(asked, now))))
    chains = await _chains(connection, places[: asked.limit])
    collapsed = [collapse(chains[place], now) for place in places[: asked.limit] if place in chains]
    await _settle_superseded(connection, collapsed, now)
    claimed = [found.next for found in collapsed if found.next is not None]
    replaced = {found.next.id: len(found.superseded) for found in collapsed if found.next is not None}
    stored = {row.id: row for rows in chains.values() for row in rows}
    await _lease(connection, claimed, asked)
    await _write_merged(connection, [row for row in claimed if row != stored[row.id]])
    leased = [replace(row, lease_owner=asked.owner, lease_until=asked.until) for row in claimed]
    return [replace(row, supersedes=replaced[row.id]) for row in leased]


async def _chains(
    connection: AsyncConnection, places: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[OutboxRow]]:
    """Return the waiting rows of those incidents and receivers, oldest first; none of a chain that another holds."""
    found: dict[tuple[str, str], list[OutboxRow]] = {}
    if not places:
        return found
    chosen = sa.and_(sa.tuple_(outbox.c.incident, outbox.c.receiver).in_(places), outbox.c.settled_at.is_(None))
    held: set[tuple[str, str]] = set()
    for row in await connection.execute(sa.select(outbox).where(chosen).order_by(outbox.c.id).with_for_update()):
        place = (row.incident, row.receiver)
        held |= {place} if row.state == _LEASED else set()
        found.setdefault(place, []).append(row_of(row))
    return {place: rows for place, rows in found.items() if place not in held}


async def _settle_superseded(connection: AsyncConnection, collapsed: Sequence[Collapsed], now: datetime) -> None:
    outdated = [row.id for found in collapsed for row in found.superseded]
    if outdated:
        final = _final(DeliveryState.SUPERSEDED, now)
        await connection.execute(sa.update(outbox).where(outbox.c.id.in_(outdated)).values(final))
    for row in (row for found in collapsed for row in found.postponed):
        await connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(not_before=row.not_before))


async def _lease(connection: AsyncConnection, rows: Sequence[OutboxRow], asked: Claim) -> None:
    leased = {"state": _LEASED, "lease_owner": asked.owner, "lease_until": asked.until}
    if rows:
        await connection.execute(sa.update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(leased))


async def _write_merged(connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """Write what messages are that now stand for others, too."""
    for row in rows:
        promise = row.notification
        values = {
            "severity": int(promise.severity),
            "deadline": promise.deadline,
            "not_before": row.not_before,
            "held": row.held,
        }
        await connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(values))


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
        "held": clean(row.held),
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
    live = sa.select(_row.c.id).where(_row.c.settled_at.is_(None), which)
    result = await connection.execute(sa.update(outbox).where(outbox.c.id.in_(live)).values(values))
    return cast("sa.CursorResult[Any]", result).rowcount


def _due(asked: Claim, now: datetime) -> sa.Select[Any]:
    in_flight = sa.exists().where(_SAME_CHAIN, _other.c.state == _LEASED)
    statement = (
        sa.select(_row.c.incident, _row.c.receiver)
        .where(_row.c.settled_at.is_(None), _is_waiting(_row), _row.c.not_before <= now, _row.c.deadline > now)
        .where(~in_flight)
        .order_by(_row.c.severity.desc(), _row.c.not_before, _row.c.id)
        .limit(asked.limit * CHAIN_LENGTH)
    )
    return statement.where(_row.c.receiver.not_in(asked.without)) if asked.without else statement


def _is_too_late(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_is_waiting(_row), _row.c.deadline <= now)


def _is_waiting(row: sa.FromClause) -> sa.ColumnElement[bool]:
    return row.c.state.in_(WAITING)


def _final(state: DeliveryState, now: datetime) -> dict[str, Any]:
    return {"state": state.value, "settled_at": now}


_LAST_WORD = sa.case((outbox.c.detail == "", DEADLINE_PASSED), else_=outbox.c.detail)
