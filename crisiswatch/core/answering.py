"""What people answer to an incident: that they are on it, what it was, that it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crisiswatch.core.incidents import Change, Event, Incident, Response, Verdict
from crisiswatch.core.lifecycle import Timers, Transition, acknowledge, close

CLOSED_HOLDS = timedelta(minutes=30)
"""After a person closed it, an incident stays closed for so long unless its severity rises."""

JUDGED_AWAY = frozenset((Verdict.FALSE, Verdict.CAMPAIGN))
"""Verdicts after which nobody must be reminded any more."""


class Deed(StrEnum):
    """What a person does to an incident. A silence is no answer to it: it is asked for beside it."""

    ACKNOWLEDGE = "ack"
    VERDICT = "verdict"
    CLOSE = "close"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Answer:
    """One deed of one person. `note` says why, or by which way it came; only a verdict has a `verdict`."""

    deed: Deed
    by: str
    verdict: Verdict | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button on a message was pressed: the number of the incident, and the answer that it stands for.

    `receiver` is whose message it was, `person` the id of who pressed; what they may do is that receiver's to say.
    """

    incident: int
    given: Answer
    receiver: str = ""
    person: str = ""


def answer(incident: Incident, given: Answer, timers: Timers, now: datetime) -> Transition:
    """Return the incident after a person's answer; the same answer again changes nothing."""
    if given.deed is Deed.VERDICT and given.verdict is not None:
        return _judge(incident, given, given.verdict, timers, now)
    if given.deed is Deed.CLOSE:
        return _close(incident, given, now)
    if incident.response is Response.ACKED and incident.acked_by == given.by and not incident.ack_ending:
        return Transition(incident, Change.NONE)
    return _noted(acknowledge(incident, given.by, timers, now), given.note)


def _judge(incident: Incident, given: Answer, verdict: Verdict, timers: Timers, now: datetime) -> Transition:
    if (incident.verdict, incident.verdict_by) == (verdict, given.by):
        return Transition(incident, Change.NONE)
    judged = replace(incident, verdict=verdict, verdict_by=given.by, verdict_at=now, updated_at=now)
    said = f"{verdict.value}: {given.note}" if given.note else verdict.value
    event = Event(now, Change.JUDGED, incident.severity, given.by, said)
    if verdict not in JUDGED_AWAY or not incident.is_open or incident.response is Response.ACKED:
        return Transition(judged, Change.JUDGED, (event,))
    taken = acknowledge(judged, given.by, timers, now)
    return Transition(taken.incident, Change.JUDGED, (event, *taken.events))


def _close(incident: Incident, given: Answer, now: datetime) -> Transition:
    if not incident.is_open:
        return Transition(incident, Change.NONE)
    closed = close(incident, now, given.note)
    held = replace(closed.incident, closed_by=given.by, held_until=now + CLOSED_HOLDS)
    return Transition(held, closed.change, tuple(replace(event, by=given.by) for event in closed.events))


def _noted(transition: Transition, note: str) -> Transition:
    if not note:
        return transition
    events = tuple(replace(event, note="; ".join(filter(None, (event.note, note)))) for event in transition.events)
    return Transition(transition.incident, transition.change, events)
