"""Incidents and the outbox for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import httpx

from crisiswatch.app.asking import reading, writing
from crisiswatch.app.building import renderer
from crisiswatch.app.data import playbooks_folder
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.core.deciding import record
from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.lifecycle import acknowledge as acknowledged
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.engine.clock import SystemClock
from crisiswatch.errors import SourceUnavailable, StoreUnusable
from crisiswatch.rendering.plain import plain
from crisiswatch.settings import Settings

TOKEN_VARIABLE = "CRISISWATCH_TOKEN"
"""The environment variable with the token for a daemon that wants one."""

ASK_FOR = 10.0


async def list_incidents(settings: Settings, *, is_open: bool) -> list[dict[str, object]]:
    """Return incidents as rows, newest first."""
    async with reading(settings) as store:
        found = await store.incidents(IncidentQuery(is_open=True if is_open else None, limit=1000))
    return [_row(incident) for incident in found if incident.number is not None]


async def show_incident(settings: Settings, number: int) -> tuple[dict[str, object], str] | None:
    """Return an incident as a record and as text; None if there is none of that number."""
    async with reading(settings) as store:
        incident = await store.incident(number)
        if incident is None:
            return None
        events = await store.events(incident.id)
    now = SystemClock().now()
    books = load_playbooks(playbooks_folder(), *([settings.playbooks_folder] if settings.playbooks_folder else []))
    book = next((book for book in books if book.name == incident.playbook), None)
    notification = Notification(incident.id, "", NotificationKind.UPDATED, 1, incident.severity, now, now)
    message = renderer(settings)(notification, incident, book, (), None, now)
    history = "\n".join(_line(event) for event in events)
    return {**_row(incident), "events": [_event(event) for event in events]}, f"{plain(message)}\n\nHISTORY\n{history}"


async def acknowledge(settings: Settings, config: Path, number: int, by: str, environ: Mapping[str, str]) -> str | None:
    """Acknowledge through the running daemon; directly, if none runs. Return what to tell, None without incident."""
    async with reading(settings) as store:
        if await store.incident(number) is None:
            return None
    try:
        async with writing(settings) as store:
            incident = await store.incident(number)
            assert incident is not None, "incidents with a number are kept for longer than this takes"
            transition = acknowledged(incident, by, Timers(), SystemClock().now())
            decision = record(incident, transition.incident, transition.events, ())
            if decision is not None:
                await store.commit_decision(decision)
            return f"{incident.name}: {by} is on it"
    except StoreUnusable:
        return await _ask_daemon(settings, number, by, environ)


async def list_outbox(settings: Settings, *, is_all: bool) -> list[dict[str, object]]:
    """Return messages as rows, newest first."""
    open_states = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.UNKNOWN, DeliveryState.DEAD)
    async with reading(settings) as store:
        rows = await store.outbox(() if is_all else open_states, limit=1000)
    return [
        {
            "id": row.id,
            "receiver": row.notification.receiver,
            "kind": row.notification.kind.value,
            "severity": row.notification.severity.name.lower(),
            "state": row.state.value,
            "attempts": row.attempts,
            "not_before": _time(row.not_before or row.notification.not_before),
            "detail": row.detail,
            "key": row.notification.key,
        }
        for row in rows
    ]


async def _ask_daemon(settings: Settings, number: int, by: str, environ: Mapping[str, str]) -> str | None:
    url = f"http://{settings.server.listen}/api/v1/incidents/INC-{number}/ack"
    headers = {"Authorization": f"Bearer {environ[TOKEN_VARIABLE]}"} if TOKEN_VARIABLE in environ else {}
    try:
        async with httpx.AsyncClient(timeout=ASK_FOR) as client:
            answer = await client.post(url, json={"by": by}, headers=headers)
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"the daemon has the database and does not answer at {url}: {error}") from error
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    if answer.is_error:
        raise SourceUnavailable(f"{url}: {answer.status_code} {answer.text[:200]}; is {TOKEN_VARIABLE} set?")
    return f"INC-{number}: {by} is on it"


def _row(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.name,
        "ulid": incident.id,
        "brand": incident.brand,
        "family": incident.family,
        "severity": incident.peak_severity.name.lower(),
        "condition": incident.condition.value,
        "response": incident.response.value,
        "acked_by": incident.acked_by,
        "opened_at": _time(incident.opened_at),
        "closed_at": _time(incident.closed_at) if incident.closed_at else None,
        "score": round(incident.peak_score, 2),
    }


def _event(event: Event) -> dict[str, object]:
    return {
        "at": _time(event.at),
        "change": event.change.value,
        "severity": event.severity.name.lower(),
        "by": event.by,
        "note": event.note,
    }


def _line(event: Event) -> str:
    details = " ".join(part for part in (f"by {event.by}" if event.by else "", event.note) if part)
    return (
        f"  {event.at:%Y-%m-%d %H:%M:%S} UTC  {event.change.value} ({event.severity.name.lower()}) {details}".rstrip()
    )


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
