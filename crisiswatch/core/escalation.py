"""What happens when nobody answers: repeats, then the steps of an escalation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crisiswatch.core.incidents import Change, Condition, Event, Incident, Response
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind

DEFAULT = "crisis-default"
"""The escalation that always exists."""


@dataclass(frozen=True, slots=True)
class Step:
    """After that time without an answer (from the message before), these are told too; none: the same again."""

    after: timedelta
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """The ladder of one route: its steps once, then the last receivers again every `repeat`."""

    name: str
    steps: tuple[Step, ...] = (Step(timedelta(minutes=30)),)
    repeat: timedelta = timedelta(minutes=60)


def plan_escalation(
    incident: Incident, escalation: Escalation, now: datetime
) -> tuple[Incident, tuple[Notification, ...], tuple[Event, ...]]:
    """Return the incident with its next step set, and the messages of a step that is due.

    Only a critical that is active, has been told and is not acknowledged escalates.
    """
    if not _escalates(incident):
        return (incident if incident.next_step_at is None else replace(incident, next_step_at=None, step=0)), (), ()
    if incident.next_step_at is None:
        return replace(incident, step=0, next_step_at=now + _wait(escalation, 0)), (), ()
    if now < incident.next_step_at:
        return incident, (), ()
    step = escalation.steps[incident.step] if incident.step < len(escalation.steps) else escalation.steps[-1]
    told = dict(incident.told)
    messages: list[Notification] = []
    for receiver in dict.fromkeys((*step.receivers, *incident.told)):
        kind = NotificationKind.ESCALATED if receiver in step.receivers else NotificationKind.REPEATED
        told[receiver] = told.get(receiver, 0) + 1
        deadline = now + timedelta(hours=24)
        messages.append(Notification(incident.id, receiver, kind, told[receiver], incident.severity, now, deadline))
    event = Event(now, Change.ESCALATED, incident.severity, note=f"step {incident.step + 1}, nobody acknowledged")
    next_step = incident.step + 1
    moved = replace(incident, told=told, step=next_step, next_step_at=now + _wait(escalation, next_step))
    return moved, tuple(messages), (event,)


def _escalates(incident: Incident) -> bool:
    return (
        incident.condition is Condition.ACTIVE
        and incident.severity is Severity.CRITICAL
        and incident.response is Response.UNACKED
        and bool(incident.told)
    )


def _wait(escalation: Escalation, step: int) -> timedelta:
    return escalation.steps[step].after if step < len(escalation.steps) else escalation.repeat
