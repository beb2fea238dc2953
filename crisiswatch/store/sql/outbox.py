"""Notifications that are owed: written, listed and settled. A row is live until it has `settled_at`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.incidents import SYNTHETIC
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import outbox
from crisiswatch.store.sql.upserts import insert_new

REMINDERS = (NotificationKind.REPEATED.value, NotificationKind.ESCALATED.value)
WAITING = (DeliveryState.PENDING.value, DeliveryState.UNKNOWN.value)


async def insert_notifications(
    connection: AsyncConnection, notifications: Sequence[Notification], now: datetime
) -> None:
    """Put notifications into the outbox; one that is there already, by its key, stays as it is."""
    rows = [_new_row(notification, now) for notification in notifications]
    if rows:
        await connection.execute(insert_new(connection, outbox), rows)


async def enqueue(connection: AsyncConnection, notification: Notification, now: datetime) -> int:
    """Put one notification into the outbox and return its row id, also if it was there already."""
    await insert_notifications(connection, [notification], now)
    found = await connection.execute(sa.select(outbox.c.id).where(outbox.c.key == notification.key))
    return int(found.scalar_one())


async def cancel_reminders(connection: AsyncConnection, incident: str, now: datetime) -> None:
    """Settle the incident's waiting reminders as superseded; those in flight are not tried again."""
    chosen = sa.and_(outbox.c.incident == incident, outbox.c.settled_at.is_(None), outbox.c.kind.in_(REMINDERS))
    await connection.execute(sa.update(outbox).where(chosen).values(cancelled=True))
    superseded = {"state": DeliveryState.SUPERSEDED.value, "settled_at": now}
    await connection.execute(sa.update(outbox).where(chosen, outbox.c.state.in_(WAITING)).values(superseded))


async def list_rows(connection: AsyncConnection, states: Sequence[DeliveryState], limit: int) -> Sequence[OutboxRow]:
    """Return rows in those states (all, if none are named), newest first; none of the heartbeat."""
    statement = sa.select(outbox).where(outbox.c.receiver != SYNTHETIC).order_by(outbox.c.id.desc()).limit(limit)
    if states:
        statement = statement.where(outbox.c.state.in_([state.value for state in states]))
    return [row_of(row) for row in await connection.execute(statement)]


async def last_reference(connection: AsyncConnection, incident: str, receiver: str) -> str | None:
    """Return the provider's reference of the last delivered message about the incident."""
    statement = (
        sa.select(outbox.c.reference)
        .where(outbox.c.incident == incident, outbox.c.receiver == receiver)
        .where(outbox.c.state == DeliveryState.DELIVERED.value, outbox.c.reference.is_not(None))
        .order_by(outbox.c.settled_at.desc(), outbox.c.id.desc())
        .limit(1)
    )
    return await connection.scalar(statement)


async def row_with_id(connection: AsyncConnection, id: int) -> OutboxRow | None:
    """Return the row with that id."""
    row = (await connection.execute(sa.select(outbox).where(outbox.c.id == id))).one_or_none()
    return None if row is None else row_of(row)


async def told(connection: AsyncConnection, incident: str) -> frozenset[str]:
    """Return the receivers to which a message about the incident was delivered."""
    delivered = sa.and_(outbox.c.incident == incident, outbox.c.state == DeliveryState.DELIVERED.value)
    return frozenset(await connection.scalars(sa.select(outbox.c.receiver).where(delivered).distinct()))


async def let_go(connection: AsyncConnection, now: datetime, receiver: str | None) -> int:
    """Make what is held back due now, or all that waits for one receiver; return how many rows."""
    which = outbox.c.held != "" if receiver is None else outbox.c.receiver == receiver
    waiting = sa.and_(outbox.c.settled_at.is_(None), outbox.c.state.in_(WAITING), outbox.c.not_before > now)
    result = await connection.execute(sa.update(outbox).where(waiting, which).values(not_before=now))
    return cast("sa.CursorResult[Any]", result).rowcount


async def summarise(connection: AsyncConnection, digest: Notification, rows: Sequence[int], now: datetime) -> None:
    """Settle waiting rows as suppressed and owe `digest` in their place."""
    chosen = sa.and_(outbox.c.id.in_(rows), outbox.c.settled_at.is_(None), outbox.c.state.in_(WAITING))
    told_in = {"state": DeliveryState.SUPPRESSED.value, "settled_at": now, "digest": clean(digest.incident)}
    await connection.execute(sa.update(outbox).where(chosen).values(told_in))
    await insert_notifications(connection, [digest], now)


async def summarised(connection: AsyncConnection, digest: str) -> Sequence[OutboxRow]:
    """Return the rows that a digest stands for, oldest first."""
    statement = sa.select(outbox).where(outbox.c.digest == digest).order_by(outbox.c.id)
    return [row_of(row) for row in await connection.execute(statement)]


def row_of(row: sa.Row[Any]) -> OutboxRow:
    """Return the outbox row in a table row."""
    notification = Notification(
        incident=row.incident,
        receiver=row.receiver,
        kind=NotificationKind(row.kind),
        number=row.number,
        severity=Severity(row.severity),
        not_before=row.planned_at,
        deadline=row.deadline,
    )
    return OutboxRow(
        id=row.id,
        notification=notification,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        not_before=row.not_before,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
        reference=row.reference,
        detail=row.detail,
        created_at=row.created_at,
        settled_at=row.settled_at,
        held=row.held,
    )


def _new_row(notification: Notification, now: datetime) -> dict[str, object]:
    return {
        "key": notification.key,
        "incident": clean(notification.incident),
        "receiver": clean(notification.receiver),
        "kind": notification.kind.value,
        "number": notification.number,
        "severity": int(notification.severity),
        "planned_at": notification.not_before,
        "not_before": notification.not_before,
        "deadline": notification.deadline,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "detail": "",
        "cancelled": False,
        "created_at": max(now, notification.not_before),  # an incident is older than the step of its ladder
    }
