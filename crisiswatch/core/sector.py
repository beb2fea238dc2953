"""Sector events: several of the operator's own brands got into trouble at once, and are told as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crisiswatch.core.deciding import record
from crisiswatch.core.incidents import Change, Event, Incident
from crisiswatch.core.lifecycle import Transition
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification
from crisiswatch.core.overlays import SectorEvent
from crisiswatch.core.routing import plan_notifications
from crisiswatch.core.transactions import Decision

WITHIN = timedelta(hours=1)
"""How long after the first of them an incident still belongs to the same event."""

LEAST = 3
"""So many brands are a sector; two may be chance, or one quarrel."""

STRANGERS = frozenset({"competitor", "industry"})
"""Kinds of brands that are not the operator's own."""

_NAMED = 10
"""Brands that a row of the history names."""


def joined(decision: Decision, own: Iterable[Incident], now: datetime) -> Decision:
    """Return the decision with its incident in the sector event that it joins or completes, the same if in none.

    `own` are the incidents of the operator's own brands that are not final. It joins in the tick in which it first
    reaches `warning`: in the transaction that owes its alarm, so that no alarm goes before it is known to follow.
    """
    incident = decision.incident
    if incident.sector is not None or not _counts(incident) or incident.detected_at != now:
        return decision
    root = _root([one for one in _in_order(own) if one.id != incident.id], now)
    if root is None:
        return decision
    event = Event(now, Change.JOINED, incident.severity, note=f"sector event, with {root.name}")
    member = replace(incident, sector=SectorEvent(root.id, root.name, follows=True))
    return replace(decision, incident=member, events=(*decision.events, event))


def caught_up(own: Iterable[Incident], edits: Callable[[str], frozenset[str]], now: datetime) -> Iterator[Decision]:
    """Yield what is to be written about those that opened before anybody knew of their event.

    They are the second of each event, and the root, which says who is in it. `edits` names, for a brand, the receivers
    whose channel edits. Where nobody joined lately there is nothing to write: a crash in between is made up for.
    """
    known = _in_order(own)
    roots = _roots(known)
    for root in [one for one in known if one.id in roots]:
        early = [one for one in known if one.sector is None and one is not root and _is_near(one, root)]
        for one in early:
            yield _told(one, SectorEvent(root.id, root.name), f"sector event, with {root.name}", edits, now)
        before = root.sector.others if root.sector else ()
        former = {root.brand, *before}
        members = sorted([*early, *(one for one in known if _root_of(one) == root.id)], key=_order)
        new = tuple(one.brand for one in members if one.brand not in former)
        if new:
            yield _told(root, SectorEvent(root.id, root.name, others=(*before, *new)), _names(new), edits, now)


def follows(notification: Notification, incident: Incident, root: Incident | None) -> bool:
    """Tell whether a message is one that whoever knows of the root can do without while that is open."""
    is_critical = max(notification.severity, incident.severity) >= Severity.CRITICAL
    is_member = incident.sector is not None and incident.sector.follows
    return is_member and not is_critical and root is not None and root.is_open


def _root(known: Sequence[Incident], now: datetime) -> Incident | None:
    """Return the first incident of the event that one which opens now belongs to."""
    near = [one for one in known if one.detected_at is not None and now - one.detected_at <= WITHIN]
    roots = _roots(known)
    running = next((one for one in near if one.id in roots), None)
    if running is not None:
        return running
    free = [one for one in near if one.sector is None]
    return free[0] if len(free) >= LEAST - 1 else None


def _in_order(own: Iterable[Incident]) -> list[Incident]:
    """Return those that count, the first to reach `warning` first, then by number."""
    return sorted((one for one in own if _counts(one)), key=_order)


def _order(incident: Incident) -> tuple[datetime, int, str]:
    return (incident.detected_at or incident.opened_at, incident.number or 0, incident.id)


def _counts(incident: Incident) -> bool:
    is_told = incident.is_open and incident.severity >= Severity.WARNING and incident.detected_at is not None
    return incident.family == "crisis" and is_told and not incident.is_synthetic


def _is_near(one: Incident, root: Incident) -> bool:
    if one.detected_at is None or root.detected_at is None:
        return False
    return timedelta() <= one.detected_at - root.detected_at <= WITHIN


def _roots(known: Iterable[Incident]) -> frozenset[str]:
    return frozenset(one.sector.root for one in known if one.sector is not None)


def _root_of(incident: Incident) -> str:
    return incident.sector.root if incident.sector else ""


def _told(
    incident: Incident, event: SectorEvent, note: str, edits: Callable[[str], frozenset[str]], now: datetime
) -> Decision:
    """Return the decision that an incident is in an event: a row in its history, and an edit of its cards."""
    row = Event(now, Change.JOINED, incident.severity, note=note)
    transition = Transition(replace(incident, sector=event), Change.UPDATED, (row,))
    told, owed = plan_notifications(transition, (), edits(incident.brand), now)
    decision = record(incident, told, transition.events, owed)
    assert decision is not None, "it has an event"
    return decision


def _names(brands: Sequence[str]) -> str:
    rest = len(brands) - _NAMED
    return "sector event: " + ", ".join(brands[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
