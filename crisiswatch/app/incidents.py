"""Incidents and the outbox for the command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crisiswatch.app.asking import reading
from crisiswatch.app.data import playbooks_folder
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.app.sending import limits
from crisiswatch.app.silencing import silenced_now
from crisiswatch.app.wording import renderer
from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind
from crisiswatch.core.precision import precision
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.throttling import waits
from crisiswatch.engine.clock import SystemClock
from crisiswatch.rendering.plain import plain
from crisiswatch.settings import Settings


async def list_incidents(settings: Settings, *, is_open: bool) -> list[dict[str, object]]:
    """Return incidents as rows, newest first."""
    async with reading(settings) as store:
        found = await store.incidents(IncidentQuery(is_open=True if is_open else None, limit=1000))
    return [incident_row(incident) for incident in found if incident.number is not None]


async def show_incident(settings: Settings, number: int) -> tuple[dict[str, object], str] | None:
    """Return an incident as a record and as text; None if there is none of that number."""
    books = load_playbooks(playbooks_folder(), *([settings.playbooks_folder] if settings.playbooks_folder else []))
    async with reading(settings) as store:
        incident = await store.incident(number)
        if incident is None:
            return None
        events, now = await store.events(incident.id), SystemClock().now()
        # As it stands now: where no daemon runs, nobody noted it yet.
        incident = replace(incident, silenced=await silenced_now(settings, books, store, incident, now))
    book = next((book for book in books if book.name == incident.playbook), None)
    notification = Notification(incident.id, "", NotificationKind.UPDATED, 1, incident.severity, now, now)
    message = renderer(settings)(notification, incident, book, (), None, now)
    history = "\n".join(_line(event) for event in events)
    return {
        **incident_row(incident),
        "events": [_event(event) for event in events],
    }, f"{plain(message)}\n\nHISTORY\n{history}"


async def list_verdicts(settings: Settings) -> list[dict[str, object]]:
    """Return how often each rule was right, as far as people said; the share never stands without its number."""
    async with reading(settings) as store:
        found = precision(await store.incidents(IncidentQuery(limit=10_000)))
    return [
        {
            "brand": one.brand,
            "rule": one.rule,
            "judged": one.judged,
            "real": one.real,
            "false": one.false,
            "campaign": one.campaign,
            "unsure": one.unsure,
            "precision": None if one.share is None else round(one.share, 3),
        }
        for one in found
    ]


async def list_outbox(settings: Settings, *, is_all: bool) -> list[dict[str, object]]:
    """Return messages as rows, newest first."""
    open_states = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.UNKNOWN, DeliveryState.DEAD)
    async with reading(settings) as store:
        rows = await store.outbox(() if is_all else open_states, limit=1000)
    reasons = waits(rows, limits(settings), SystemClock().now())
    return [
        {
            "id": row.id,
            "receiver": row.notification.receiver,
            "kind": row.notification.kind.value,
            "severity": row.notification.severity.name.lower(),
            "state": row.state.value,
            "attempts": row.attempts,
            "not_before": _time(row.not_before or row.notification.not_before),
            "held": row.held or reasons.get(row.id, ""),
            "detail": row.detail,
            "key": row.notification.key,
        }
        for row in rows
    ]


def incident_row(incident: Incident) -> dict[str, object]:
    """Return an incident as the command line lists it."""
    mark = incident.silenced if incident.is_open else None
    return {
        "id": incident.name,
        "ulid": incident.id,
        "brand": incident.brand,
        "family": incident.family,
        "severity": incident.peak_severity.name.lower(),
        "condition": incident.condition.value,
        "response": incident.response.value,
        "acked_by": incident.acked_by,
        "acked_at": _time(incident.acked_at) if incident.acked_at else None,
        "closed_by": incident.closed_by,
        "verdict": incident.verdict.value if incident.verdict else None,
        "verdict_by": incident.verdict_by,
        "verdict_at": _time(incident.verdict_at) if incident.verdict_at else None,
        "silenced_by": mark.by if mark else None,
        "silenced_until": _time(mark.until) if mark else None,
        "silenced_reason": mark.reason if mark else None,
        "opened_at": _time(incident.opened_at),
        "closed_at": _time(incident.closed_at) if incident.closed_at else None,
        "score": round(incident.peak_score, 2),
        "sector_event": incident.sector.name if incident.sector else None,
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
