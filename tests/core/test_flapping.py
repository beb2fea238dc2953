"""Flapping incidents ping less, and the auditor finds escalations that stand still."""

from __future__ import annotations

from datetime import datetime, timedelta

from builders import NOON, after, incident

from crisiswatch.core.auditing import violations
from crisiswatch.core.deciding import Policy, tell
from crisiswatch.core.escalation import Escalation, plan_escalation
from crisiswatch.core.flapping import overlay
from crisiswatch.core.incidents import Change, Condition, Incident, Response
from crisiswatch.core.lifecycle import Transition
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.routing import Route

POLICY = Policy("Acme", "brand", Route(("team",)))
CRITICAL = {"severity": Severity.CRITICAL, "peak_severity": Severity.CRITICAL, "told": {"team": 1}}


def turned(incident: Incident, change: Change, now: datetime) -> Incident:
    return overlay(Transition(incident, change), now).incident


def flapping() -> Incident:
    found = incident(told={"team": 2}, announced=False)
    for hour, change in enumerate((Change.EASED, Change.RESUMED) * 3):
        found = turned(found, change, after(minutes=30 * hour))
    return found


def test_six_turns_in_six_hours_are_flapping_and_five_are_not() -> None:
    found = incident()
    for number in range(5):
        found = turned(found, Change.EASED, after(minutes=60 * number))
    assert found.flapping_since is None

    assert turned(found, Change.RESUMED, after(hours=5)).flapping_since == after(hours=5)
    assert turned(found, Change.RESUMED, after(hours=6, minutes=1)).flapping_since is None


def test_what_flaps_comes_back_quietly_and_is_told_once_it_is_steady() -> None:
    found = flapping()
    quiet = tell(found, overlay(Transition(found, Change.REOPENED), after(hours=3)), POLICY, after(hours=3))
    assert quiet is not None
    assert quiet.notifications == ()

    later = after(hours=4, minutes=1)
    steady = tell(quiet.incident, overlay(Transition(quiet.incident, Change.NONE), later), POLICY, later)

    assert steady is not None
    assert [owed.kind for owed in steady.notifications] == [NotificationKind.REOPENED]
    assert steady.incident.flapping_since is None


def test_what_flaps_up_to_critical_is_told_at_once() -> None:
    found = flapping()
    raised = Transition(incident(**{**CRITICAL, "turns": found.turns, "flapping_since": found.flapping_since,
                                    "announced": False}), Change.REOPENED)  # fmt: skip

    decision = tell(found, raised, POLICY, after(hours=3))

    assert decision is not None
    assert NotificationKind.REOPENED in [owed.kind for owed in decision.notifications]


def test_the_auditor_finds_a_critical_without_a_next_step_or_with_an_old_one() -> None:
    stuck = incident(**CRITICAL, next_step_at=NOON)
    forgotten = incident(**CRITICAL)

    assert violations([stuck, forgotten], after(minutes=5)) == []
    assert violations([stuck, forgotten], after(minutes=6)) == [stuck, forgotten]


def test_the_auditor_leaves_the_acknowledged_the_closed_and_the_untold_alone() -> None:
    fine = [
        incident(**CRITICAL, next_step_at=NOON, response=Response.ACKED),
        incident(**CRITICAL, next_step_at=NOON, condition=Condition.CLOSED),
        incident(**{**CRITICAL, "told": {}}, next_step_at=NOON),
        incident(told={"team": 1}, next_step_at=NOON),
    ]

    assert violations(fine, after(hours=1)) == []


def test_an_acknowledgement_that_ends_reminds_everybody_and_begins_the_ladder_anew() -> None:
    found = incident(**{**CRITICAL, "told": {"team": 3, "boss": 1}}, step=4)

    decision = tell(found, Transition(found, Change.ACK_EXPIRED), POLICY, after(hours=4))

    assert decision is not None
    assert {(owed.receiver, owed.kind) for owed in decision.notifications} == {
        ("team", NotificationKind.REPEATED), ("boss", NotificationKind.REPEATED)
    }  # fmt: skip
    assert (decision.incident.step, decision.incident.next_step_at) == (0, after(hours=4, minutes=30))


def test_a_warning_that_nobody_answers_is_repeated_after_four_hours_and_never_escalated() -> None:
    waiting, _, _ = plan_escalation(incident(told={"team": 1}), Escalation("x"), NOON)
    assert waiting.next_step_at == after(hours=4)

    moved, messages, _ = plan_escalation(waiting, Escalation("x"), after(hours=4))

    assert [owed.kind for owed in messages] == [NotificationKind.REPEATED]
    assert moved.next_step_at == after(hours=8)
    assert timedelta(hours=4) == Escalation("x").warnings
