"""An acknowledgement does not end in silence: a reminder before, and somebody can renew it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import NOON, after, assessment, incident

from crisiswatch.core.acknowledging import REMINDED_BEFORE
from crisiswatch.core.answering import Answer, Deed, answer
from crisiswatch.core.deciding import Policy, decide
from crisiswatch.core.incidents import Change, Condition, Incident, Response
from crisiswatch.core.lifecycle import Timers, acknowledge
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.routing import Route
from crisiswatch.core.transactions import Decision

ACME = ("Acme", "crisis")
POLICY = Policy(brand="Acme", kind="brand", routes=Route(("team",)), edits=frozenset({"team"}))


def taken(severity: Severity = Severity.CRITICAL) -> Incident:
    found = incident(severity=severity, told={"team": 2, "boss": 1})
    return acknowledge(found, "maria", Timers(), NOON).incident


def watched(current: Incident, until: timedelta, severity: Severity) -> list[tuple[datetime, Decision]]:
    """Return what was decided in ticks of a minute up to `until`."""
    found, now = [], NOON
    while now <= NOON + until:
        decision = decide(current, ACME, assessment(severity), None, POLICY, now)
        if decision is not None:
            current = decision.incident
            found.append((now, decision))
        now += timedelta(minutes=1)
    return found


@pytest.mark.parametrize(("severity", "holds"), [(Severity.CRITICAL, 4), (Severity.WARNING, 24)])
def test_everybody_who_was_told_is_reminded_once_before_the_end(severity: Severity, holds: int) -> None:
    decisions = watched(taken(severity), timedelta(hours=holds), severity)

    told = [(now, n.kind, n.receiver) for now, decision in decisions for n in decision.notifications]
    reminded = after(hours=holds) - REMINDED_BEFORE
    assert [one for one in told if one[0] < after(hours=holds)] == [
        (reminded, NotificationKind.ACK_ENDING, "team"),
        (reminded, NotificationKind.ACK_ENDING, "boss"),
    ]
    changes = [event.change for _, decision in decisions for event in decision.events]
    assert [c for c in changes if c in (Change.ACK_ENDING, Change.ACK_EXPIRED)] == [
        Change.ACK_ENDING, Change.ACK_EXPIRED,
    ]  # fmt: skip


def test_whoever_is_on_it_renews_it_and_is_reminded_again_at_the_new_end() -> None:
    late = after(hours=4) - timedelta(minutes=10)
    reminded = watched(taken(), timedelta(hours=4) - REMINDED_BEFORE, Severity.CRITICAL)[-1][1].incident

    renewed = answer(reminded, Answer(Deed.ACKNOWLEDGE, "maria"), Timers(), late)

    assert renewed.change is Change.ACKED
    assert renewed.incident.ack_expires_at == late + timedelta(hours=4)
    assert not renewed.incident.ack_ending


def test_before_the_reminder_the_same_answer_changes_nothing() -> None:
    again = answer(taken(), Answer(Deed.ACKNOWLEDGE, "maria"), Timers(), after(hours=1))

    assert again.change is Change.NONE


def test_after_a_long_sleep_it_has_run_out_and_nobody_is_reminded_of_what_is_past() -> None:
    decision = decide(taken(), ACME, assessment(Severity.CRITICAL), None, POLICY, after(hours=5))

    assert decision is not None
    assert [event.change for event in decision.events] == [Change.ACK_EXPIRED]
    assert decision.incident.response is Response.UNACKED
    assert NotificationKind.ACK_ENDING not in {n.kind for n in decision.notifications}


def test_what_is_over_reminds_nobody() -> None:
    closed = answer(taken(), Answer(Deed.CLOSE, "maria"), Timers(), after(hours=1)).incident

    decision = decide(closed, ACME, assessment(Severity.CALM), None, POLICY, after(hours=4) - REMINDED_BEFORE)

    assert decision is None or decision.notifications == ()


def test_an_acknowledgement_that_is_over_is_taken_back_with_a_reminder_whatever_else_happens_then() -> None:
    current = replace(taken(), condition=Condition.EASING, eased_at=NOON, quiet_since=NOON)

    resumed = decide(current, ACME, assessment(Severity.CRITICAL), None, POLICY, after(hours=5))

    assert resumed is not None
    assert [event.change for event in resumed.events] == [Change.RESUMED, Change.ACK_EXPIRED]
    assert {(n.kind, n.receiver) for n in resumed.notifications} == {
        (NotificationKind.REPEATED, "team"), (NotificationKind.REPEATED, "boss"),
    }  # fmt: skip
    assert resumed.incident.response is Response.UNACKED


@pytest.mark.parametrize("minutes", [230, 250])
def test_while_it_eases_nobody_is_asked_to_renew_and_nothing_is_taken_back(minutes: int) -> None:
    now = after(minutes=minutes)
    current = replace(taken(), condition=Condition.EASING, eased_at=now, quiet_since=now)

    decision = decide(current, ACME, assessment(Severity.CALM), None, POLICY, now)

    assert decision is not None
    assert (decision.events, decision.notifications) == ((), ())
    assert decision.incident.response is Response.ACKED
