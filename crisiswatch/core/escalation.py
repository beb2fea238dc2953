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
    """The ladder of one route for a critical: its steps once, then the last receivers again every `repeat`.

    A warning has no ladder: whoever was told of it is reminded every `warnings`.
    """

    name: str
    steps: tuple[Step, ...] = (Step(timedelta(minutes=30)),)
    repeat: timedelta = timedelta(minutes=60)
    warnings: timedelta = timedelta(hours=4)


def plan_escalation(
    incident: Incident, escalation: Escalation, now: datetime
) -> tuple[Incident, tuple[Notification, ...], tuple[Event, ...]]:
    """Return the incident with its next step set, and the messages of a step that is due.

    Only what is active, has been told and is not acknowledged is repeated, and only a critical escalates.
    """
    if not escalates(incident):
        return (incident if incident.next_step_at is None else replace(incident, next_step_at=None, step=0)), (), ()
    if incident.next_step_at is None:
        return replace(incident, step=0, next_step_at=now + _wait(incident, escalation, 0)), (), ()
    if now < incident.next_step_at or not keeps_asking(incident):
        return incident, (), ()  # a step that is not taken stays due: the type of the incident may change
    return _take_step(incident, escalation, now)


def remind(incident: Incident, now: datetime) -> tuple[Incident, tuple[Notification, ...]]:
    """Return a reminder for everybody who was told; the ladder begins anew."""
    told = {receiver: number + 1 for receiver, number in incident.told.items()}
    reminders = tuple(owed_to(incident, receiver, NotificationKind.REPEATED, number, now)
                      for receiver, number in told.items())  # fmt: skip
    return replace(incident, told=told, next_step_at=None, step=0), reminders


def escalates(incident: Incident) -> bool:
    """Tell whether somebody should have answered, and has not."""
    return (
        incident.condition is Condition.ACTIVE
        and incident.severity >= Severity.WARNING
        and incident.response is Response.UNACKED
        and bool(incident.told)
        and incident.flapping_since is None
    )


def keeps_asking(incident: Incident) -> bool:
    """Tell whether people are told again of what they were told once: not where its playbook wakes nobody.

    A critical always does, for the playbook follows from a type that is read off words.
    """
    return incident.pages or incident.severity is Severity.CRITICAL


def owed_to(incident: Incident, receiver: str, kind: NotificationKind, number: int, now: datetime) -> Notification:
    """Return a message that is worth sending for a day if it is critical, else for four hours."""
    worth = timedelta(hours=24 if incident.severity is Severity.CRITICAL else 4)
    return Notification(incident.id, receiver, kind, number, incident.severity, now, now + worth)


def _take_step(
    incident: Incident, escalation: Escalation, now: datetime
) -> tuple[Incident, tuple[Notification, ...], tuple[Event, ...]]:
    is_critical = incident.severity is Severity.CRITICAL
    step = escalation.steps[min(incident.step, len(escalation.steps) - 1)]
    new = step.receivers if is_critical else ()
    told = dict(incident.told)
    messages: list[Notification] = []
    for receiver in dict.fromkeys((*new, *incident.told)):
        kind = NotificationKind.ESCALATED if receiver in new else NotificationKind.REPEATED
        told[receiver] = told.get(receiver, 0) + 1
        messages.append(owed_to(incident, receiver, kind, told[receiver], now))
    said = f"step {incident.step + 1}, nobody acknowledged" if is_critical else "reminder, nobody acknowledged"
    next_step = incident.step + 1
    due = now + _wait(incident, escalation, next_step)
    moved = replace(incident, told=told, step=next_step, next_step_at=due)
    return moved, tuple(messages), (Event(now, Change.ESCALATED, incident.severity, note=said),)


def _wait(incident: Incident, escalation: Escalation, step: int) -> timedelta:
    if incident.severity is not Severity.CRITICAL:
        return escalation.warnings
    return escalation.steps[step].after if step < len(escalation.steps) else escalation.repeat
