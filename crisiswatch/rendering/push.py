"""The line that a locked phone shows: which brand, how bad, since when, about what, what to do."""

from __future__ import annotations

from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.rendering.headline import HEADLINE_LIMIT, is_over
from crisiswatch.rendering.inert import inert, one_line, shorten
from crisiswatch.rendering.reader import Reader

_BRAND_LIMIT = 18
_WORTH = 18  # characters of topic and of task that are worth more than the share
_LEAST = 8


def push(kind: NotificationKind, severity: Severity, incident: Incident, todo: str, reader: Reader) -> str:
    """Return the line in at most 80 characters, `todo` being the title of the playbook.

    Empty where the headline says it better: what is over, was not measured, or is no crisis.
    """
    evidence, words = incident.evidence, reader.words.pushes
    if evidence is None or incident.family != "crisis" or is_over(incident) or kind is NotificationKind.CLOSED:
        return ""
    values = {
        "severity": reader.words.severities[severity],
        "brand": one_line(incident.brand, _BRAND_LIMIT),
        "time": reader.brief_clock(evidence.since),
        "how": words.share.format(share=reader.percent(evidence.share)),
        "again": _again(kind, incident, reader),
    }
    frame = reader.words.headlines.test if kind is NotificationKind.TEST else "{headline}"
    room = HEADLINE_LIMIT - len(frame.format(headline=""))
    topic, todo = topic_of(incident, reader), one_line(todo or words.decide, 60)
    head = (words.line_again if values["again"] else words.line).format(**values)
    if room - len(head + _tail(topic[:_WORTH], todo[:_WORTH], reader)) < 0:
        head = words.line_short.format(**values)
    line = frame.format(headline=head + _cut_tail(topic, todo, room - len(head), reader))
    return shorten(line, HEADLINE_LIMIT)


def topic_of(incident: Incident, reader: Reader) -> str:
    """Return what it is about in one term: what is said, what was noticed, or what it looks like; else empty."""
    evidence = incident.evidence
    if evidence is None:
        return ""
    for term in (*evidence.drivers, *(term for notice in evidence.notices for term in notice.terms)):
        if shown := inert(term, 40):
            return shown
    kind = evidence.incident_type
    return "" if kind in ("", "unclear") else reader.words.incident_types.get(kind, one_line(kind, 40))


def _again(kind: NotificationKind, incident: Incident, reader: Reader) -> str:
    words = reader.words.pushes
    told = {
        NotificationKind.REOPENED: words.reopened,
        NotificationKind.REPEATED: words.repeated,
        NotificationKind.ESCALATED: words.escalated,
        NotificationKind.ACK_ENDING: words.ack_ending,
    }
    return words.easing if incident.condition is Condition.EASING else told.get(kind, "")


def _tail(topic: str, todo: str, reader: Reader) -> str:
    words = reader.words.pushes
    about = words.about.format(topic=reader.words.facts.quoted.format(text=topic)) if topic else ""
    return about + words.todo.format(todo=todo)


def _cut_tail(topic: str, todo: str, room: int, reader: Reader) -> str:
    """Return topic and task in the room that is left; the longer of the two is cut."""
    room -= len(_tail("x" if topic else "", "", reader)) - bool(topic)
    about = shorten(topic, max(room - len(todo), room // 2, _LEAST)) if topic else ""
    return _tail(about, shorten(todo, max(room - len(about), _LEAST)), reader)
