"""The auditor: is every critical that nobody acknowledged on its way up the ladder?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from crisiswatch.core.escalation import escalates
from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Severity

OVERDUE = timedelta(minutes=5)
"""A step that is later than this was not taken."""

AUDIT_EVERY = timedelta(seconds=60)


def violations(incidents: Iterable[Incident], now: datetime) -> list[Incident]:
    """Return the criticals that should escalate, and of which no step is planned or one is long overdue."""
    return [
        incident
        for incident in incidents
        if incident.severity is Severity.CRITICAL and escalates(incident) and _is_stuck(incident, now)
    ]


def _is_stuck(incident: Incident, now: datetime) -> bool:
    if incident.next_step_at is None:  # planned in the same transaction as the change that calls for it
        return now - incident.updated_at > OVERDUE
    return now - incident.next_step_at > OVERDUE
