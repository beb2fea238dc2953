"""Laws of the core, for any sequence of assessments, acknowledgements and blindness."""

from collections import Counter
from datetime import timedelta

from builders import NOON, assessment, evidence
from hypothesis import given, settings
from hypothesis import strategies as st

from crisiswatch.core.deciding import Policy, decide, record
from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.lifecycle import Timers, acknowledge
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.routing import Route
from crisiswatch.core.transactions import Decision

TIMERS = Timers(
    ease_after=timedelta(seconds=30),
    close_after=timedelta(seconds=60),
    close_at_most=timedelta(seconds=240),
    final_after=timedelta(seconds=120),
)
POLICY = Policy("Acme", "brand", Route(("team", "mail")), edits=frozenset({"team"}), timers=TIMERS)
BEGINNINGS = (NotificationKind.OPENED, NotificationKind.REOPENED)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("assess"), st.sampled_from(Severity), st.booleans()),
        st.tuples(st.just("ack"), st.just(Severity.CALM), st.just(False)),
    ),
    max_size=120,
)


def live(script: list[tuple[str, Severity, bool]]) -> list[tuple[Incident | None, Decision]]:
    """Run a script of ticks; return what was decided, with the incident before it."""
    current: Incident | None = None
    decided: list[tuple[Incident | None, Decision]] = []
    for tick, (what, severity, is_blind) in enumerate(script):
        now = NOON + tick * timedelta(seconds=15)
        if what == "ack" and current is not None:
            moved = acknowledge(current, "maria", TIMERS, now)
            decision = record(current, moved.incident, moved.events, ())
        else:
            seen = evidence(at=now) if severity > Severity.CALM else None
            decision = decide(current, ("Acme", "crisis"), assessment(severity, is_blind=is_blind), seen, POLICY, now)
        if decision is not None:
            decided.append((current, decision))
            current = decision.incident if decision.incident.condition is not Condition.FINAL else None
    return decided


def told(script: list[tuple[str, Severity, bool]]) -> list[Notification]:
    return [notification for _, decision in live(script) for notification in decision.notifications]


@given(steps)
@settings(max_examples=300, deadline=None)
def test_who_is_told_of_an_end_was_told_of_a_beginning_and_never_twice_in_a_row(
    script: list[tuple[str, Severity, bool]],
) -> None:
    is_open: dict[tuple[str, str], bool] = {}
    for message in told(script):
        key = (message.incident, message.receiver)
        if message.kind in BEGINNINGS:
            assert not is_open.get(key, False)
            is_open[key] = True
        elif message.kind is NotificationKind.CLOSED:
            assert is_open[key]
            is_open[key] = False
        elif message.kind is NotificationKind.RAISED:
            assert is_open[key]


@given(steps)
@settings(max_examples=200, deadline=None)
def test_whoever_was_told_opened_is_told_closed_once_calm_lasts(script: list[tuple[str, Severity, bool]]) -> None:
    calm = [("assess", Severity.CALM, False)] * 40
    balance: Counter[tuple[str, str]] = Counter()
    for message in told([*script, *calm]):
        key = (message.incident, message.receiver)
        balance[key] += (message.kind in BEGINNINGS) - (message.kind is NotificationKind.CLOSED)

    assert all(count == 0 for count in balance.values())


@given(steps)
@settings(max_examples=200, deadline=None)
def test_no_two_notifications_have_the_same_key(script: list[tuple[str, Severity, bool]]) -> None:
    keys = [message.key for message in told(script)]

    assert len(keys) == len(set(keys))


@given(steps)
@settings(max_examples=200, deadline=None)
def test_every_change_of_condition_has_an_event_and_versions_count_up(
    script: list[tuple[str, Severity, bool]],
) -> None:
    for before, decision in live(script):
        after = decision.incident
        same = before is not None and before.id == after.id
        assert after.version == decision.expected_version + 1
        assert decision.expected_version == (before.version if same and before is not None else 0)
        if before is None or before.condition is not after.condition:
            assert decision.events


@given(steps)
@settings(max_examples=200, deadline=None)
def test_blindness_never_changes_the_condition(script: list[tuple[str, Severity, bool]]) -> None:
    blind = [(what, severity, True) for what, severity, _ in script if what == "assess"]

    assert live(blind) == []


@given(steps)
@settings(max_examples=200, deadline=None)
def test_an_acknowledged_incident_is_not_repeated(script: list[tuple[str, Severity, bool]]) -> None:
    for before, decision in live(script):
        repeats = [n for n in decision.notifications if n.kind is NotificationKind.REPEATED]
        if repeats:
            assert before is not None
            assert before.acked_by is None
