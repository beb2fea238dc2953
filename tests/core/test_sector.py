"""Sector events: which incidents are one, which is its root, and whose alarms follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import NOON, after, incident

from crisiswatch.core.incidents import Change, Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.overlays import SectorEvent
from crisiswatch.core.sector import caught_up, follows, joined
from crisiswatch.core.transactions import Decision


def trouble(brand: str, number: int, minutes: float = 0, **changes: Any) -> Incident:
    at = after(minutes=minutes)
    fields: dict[str, Any] = {"brand": brand, "number": number, "opened_at": at, "detected_at": at}
    return incident(id=f"01{brand}", **{**fields, **changes})


def opening(brand: str, minutes: float, **changes: Any) -> Decision:
    at = after(minutes=minutes)
    fields: dict[str, Any] = {"brand": brand, "number": None, "opened_at": at, "detected_at": at}
    return Decision(incident(id=f"01{brand}", **{**fields, **changes}), 0, (), ())


def join(decision: Decision, *known: Incident) -> SectorEvent | None:
    at = decision.incident.opened_at
    return joined(decision, known, at).incident.sector


ACME, GLOBEX = trouble("Acme", 7), trouble("Globex", 8, 20)


def test_the_third_brand_within_an_hour_follows_the_first() -> None:
    assert join(opening("Initech", 60), GLOBEX, ACME) == SectorEvent("01Acme", "INC-7", follows=True)


def test_two_brands_are_no_sector() -> None:
    assert join(opening("Globex", 20), ACME) is None


@pytest.mark.parametrize(
    "other",
    [
        trouble("Globex", 8, -1),
        trouble("Globex", 8, 20, condition=Condition.CLOSED),
        trouble("Globex", 8, 20, severity=Severity.WATCH),
        trouble("Globex", 8, 20, family="blind"),
        trouble("~heartbeat", 8, 20),
    ],
    ids=["too long ago", "over", "only watched", "blind", "made up"],
)
def test_what_is_no_open_trouble_of_that_hour_does_not_count(other: Incident) -> None:
    assert join(opening("Initech", 60), ACME, other) is None


def test_of_two_that_opened_in_one_tick_the_lower_number_is_the_root() -> None:
    found = join(opening("Initech", 5), trouble("Globex", 8), trouble("Acme", 9))

    assert found is not None
    assert found.name == "INC-8"


def test_a_watch_that_becomes_a_warning_joins_then() -> None:
    raised = Decision(trouble("Initech", 3, -90, detected_at=after(minutes=30)), 1, (), ())

    assert joined(raised, (ACME, GLOBEX), after(minutes=30)).incident.sector is not None
    assert joined(raised, (ACME, GLOBEX), after(minutes=31)) is raised


def test_a_later_brand_joins_the_running_event_for_an_hour_from_its_root() -> None:
    third = trouble("Initech", 9, 30, sector=SectorEvent("01Acme", "INC-7", follows=True))

    assert join(opening("Umbra", 60), ACME, GLOBEX, third) == SectorEvent("01Acme", "INC-7", follows=True)
    assert join(opening("Umbra", 61), ACME, GLOBEX, third) is None


def test_nobody_joins_an_event_whose_root_is_over() -> None:
    over = replace(ACME, condition=Condition.CLOSED)
    members = [
        trouble(brand, n, 10, sector=SectorEvent("01Acme", "INC-7")) for brand, n in (("Globex", 8), ("Umbra", 9))
    ]

    assert join(opening("Initech", 30), over, *members) is None


def test_who_joins_has_it_in_its_history() -> None:
    events = joined(opening("Initech", 30), (ACME, GLOBEX), after(minutes=30)).events

    assert [(event.change, event.note) for event in events] == [(Change.JOINED, "sector event, with INC-7")]


def known_event() -> list[Incident]:
    third = joined(opening("Initech", 30, number=9), (ACME, GLOBEX), after(minutes=30)).incident
    told = {"team": 1, "mail": 1}
    return [replace(one, told=told) for one in (third, GLOBEX, ACME)]


def test_the_first_two_learn_of_it_and_their_cards_are_edited() -> None:
    second, root = caught_up(known_event(), lambda brand: frozenset({"team"}), after(minutes=30))

    assert second.incident.sector == SectorEvent("01Acme", "INC-7")
    assert root.incident.sector == SectorEvent("01Acme", "INC-7", others=("Globex", "Initech"))
    for one in (second, root):
        assert [(owed.receiver, owed.kind) for owed in one.notifications] == [("team", NotificationKind.UPDATED)]
        assert [event.change for event in one.events] == [Change.JOINED]
    assert root.events[0].note == "sector event: Globex, Initech"


def test_it_is_written_once_and_again_when_somebody_joins() -> None:
    first, now = known_event(), after(minutes=40)
    written = {one.incident.id: one.incident for one in caught_up(first, lambda brand: frozenset(), now)}
    settled = [written.get(one.id, one) for one in first]

    assert list(caught_up(settled, lambda brand: frozenset(), now)) == []
    fourth = joined(opening("Umbra", 40, number=10), settled, now).incident
    (root,) = caught_up([*settled, fourth], lambda brand: frozenset(), now)
    assert root.incident.sector is not None
    assert root.incident.sector.others == ("Globex", "Initech", "Umbra")
    assert root.events[0].note == "sector event: Umbra"


MEMBER = trouble("Initech", 9, 30, sector=SectorEvent("01Acme", "INC-7", follows=True))


@pytest.mark.parametrize(
    ("member", "severity", "root", "expected"),
    [
        (MEMBER, Severity.WARNING, ACME, True),
        (MEMBER, Severity.CRITICAL, ACME, False),
        (replace(MEMBER, severity=Severity.CRITICAL), Severity.WARNING, ACME, False),
        (MEMBER, Severity.WARNING, replace(ACME, condition=Condition.EASING), True),
        (MEMBER, Severity.WARNING, replace(ACME, condition=Condition.CLOSED), False),
        (MEMBER, Severity.WARNING, None, False),
        (replace(MEMBER, sector=SectorEvent("01Acme", "INC-7")), Severity.WARNING, ACME, False),
        (replace(MEMBER, sector=None), Severity.WARNING, ACME, False),
    ],
    ids=["third", "critical", "critical by now", "root eases", "root is over", "root is gone", "second", "in none"],
)
def test_only_a_warning_of_the_third_or_later_follows_while_the_root_is_open(
    member: Incident, severity: Severity, root: Incident | None, expected: bool
) -> None:
    alarm = Notification(member.id, "team", NotificationKind.OPENED, 1, severity, NOON, after(hours=6))

    assert follows(alarm, member, root) is expected
