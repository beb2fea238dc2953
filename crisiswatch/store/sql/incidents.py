"""Reads incidents and their history."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.incidents import SYNTHETIC, Change, Condition, Event, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.store.sql.payloads import unpack_incident
from crisiswatch.store.sql.schema import incident_events, incidents

_OPEN = (Condition.ACTIVE.value, Condition.EASING.value)
_OVER = (Condition.CLOSED.value, Condition.FINAL.value)
_NOT_FINAL = incidents.c.condition != sa.literal_column("'final'")


async def incident_by_number(connection: AsyncConnection, number: int) -> Incident | None:
    """Return the incident with that number."""
    return await _one(connection, incidents.c.number == number)


async def incident_by_id(connection: AsyncConnection, id: str) -> Incident | None:
    """Return the incident with that ULID."""
    return await _one(connection, incidents.c.id == id)


async def find_incidents(connection: AsyncConnection, query: IncidentQuery) -> Sequence[Incident]:
    """Return matching incidents, newest first."""
    statement = sa.select(incidents.c.payload).order_by(incidents.c.opened_at.desc(), incidents.c.id.desc())
    statement = statement.where(incidents.c.brand != SYNTHETIC)
    if query.brand is not None:
        statement = statement.where(incidents.c.brand == query.brand)
    if query.since is not None:
        statement = statement.where(incidents.c.opened_at >= query.since)
    if query.ids is not None:
        statement = statement.where(incidents.c.id.in_(query.ids))
    if query.is_open is not None:
        conditions = _OPEN if query.is_open else _OVER
        # Without a number it never opened: it was dropped while it was pending.
        statement = statement.where(incidents.c.condition.in_(conditions), incidents.c.number.is_not(None))
    return [unpack_incident(payload) for payload in await connection.scalars(statement.limit(query.limit))]


async def unfinished(connection: AsyncConnection) -> Sequence[Incident]:
    """Return every incident that is not final, oldest first."""
    statement = sa.select(incidents.c.payload).where(_NOT_FINAL).order_by(incidents.c.opened_at, incidents.c.id)
    return [unpack_incident(payload) for payload in await connection.scalars(statement)]


async def events_of(connection: AsyncConnection, incident: str) -> Sequence[Event]:
    """Return the history of an incident, oldest first."""
    chosen = incident_events.c.incident == incident
    rows = await connection.execute(sa.select(incident_events).where(chosen).order_by(incident_events.c.id))
    return [Event(row.at, Change(row.change), Severity(row.severity), row.by, row.note) for row in rows]


async def _one(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> Incident | None:
    payload = await connection.scalar(sa.select(incidents.c.payload).where(condition))
    return None if payload is None else unpack_incident(payload)
