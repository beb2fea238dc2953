"""The second write of the walk: a decision, whole, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.incidents import Condition, Event, Incident
from crisiswatch.core.transactions import Decision
from crisiswatch.errors import Conflict
from crisiswatch.store.sql.outbox import cancel_reminders, insert_notifications
from crisiswatch.store.sql.payloads import pack
from crisiswatch.store.sql.rows import clean
from crisiswatch.store.sql.schema import counters, incident_events, incidents
from crisiswatch.store.sql.upserts import insert_new, upsert

_NUMBERS = "incidents"


async def commit_decision(connection: AsyncConnection, decision: Decision) -> Incident:
    """Write incident, events and outbox rows; return the incident as stored, one version on.

    Raises Conflict if the incident is not at `expected_version`, or if its fingerprint has another unfinished one.
    """
    number = await _number_at(connection, decision)
    incident = replace(decision.incident, version=decision.expected_version + 1, number=number)
    if incident.number is None and incident.condition is Condition.ACTIVE and not incident.is_synthetic:
        incident = replace(incident, number=await _next_number(connection))
    await _write_incident(connection, incident)
    await _write_events(connection, incident.id, decision.events)
    if decision.cancel_pending:
        await cancel_reminders(connection, incident.id, incident.updated_at)
    await insert_notifications(connection, decision.notifications, incident.updated_at)
    return incident


async def _number_at(connection: AsyncConnection, decision: Decision) -> int | None:
    incident = decision.incident
    statement = sa.select(incidents.c.version, incidents.c.number).where(incidents.c.id == incident.id)
    row = (await connection.execute(statement.with_for_update())).one_or_none()
    version = 0 if row is None else row.version
    if version != decision.expected_version:
        raise Conflict(f"incident {incident.id} is at version {version}, not {decision.expected_version}")
    return incident.number if row is None else row.number


async def _next_number(connection: AsyncConnection) -> int:
    # A row, not a sequence of the database: a transaction that is rolled back must leave no hole.
    await connection.execute(insert_new(connection, counters), {"name": _NUMBERS, "value": 0})
    statement = sa.update(counters).where(counters.c.name == _NUMBERS).values(value=counters.c.value + 1)
    return int((await connection.execute(statement.returning(counters.c.value))).scalar_one())


async def _write_incident(connection: AsyncConnection, incident: Incident) -> None:
    row = {
        "id": incident.id,
        "number": incident.number,
        "fingerprint": clean(incident.fingerprint),
        "brand": clean(incident.brand),
        "family": clean(incident.family),
        "condition": incident.condition.value,
        "response": incident.response.value,
        "severity": int(incident.severity),
        "version": incident.version,
        "opened_at": incident.opened_at,
        "updated_at": incident.updated_at,
        "closed_at": incident.closed_at,
        "payload": pack(incident),
    }
    try:
        await connection.execute(upsert(connection, incidents), row)
    except exc.IntegrityError as error:
        raise Conflict(f"{incident.fingerprint} has another incident that is not final") from error


async def _write_events(connection: AsyncConnection, incident: str, events: Sequence[Event]) -> None:
    rows = [
        {
            "incident": incident,
            "at": event.at,
            "change": event.change.value,
            "severity": int(event.severity),
            "by": clean(event.by),
            "note": clean(event.note),
        }
        for event in events
    ]
    if rows:
        await connection.execute(incident_events.insert(), rows)
