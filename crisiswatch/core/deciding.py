"""One tick's decision about one incident: assess, advance, tell, escalate, record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crisiswatch.core.acknowledging import remind_of_end, run_out
from crisiswatch.core.assessing import Assessment
from crisiswatch.core.escalation import DEFAULT, Escalation, keeps_asking, plan_escalation, remind
from crisiswatch.core.flapping import overlay
from crisiswatch.core.incidents import Change, Condition, Event, Evidence, Incident, Response
from crisiswatch.core.lifecycle import Timers, Transition, advance
from crisiswatch.core.models import Severity
from crisiswatch.core.oncall import Schedule, on_duty, with_people
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import Playbook, choose
from crisiswatch.core.routing import Route, Routed, labels, plan_notifications, route
from crisiswatch.core.transactions import Decision

UPDATE_EVERY = timedelta(minutes=1)
"""How often the evidence of an open incident is renewed, and its card edited, at most."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided for one brand. `edits` names the receivers whose channel can edit a message.

    `never` are receivers that cannot be told (they are what the incident is about); then `everybody` else is.
    """

    brand: str
    kind: str
    routes: Route
    playbooks: tuple[Playbook, ...] = ()
    escalations: Mapping[str, Escalation] | None = None
    edits: frozenset[str] = frozenset()
    timers: Timers = field(default_factory=Timers)
    most: Severity = Severity.CRITICAL
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    everybody: tuple[str, ...] = ()


def decide(
    incident: Incident | None,
    subject: tuple[str, str],
    assessment: Assessment,
    evidence: Evidence | None,
    policy: Policy,
    now: datetime,
) -> Decision | None:
    """Return what is to be written about the incident of `subject` now; None where nothing changed."""
    transition = advance(incident, subject, assessment, policy.timers, now)
    if transition is None:
        return None
    transition = overlay(with_evidence(run_out(transition, now), evidence, policy), now)
    return tell(incident, transition, policy, now)


def tell(before: Incident | None, transition: Transition, policy: Policy, now: datetime) -> Decision | None:
    """Return the decision that a transition comes to: who is told, and which step of the ladder is due."""
    told, notifications = plan_notifications(transition, _receivers(transition, policy, now), policy.edits, now)
    if transition.change in (Change.RAISED, Change.REOPENED):
        told = replace(told, next_step_at=None, step=0)  # the ladder of a warning is slower
    happened = {transition.change, *(event.change for event in transition.events)}
    if not keeps_asking(told):
        happened.clear()
    if Change.ACK_EXPIRED in happened:
        told, reminders = remind(told, now)
        notifications = (*_without_edits(notifications), *reminders)
    elif Change.ACK_ENDING in happened:
        told, reminders = remind_of_end(told, now)
        notifications = (*_without_edits(notifications), *reminders)
    if told.severity < Severity.CRITICAL and told.next_step_at is None and not transition.events:
        return record(before, told, (), notifications)  # a reminder of a warning is planned when something happens
    ladder = with_people(_escalation(transition, policy), policy.schedules, now)
    escalated, repeats, events = plan_escalation(told, ladder, now)
    return record(before, escalated, (*transition.events, *events), (*notifications, *repeats))


def also_told(incident: Incident, receiver: str, now: datetime) -> Decision:
    """Return the decision to tell one more receiver that an incident is open."""
    notification = Notification(
        incident.id, receiver, NotificationKind.OPENED, 1, incident.severity, now, now + timedelta(hours=24)
    )
    event = Event(now, Change.ESCALATED, incident.severity, note=f"{receiver} is told in the place of another")
    told = replace(incident, told={**incident.told, receiver: 1}, version=incident.version + 1)
    return Decision(told, incident.version, (event,), (notification,))


def record(
    before: Incident | None,
    after: Incident,
    events: Sequence[Event],
    notifications: Sequence[Notification],
) -> Decision | None:
    """Return the two as a decision; None if they differ in nothing worth writing."""
    if before is not None and not events and not notifications and _is_same(before, after):
        return None
    version = before.version if before is not None and before.id == after.id else 0
    is_answered = after.response is Response.ACKED or not after.is_open
    return Decision(replace(after, version=version + 1), version, tuple(events), tuple(notifications), is_answered)


def with_evidence(transition: Transition, evidence: Evidence | None, policy: Policy) -> Transition:
    """Attach evidence, and the playbook it calls for; a quiet renewal of an open incident becomes `UPDATED`."""
    if evidence is None:
        return transition
    incident = transition.incident
    playbook, reason = choose(policy.playbooks, evidence.incident_type, evidence.type_reason)
    incident = replace(
        incident,
        evidence=evidence,
        peak_ratio=max(incident.peak_ratio, evidence.ratio),
        playbook=playbook.name if playbook else "",
        playbook_reason=reason,
        pages=playbook is None or playbook.pages,
    )
    change = transition.change
    if change is Change.NONE and incident.is_open:
        change = Change.UPDATED
    return Transition(incident, change, transition.events)


def needs_evidence(incident: Incident | None, assessment: Assessment, now: datetime) -> bool:
    """Tell whether `decide` would use fresh evidence: about to open, or open and not renewed lately."""
    if assessment.is_blind:
        return False
    if incident is None or incident.condition in (Condition.FINAL, Condition.PENDING, Condition.CLOSED):
        is_waiting = incident is not None and incident.above > 0
        return assessment.is_urgent or (assessment.severity > Severity.CALM and is_waiting)
    is_raising = assessment.severity > incident.severity
    is_due = incident.evidence is None or now - incident.evidence.at >= UPDATE_EVERY
    return is_raising or (is_due and assessment.severity > Severity.CALM)


def _without_edits(notifications: Sequence[Notification]) -> Iterator[Notification]:
    """Yield what is no edit: a reminder edits the card itself."""
    return (owed for owed in notifications if owed.kind is not NotificationKind.UPDATED)


def _receivers(transition: Transition, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return who is told; never one of `never`, unless nobody else is there."""
    chosen = on_duty(_routed(transition, policy).receivers, policy.schedules, now)
    if not policy.never:
        return chosen
    others = tuple(name for name in chosen if name not in policy.never)
    return others or tuple(name for name in policy.everybody if name not in policy.never)


def _routed(transition: Transition, policy: Policy) -> Routed:
    incident = transition.incident
    owner = next((book.owner for book in policy.playbooks if book.name == incident.playbook), "")
    return route(policy.routes, labels(incident, policy.kind, owner))


def _escalation(transition: Transition, policy: Policy) -> Escalation:
    name = _routed(transition, policy).escalation or DEFAULT
    return (policy.escalations or {}).get(name, Escalation(DEFAULT))


def _is_same(before: Incident, after: Incident) -> bool:
    """Tell whether two states differ in nothing but the running score, which is not worth a write."""
    return before is after or before == replace(after, score=before.score)
