"""Composes one message for many incidents: what a storm held back, and what is open for who goes on call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.messages import Fact, Message
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.rendering.headline import headline
from crisiswatch.rendering.inert import safe_url
from crisiswatch.rendering.message import Context, silenced, state_of
from crisiswatch.rendering.reader import Reader, reader

MOST_LINES = 10
"""Incidents that are named; the worst come first."""


def compose_many(notification: Notification, incidents: Sequence[Incident], context: Context) -> Message:
    """Return what a digest or a hand-over note tells about `incidents`; total, whatever strangers wrote."""
    told_to = reader(context.language, context.time_zone, context.now)
    worst = sorted(incidents, key=lambda one: (-one.severity, not one.is_open, one.opened_at, one.id))
    words = told_to.words.digests
    since = min((one.opened_at for one in incidents), default=context.now)
    return Message(
        key=notification.key,
        kind=notification.kind.value,
        incident=_name(notification),
        number=notification.number,
        receiver=notification.receiver,
        severity=notification.severity,
        brand="crisiswatch",
        headline=_headline(notification, len(incidents), told_to),
        thread_subject=words.subject,
        state=_state(notification, told_to),
        since=words.until.format(time=told_to.placed_clock(context.now)),
        opened_at=since,
        sent_at=context.now,
        facts=_lines(worst, told_to),
        url=safe_url(f"{context.public_url.rstrip('/')}/") if context.public_url else None,
        language=told_to.language,
    )


def _name(notification: Notification) -> str:
    return notification.incident.upper()[:40]


def _headline(notification: Notification, count: int, told_to: Reader) -> str:
    words = told_to.words.digests
    if notification.kind is NotificationKind.HANDOVER:
        return told_to.plural(words.handover, count) if count else words.handover_none
    return told_to.plural(words.storm, count)


def _state(notification: Notification, told_to: Reader) -> str:
    words = told_to.words.digests
    if notification.kind is NotificationKind.HANDOVER:
        return words.handover_state.format(time=told_to.clock(_moment(notification)))
    return words.storm_state


def _moment(notification: Notification) -> datetime:
    return notification.not_before


def _lines(incidents: Sequence[Incident], told_to: Reader) -> tuple[Fact, ...]:
    facts = [_line(incident, told_to) for incident in incidents[:MOST_LINES]]
    rest = len(incidents) - MOST_LINES
    if rest > 0:
        facts.append(Fact("…", told_to.plural(told_to.words.digests.more, rest)))
    return tuple(facts)


def _line(incident: Incident, told_to: Reader) -> Fact:
    is_over = incident.condition in (Condition.CLOSED, Condition.FINAL)
    kind = NotificationKind.CLOSED if is_over else NotificationKind.OPENED
    severity = told_to.words.severities[max(incident.severity, incident.peak_severity)]
    said = told_to.words.digests.line.format(severity=severity, state=state_of(incident, told_to))
    parts = (f"{headline(kind, incident.severity, incident, told_to)}. {said}", silenced(incident, told_to))
    return Fact(incident.name, ". ".join(filter(None, parts)))
