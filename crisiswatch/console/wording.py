"""The words of the console: severities, what happened, times and numbers, in English."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crisiswatch.core.incidents import Change, Condition, Event, Incident, Response, Verdict
from crisiswatch.core.models import Severity

SEVERITIES = {
    Severity.CALM: "Calm",
    Severity.WATCH: "Watch",
    Severity.WARNING: "Warning",
    Severity.CRITICAL: "Critical",
}

VERDICTS = {
    Verdict.REAL: "Real crisis",
    Verdict.FALSE: "False alarm",
    Verdict.CAMPAIGN: "Campaign",
    Verdict.UNSURE: "Unsure",
}

_CHANGES = {
    Change.NONE: "Nothing changed",
    Change.PENDED: "First evidence, not confirmed yet",
    Change.DROPPED: "Not confirmed",
    Change.OPENED: "Opened as {severity}",
    Change.RAISED: "Raised to {severity}",
    Change.LOWERED: "Lowered to {severity}",
    Change.UPDATED: "New figures",
    Change.EASED: "Easing",
    Change.RESUMED: "Growing again",
    Change.CLOSED: "Closed",
    Change.REOPENED: "Opened again as {severity}",
    Change.FINALISED: "Over for good",
    Change.WENT_STALE: "Data stopped coming: the state is unknown",
    Change.RECOVERED: "Data is coming again",
    Change.ACKED: "Acknowledged",
    Change.ACK_ENDING: "Acknowledgement about to run out: reminded",
    Change.ACK_EXPIRED: "Acknowledgement ran out",
    Change.COMMENTED: "Comment",
    Change.ESCALATED: "Escalated",
    Change.JUDGED: "Judged",
    Change.FLAPPED: "Going to and fro: only severity raises are told",
    Change.STEADIED: "Steady again",
    Change.JOINED: "Part of a sector event",
    Change.SILENCED: "Silenced",
    Change.UNSILENCED: "Not silenced any more",
}


def happened(event: Event) -> str:
    """Return what an event says, in a few words."""
    return _CHANGES[event.change].format(severity=SEVERITIES[event.severity].lower())


def standing(incident: Incident) -> str:
    """Return how far an incident is and who has it."""
    if not incident.is_open:
        by = f" by {incident.closed_by}" if incident.closed_by else ""
        return f"closed{by}" if incident.condition in (Condition.CLOSED, Condition.FINAL) else "not confirmed yet"
    answer = "not acknowledged"
    if incident.response is Response.ACKED:
        answer = f"acknowledged by {incident.acked_by}" if incident.acked_by else "acknowledged"
        answer += f" at {time_of_day(incident.acked_at)} UTC" if incident.acked_at else ""
    if incident.silenced is not None:
        answer += f" · silenced by {incident.silenced.by}"
    return f"easing · {answer}" if incident.condition is Condition.EASING else answer


def moment(at: datetime) -> str:
    """Return a time with its day: `22 Nov, 13:20 UTC`."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b, %H:%M} UTC"


def time_of_day(at: datetime) -> str:
    """Return a time without its day: `13:20`."""
    return f"{at.astimezone(UTC):%H:%M}"


def span(length: timedelta) -> str:
    """Return a length of time in its largest unit: `40 min`, `3 h`, `2 days`."""
    minutes = max(0, round(length / timedelta(minutes=1)))
    if minutes < 1:
        return "under a minute"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{round(minutes / 60)} h"
    return f"{round(minutes / (24 * 60))} days"


def learning(learnt: timedelta, needs: timedelta) -> str:
    """Return how much of the needed history is there: `learning, 3 of 14 days`."""
    return f"learning, {learnt // timedelta(days=1)} of {-(-needs // timedelta(days=1))} days"


def number(value: float) -> str:
    """Return a count: `1,412`, `19.5`."""
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:,.1f}"


def figure(value: float) -> str:
    """Return a value beside its limit, with what two decimals tell: `187`, `2.4`, `0.64`."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def share(value: float | None) -> str:
    """Return a share as percent; a dash where nothing was said."""
    return "–" if value is None else f"{value:.0%}"
