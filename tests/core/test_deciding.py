from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import NOON, after, assessment, evidence, incident

from crisiswatch.core.deciding import Policy, decide, needs_evidence
from crisiswatch.core.escalation import Escalation, Step
from crisiswatch.core.incidents import Change, Condition, Incident, Response
from crisiswatch.core.models import Severity
from crisiswatch.core.muting import Mute, muting
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.routing import Matcher, Route, route
from crisiswatch.core.transactions import Decision

ACME = ("Acme", "crisis")
CALM, WATCH, WARNING, CRITICAL = Severity


def is_(label: str, value: str) -> Matcher:
    return Matcher(label, lambda text: text == value, f'{label}="{value}"')


def playbook(name: str, *types: str) -> Playbook:
    return Playbook(name, {"en": name}, "Product", types, "", {"en": ("Look.",)}, timedelta(minutes=30))


def policy(**changes: object) -> Policy:
    fields = {"brand": "Acme", "kind": "brand", "routes": Route(("team",)), "edits": frozenset({"team"}), **changes}
    return Policy(**fields)  # type: ignore[arg-type]


def pending() -> Incident:
    return incident(
        condition=Condition.PENDING, severity=CALM, peak_severity=CALM, above=1, pending_severity=WARNING, number=None
    )


def sent(decision: Decision | None) -> list[tuple[str, str, int]]:
    assert decision is not None
    return [(n.receiver, n.kind.value, n.number) for n in decision.notifications]


def test_opening_tells_the_receivers_of_the_route() -> None:
    decision = decide(pending(), ACME, assessment(), evidence(), policy(), after(seconds=15))

    assert sent(decision) == [("team", "opened", 1)]
    assert decision is not None
    assert decision.incident.told == {"team": 1}
    assert decision.incident.version == decision.expected_version + 1


def test_a_watch_tells_nobody() -> None:
    quiet = replace(pending(), pending_severity=WATCH)

    assert sent(decide(quiet, ACME, assessment(WATCH), evidence(), policy(), after(seconds=15))) == []


def test_a_watch_that_becomes_a_warning_opens_for_who_was_not_told() -> None:
    watch = incident(severity=WATCH, above=1, pending_severity=WARNING)

    assert sent(decide(watch, ACME, assessment(), evidence(), policy(), after(minutes=1))) == [("team", "opened", 1)]


def test_who_was_told_opened_is_told_closed_wherever_routes_lead_now() -> None:
    easing = incident(condition=Condition.EASING, quiet_since=NOON, told={"former": 3})

    assert sent(decide(easing, ACME, assessment(CALM), None, policy(), after(hours=2))) == [("former", "closed", 4)]


def test_only_channels_that_edit_get_updates() -> None:
    running = incident(told={"team": 1, "mail": 1})

    assert sent(decide(running, ACME, assessment(), evidence(), policy(), after(minutes=1))) == [("team", "updated", 2)]


def test_a_tick_that_changes_nothing_is_not_written() -> None:
    running = incident(told={"team": 1}, score=1.2, peak_score=1.2)

    assert decide(running, ACME, assessment(), None, policy(), after(seconds=15)) is None


def test_the_type_chooses_the_playbook_and_says_why() -> None:
    books = (playbook("safety", "safety"), playbook("general"))
    seen = evidence(incident_type="safety", type_reason="“smoke”")

    decision = decide(pending(), ACME, assessment(), seen, policy(playbooks=books), after(seconds=15))

    assert decision is not None
    assert (decision.incident.playbook, decision.incident.playbook_reason) == ("safety", "“smoke”")


def test_without_a_type_the_general_playbook_applies() -> None:
    books = (playbook("safety", "safety"), playbook("general"))

    decision = decide(pending(), ACME, assessment(), evidence(), policy(playbooks=books), after(seconds=15))

    assert decision is not None
    assert decision.incident.playbook == "general"


def test_an_unanswered_critical_repeats_and_then_escalates() -> None:
    steps = Escalation("crisis-default", (Step(timedelta(minutes=30), ("boss",)),), timedelta(hours=1))
    rules = policy(escalations={"crisis-default": steps}, edits=frozenset())
    current = incident(severity=CRITICAL, told={"team": 1})
    told: list[tuple[int, str, str]] = []
    for minute in range(95):
        decision = decide(current, ACME, assessment(CRITICAL), None, rules, after(minutes=minute))
        if decision is not None:
            current = decision.incident
            told += [(minute, n.receiver, n.kind.value) for n in decision.notifications]

    assert told == [
        (30, "boss", "escalated"),
        (30, "team", "repeated"),
        (90, "boss", "escalated"),
        (90, "team", "repeated"),
    ]


def test_an_acknowledged_critical_is_not_repeated() -> None:
    acked = incident(severity=CRITICAL, told={"team": 1}, response=Response.ACKED, next_step_at=NOON)

    decision = decide(acked, ACME, assessment(CRITICAL), None, policy(edits=frozenset()), after(hours=1))

    assert decision is not None
    assert decision.notifications == ()
    assert decision.cancel_pending


def test_an_acknowledgement_expires() -> None:
    acked = incident(response=Response.ACKED, acked_by="maria", ack_expires_at=after(hours=4))

    decision = decide(acked, ACME, assessment(), None, policy(), after(hours=4))

    assert decision is not None
    assert decision.incident.response is Response.UNACKED
    assert [event.change for event in decision.events] == [Change.ACK_EXPIRED]


def test_evidence_is_renewed_once_a_minute_at_most() -> None:
    running = incident(evidence=evidence())

    assert not needs_evidence(running, assessment(), after(seconds=45))
    assert needs_evidence(running, assessment(), after(seconds=60))
    assert needs_evidence(pending(), assessment(), NOON)
    assert not needs_evidence(None, assessment(CALM), NOON)


def test_the_first_child_that_matches_decides_unless_it_continues() -> None:
    tree = Route(
        ("team",),
        routes=(
            Route(("legal",), (is_("incident_type", "legal"),), continues=True),
            Route(("on-call",), (is_("severity", "critical"),), escalation="ladder"),
            Route(("never",), (is_("severity", "critical"),)),
        ),
    )

    assert route(tree, {"severity": "warning"}).receivers == ("team",)
    assert route(tree, {"severity": "critical"}).receivers == ("on-call",)
    both = route(tree, {"severity": "critical", "incident_type": "legal"})
    assert (both.receivers, both.escalation) == (("legal", "on-call"), "ladder")


@pytest.mark.parametrize(
    ("kind", "severity", "hour", "expected"),
    [
        (NotificationKind.OPENED, WARNING, 23, after(hours=18)),
        (NotificationKind.OPENED, WARNING, 12, None),
        (NotificationKind.OPENED, CRITICAL, 23, None),
    ],
)
def test_a_mute_holds_warnings_back_at_night(
    kind: NotificationKind, severity: Severity, hour: int, expected: object
) -> None:
    night = Mute(
        "night", time(22), time(7), ZoneInfo("Europe/Madrid"), frozenset(range(7)), frozenset({WATCH, WARNING})
    )
    now = NOON.replace(hour=hour)
    owed = Notification("x", "team", kind, 1, severity, now, after(days=1))

    found = muting(owed, (night,), now)

    assert (found[1] if found else None) == expected
