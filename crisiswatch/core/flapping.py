"""Flapping: an incident that keeps easing and coming back stops pinging people until it has made up its mind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crisiswatch.core.incidents import Change, Event, Incident
from crisiswatch.core.lifecycle import Transition

TURNS = frozenset({Change.EASED, Change.RESUMED, Change.CLOSED, Change.REOPENED})
"""Changes of the condition: what flapping is made of."""

FEW_IN, MANY_IN = timedelta(minutes=30), timedelta(hours=6)
FEW, MANY = 4, 6
"""So many turns in half an hour, or in six hours, are flapping."""

STEADY_AFTER = timedelta(minutes=60)
"""Without a turn for so long it is over."""


def overlay(transition: Transition, now: datetime) -> Transition:
    """Return the transition with its turn remembered, and with what that says about flapping."""
    incident, change = transition.incident, transition.change
    if change not in TURNS and not incident.turns:
        return transition
    turns = tuple(moment for moment in incident.turns if now - moment < MANY_IN)
    if change in TURNS:
        turns = (*turns, now)
    if turns != incident.turns:
        incident = replace(incident, turns=turns)
    return _judged(Transition(incident, change, transition.events), now)


def _judged(transition: Transition, now: datetime) -> Transition:
    incident = transition.incident
    if incident.flapping_since is None:
        return _begun(transition, now) if _is_flapping(incident, now) else transition
    last = max(incident.turns, default=incident.flapping_since)
    if now - last < STEADY_AFTER:
        return transition
    steady = replace(incident, flapping_since=None, turns=(), updated_at=now)
    return _with_event(transition, steady, Change.STEADIED, now)


def _begun(transition: Transition, now: datetime) -> Transition:
    return _with_event(
        transition, replace(transition.incident, flapping_since=now, updated_at=now), Change.FLAPPED, now
    )


def _with_event(transition: Transition, incident: Incident, change: Change, now: datetime) -> Transition:
    event = Event(now, change, incident.severity)
    main = change if transition.change in (Change.NONE, Change.UPDATED) else transition.change
    return Transition(incident, main, (*transition.events, event))


def _is_flapping(incident: Incident, now: datetime) -> bool:
    lately = [moment for moment in incident.turns if now - moment < FEW_IN]
    return len(lately) >= FEW or len(incident.turns) >= MANY
