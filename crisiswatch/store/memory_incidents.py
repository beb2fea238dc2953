"""Incidents and their history, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter

from crisiswatch.core.incidents import Condition, Event, Incident
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.retracting import without_links
from crisiswatch.core.transactions import Decision
from crisiswatch.errors import Conflict

_age = attrgetter("opened_at", "id")


class MemoryIncidents:
    """Incidents by id; those that are not final also by fingerprint."""

    def __init__(self) -> None:
        self._incidents: dict[str, Incident] = {}
        self._unfinished: dict[str, str] = {}
        self._ids: dict[int, str] = {}
        self._events: dict[str, list[Event]] = {}
        self._last_number = 0

    def commit(self, decision: Decision) -> Incident:
        """Store incident and events; return the incident, one version on. Raises Conflict."""
        incident = replace(decision.incident, version=decision.expected_version + 1)
        stored = self._incidents.get(incident.id)
        self._refuse_conflict(incident, stored, decision.expected_version)
        incident = replace(incident, number=self._number(incident, stored))
        self._incidents[incident.id] = incident
        self._events.setdefault(incident.id, []).extend(decision.events)
        if incident.condition is not Condition.FINAL:
            self._unfinished[incident.fingerprint] = incident.id
        elif self._unfinished.get(incident.fingerprint) == incident.id:
            del self._unfinished[incident.fingerprint]
        return incident

    def by_id(self, id: str) -> Incident | None:
        """Return the incident with that ULID."""
        return self._incidents.get(id)

    def by_number(self, number: int) -> Incident | None:
        """Return the incident with that number."""
        return self._incidents.get(self._ids.get(number, ""))

    def find(self, query: IncidentQuery) -> Sequence[Incident]:
        """Return matching incidents, newest first."""
        newest_first = sorted(self._incidents.values(), key=_age, reverse=True)
        return list(islice((item for item in newest_first if _is_asked(item, query)), query.limit))

    def unfinished(self) -> Sequence[Incident]:
        """Return every incident that is not final, oldest first."""
        return sorted((self._incidents[id] for id in self._unfinished.values()), key=_age)

    def events(self, incident: str) -> Sequence[Event]:
        """Return the history of an incident, oldest first."""
        return tuple(self._events.get(incident, ()))

    def remove_links(self, uids: frozenset[bytes]) -> None:
        """Take the links of those mentions out of the evidence of every incident."""
        for id, incident in self._incidents.items():
            self._incidents[id] = without_links(incident, uids)

    def purge(self, keep: timedelta | None, now: datetime) -> frozenset[str]:
        """Forget final incidents that are older than that; return their ids."""
        if keep is None:
            return frozenset()
        over = frozenset(
            incident.id
            for incident in self._incidents.values()
            if incident.condition is Condition.FINAL and incident.updated_at < now - keep
        )
        for id in over:
            del self._incidents[id]
            self._events.pop(id, None)
        return over

    def _refuse_conflict(self, incident: Incident, stored: Incident | None, expected: int) -> None:
        version = 0 if stored is None else stored.version
        if version != expected:
            raise Conflict(f"incident {incident.id} is at version {version}, not {expected}")
        other = self._unfinished.get(incident.fingerprint, incident.id)
        if incident.condition is not Condition.FINAL and other != incident.id:
            raise Conflict(f"{incident.fingerprint} has another incident that is not final")

    def _number(self, incident: Incident, stored: Incident | None) -> int | None:
        number = incident.number if stored is None else stored.number
        if number is None and incident.condition is Condition.ACTIVE and not incident.is_synthetic:
            self._last_number = number = self._last_number + 1
        if number is not None:
            self._ids[number] = incident.id
        return number


def _is_asked(incident: Incident, query: IncidentQuery) -> bool:
    if incident.is_synthetic:
        return False
    # Without a number it never opened: it is pending, or was dropped while it was.
    if query.is_open is not None and (incident.number is None or incident.is_open is not query.is_open):
        return False
    if query.ids is not None and incident.id not in query.ids:
        return False
    return query.brand in (None, incident.brand) and (query.since is None or incident.opened_at >= query.since)
