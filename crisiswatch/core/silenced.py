"""The silence that stands over an incident: kept in its history, and shown wherever the incident is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crisiswatch.core.deciding import record
from crisiswatch.core.incidents import Change, Event, Incident
from crisiswatch.core.lifecycle import Transition
from crisiswatch.core.overlays import Silenced
from crisiswatch.core.routing import plan_notifications
from crisiswatch.core.silences import ActiveSilence, Silence, covering
from crisiswatch.core.transactions import Decision


def mark_of(silence: Silence) -> Silenced:
    """Return a silence as it is shown at an incident."""
    return Silenced(silence.id, silence.by, silence.ends, silence.reason, silence.most)


def standing(
    incident: Incident, silences: Sequence[ActiveSilence], labels: Mapping[str, str], now: datetime
) -> Silenced | None:
    """Return the silence that holds an open incident back now; the one that lasts longest, None if none does."""
    found = covering(silences, labels, incident.severity, now) if incident.is_open else None
    return None if found is None else mark_of(found)


def noted(
    incident: Incident,
    silences: Sequence[ActiveSilence],
    labels: Mapping[str, str],
    edits: frozenset[str],
    now: datetime,
) -> Decision | None:
    """Return the decision to say that an open incident is silenced, or is so no more; None where that is known.

    It is an event and an edit of the cards that can be edited: nobody is pinged by a silence.
    """
    mark = standing(incident, silences, labels, now)
    if mark == incident.silenced or not incident.is_open or incident.is_synthetic:
        return None
    event = _begun(incident, mark, now) if mark is not None else _ended(incident, silences, now)
    transition = Transition(replace(incident, silenced=mark, updated_at=now), event.change, (event,))
    told, owed = plan_notifications(transition, (), edits, now)
    return record(incident, told, transition.events, owed)


def _begun(incident: Incident, mark: Silenced, now: datetime) -> Event:
    until = f"until {mark.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {mark.reason}"
    return Event(now, Change.SILENCED, incident.severity, mark.by, f"{until} ({mark.id})")


def _ended(incident: Incident, silences: Sequence[ActiveSilence], now: datetime) -> Event:
    mark = incident.silenced
    assert mark is not None, "only what was silenced can be so no more"
    silence = next((active.silence for active in silences if active.silence.id == mark.id), None)
    told, by = "ended before its time", silence.expired_by if silence is not None else ""
    if now >= mark.until:
        told = "its time is over"
    elif silence is not None and silence.is_active(now):
        told = f"it does not hold back what is {incident.severity.name.lower()}"
    return Event(now, Change.UNSILENCED, incident.severity, by, f"{mark.id} by {mark.by}: {told}")
