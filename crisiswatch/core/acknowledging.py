"""How an acknowledgement ends: people are reminded shortly before, then somebody must say again that they are on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crisiswatch.core.escalation import owed_to
from crisiswatch.core.incidents import Change, Condition, Event, Incident, Response
from crisiswatch.core.lifecycle import Transition
from crisiswatch.core.outbox import Notification, NotificationKind

REMINDED_BEFORE = timedelta(minutes=15)
"""How long before its end whoever was told is reminded that an acknowledgement runs out."""


def run_out(transition: Transition, now: datetime) -> Transition:
    """Take back an acknowledgement whose time is over, or note that its end is near: once for each.

    While an incident eases nobody has to act, and nobody is asked: it is taken back when the trouble resumes.
    """
    incident = transition.incident
    if incident.ack_expires_at is None or incident.condition is not Condition.ACTIVE:
        return transition
    if now >= incident.ack_expires_at:
        return _expired(transition, now)
    if now >= incident.ack_expires_at - REMINDED_BEFORE and not incident.ack_ending:
        return _noted(transition, replace(incident, ack_ending=True, updated_at=now), Change.ACK_ENDING, now)
    return transition


def remind_of_end(incident: Incident, now: datetime) -> tuple[Incident, tuple[Notification, ...]]:
    """Return a reminder for everybody who was told; nobody else hears of it, for somebody is still on it."""
    told = {receiver: number + 1 for receiver, number in incident.told.items()}
    reminders = tuple(
        owed_to(incident, receiver, NotificationKind.ACK_ENDING, number, now) for receiver, number in told.items()
    )
    return replace(incident, told=told), reminders


def _expired(transition: Transition, now: datetime) -> Transition:
    incident = replace(
        transition.incident,
        response=Response.UNACKED,
        acked_by=None,
        acked_at=None,
        ack_expires_at=None,
        ack_ending=False,
        updated_at=now,
    )
    return _noted(transition, incident, Change.ACK_EXPIRED, now)


def _noted(transition: Transition, incident: Incident, change: Change, now: datetime) -> Transition:
    event = Event(now, change, incident.severity)
    told = change if transition.change is Change.NONE else transition.change
    return Transition(incident, told, (*transition.events, event))
