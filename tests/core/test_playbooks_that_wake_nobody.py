"""`pages: false`: a warning is told once and not asked about again; a critical is, whatever its playbook says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crisiswatch.core.deciding import Policy, decide
from crisiswatch.core.incidents import Change, Incident, Response
from crisiswatch.core.models import Severity
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.routing import Route
from tests.builders import NOON, after, assessment, evidence, incident

ACME = ("Acme", "crisis")


def playbook(name: str, **changes: Any) -> Playbook:
    return replace(Playbook(name, {}, "Marketing", (name,), "", {}, timedelta(days=1)), **changes)


POLICY = Policy(
    "Acme", "brand", Route(("team",)), playbooks=(playbook("positive_viral", pages=False), playbook("outage"))
)


def told(current: Incident, type_: str, hours: int = 30) -> list[tuple[int, str]]:
    """Return what is told about an incident of that type that nobody answers, by the hour."""
    found: list[tuple[int, str]] = []
    for minute in range(5, hours * 60, 5):
        seen = evidence(incident_type=type_, at=after(minutes=minute))
        decision = decide(current, ACME, assessment(current.severity), seen, POLICY, after(minutes=minute))
        if decision is not None:
            current = decision.incident
            found += [(minute // 60, notification.kind.value) for notification in decision.notifications]
    return found


def opened(**changes: Any) -> Incident:
    """Return a warning that was told, of which a reminder is planned."""
    return incident(**{"told": {"team": 1}, "next_step_at": after(hours=4), **changes})


@pytest.mark.parametrize(
    ("type_", "reminded"), [("positive_viral", []), ("outage", [(4, "repeated"), (8, "repeated")])]
)
def test_a_warning_is_repeated_unless_its_playbook_wakes_nobody(type_: str, reminded: list[tuple[int, str]]) -> None:
    assert told(opened(), type_, hours=9) == reminded


def test_a_critical_is_repeated_whatever_its_playbook_says() -> None:
    critical = opened(severity=Severity.CRITICAL, next_step_at=after(minutes=30))

    assert (0, "repeated") in told(critical, "positive_viral", hours=1)


@pytest.mark.parametrize(("type_", "kinds"), [("positive_viral", set()), ("outage", {"ack_ending", "repeated"})])
def test_nobody_is_asked_whether_they_are_still_on_it(type_: str, kinds: set[str]) -> None:
    taken = opened(response=Response.ACKED, acked_by="maria", acked_at=NOON, ack_expires_at=after(hours=2))

    assert {kind for _, kind in told(taken, type_, hours=3)} == kinds


def test_what_turns_sour_is_reminded_of_as_if_it_had_been_so_from_the_start() -> None:
    early, late = opened(pages=False), opened(pages=False, next_step_at=after(hours=-1))

    assert told(early, "outage", hours=5) == [(4, "repeated")]
    assert told(late, "outage", hours=3) == [(0, "repeated")]


def test_that_it_is_told_at_all_does_not_depend_on_it() -> None:
    rising = incident(severity=Severity.WATCH, above=1, pending_severity=Severity.WARNING)
    seen = evidence(incident_type="positive_viral")

    decision = decide(rising, ACME, assessment(), seen, POLICY, after(minutes=1))

    assert decision is not None
    assert [event.change for event in decision.events] == [Change.RAISED]
    assert [one.kind.value for one in decision.notifications] == ["opened"]
