"""Who is told: the routing tree, and the notifications that a transition owes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crisiswatch.core.incidents import Change, Incident
from crisiswatch.core.lifecycle import Transition
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind

DEADLINES = {Severity.CRITICAL: timedelta(hours=24), Severity.WARNING: timedelta(hours=6)}
"""How long a message is worth sending; others an hour. An end is worth a day to whoever heard of a beginning."""

EDIT_EVERY = timedelta(minutes=1)

_BEGINNINGS = frozenset({NotificationKind.OPENED, NotificationKind.REOPENED, NotificationKind.RAISED})


@dataclass(frozen=True, slots=True)
class Matcher:
    """`label` must satisfy `test`; `text` is how the operator wrote it."""

    label: str
    test: Callable[[str], bool]
    text: str


@dataclass(frozen=True, slots=True)
class Route:
    """A node of the routing tree: children are asked in order; the first that matches ends it unless it continues."""

    receivers: tuple[str, ...]
    matchers: tuple[Matcher, ...] = ()
    routes: tuple[Route, ...] = ()
    escalation: str | None = None
    continues: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether every matcher holds; a missing label is empty."""
        return all(matcher.test(labels.get(matcher.label, "")) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class Routed:
    """Where the tree leads: receivers without repetition, the escalation, and the matchers on the path."""

    receivers: tuple[str, ...] = ()
    escalation: str | None = None
    path: tuple[str, ...] = field(default=())


def labels(incident: Incident, kind: str, owner: str) -> dict[str, str]:
    """Return the labels that matchers see."""
    evidence = incident.evidence
    return {
        "brand": incident.brand,
        "family": incident.family,
        "kind": kind,
        "severity": incident.severity.name.lower(),
        "incident_type": evidence.incident_type if evidence else "unclear",
        "owner": owner,
        "rule": incident.rule or "",
    }


def route(tree: Route, labels: Mapping[str, str]) -> Routed:
    """Return the receivers of the deepest nodes that match; a node without matching children speaks for itself."""
    found = Routed()
    for child in tree.routes:
        if not child.matches(labels):
            continue
        below = route(child, labels)
        below = Routed(below.receivers or tree.receivers, below.escalation or tree.escalation, below.path)
        found = Routed(
            tuple(dict.fromkeys(found.receivers + below.receivers)),
            found.escalation or below.escalation,
            (*found.path, *(matcher.text for matcher in child.matchers), *below.path),
        )
        if not child.continues:
            break
    return found if found.receivers else Routed(tree.receivers, tree.escalation)


def plan_notifications(
    transition: Transition, receivers: Sequence[str], edits: frozenset[str], now: datetime
) -> tuple[Incident, tuple[Notification, ...]]:
    """Return the incident with whom it told, and the notifications owed for this transition.

    Who was told "opened" is told "closed", wherever the routes lead by then. A watch tells nobody.
    """
    incident = transition.incident
    planned: list[Notification] = []
    told = dict(incident.told)
    for receiver, kind in _owed(transition, receivers, edits):
        told[receiver] = told.get(receiver, 0) + 1
        planned.append(
            Notification(
                incident.id, receiver, kind, told[receiver], incident.severity, now, now + _worth(incident, kind)
            )
        )
    return _after_telling(incident, transition.change, told, planned), tuple(planned)


def _after_telling(
    incident: Incident, change: Change, told: dict[str, int], planned: Sequence[Notification]
) -> Incident:
    """Return the incident with whom it told, and with what they believe now."""
    kinds = {notification.kind for notification in planned}
    is_announced = incident.announced
    if change is Change.CLOSED:
        is_announced = False
    elif kinds & _BEGINNINGS:
        is_announced = True
    if is_announced is incident.announced and not planned:
        return incident
    return replace(incident, told=told, announced=is_announced)


def _owed(
    transition: Transition, receivers: Sequence[str], edits: frozenset[str]
) -> list[tuple[str, NotificationKind]]:
    incident, change = transition.incident, transition.change
    if change is Change.CLOSED:
        return [(receiver, NotificationKind.CLOSED) for receiver in incident.told] if incident.announced else []
    if _is_beginning(incident, change):
        again = NotificationKind.RAISED if incident.announced else NotificationKind.REOPENED
        everybody = dict.fromkeys((*receivers, *incident.told))
        return [(name, again if name in incident.told else NotificationKind.OPENED) for name in everybody]
    if change is Change.NONE:
        return []
    return [(receiver, NotificationKind.UPDATED) for receiver in incident.told if receiver in edits]


def _is_beginning(incident: Incident, change: Change) -> bool:
    """Tell whether people must hear of it now; what flaps comes back quietly, unless it became critical."""
    if incident.severity < Severity.WARNING:
        return False
    if change in (Change.OPENED, Change.RAISED):
        return True
    if change is Change.REOPENED:
        return not comes_back_quietly(incident)
    return change is Change.STEADIED and incident.is_open and not incident.announced


def comes_back_quietly(incident: Incident) -> bool:
    """Tell whether an incident that opens again flaps, so that its card alone says so."""
    return incident.flapping_since is not None and incident.severity is not Severity.CRITICAL


def _worth(incident: Incident, kind: NotificationKind) -> timedelta:
    if kind is NotificationKind.CLOSED:
        return timedelta(hours=24)
    return DEADLINES.get(incident.severity, timedelta(hours=1))
