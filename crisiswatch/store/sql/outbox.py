"""Notifications that are owed: written, listed and settled. A row is live until it has `settled_at`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

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
    """Return rows in those states (all, if none are named), newest first."""
    statement = sa.select(outbox).order_by(outbox.c.id.desc()).limit(limit)
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
        "created_at": now,
    }
