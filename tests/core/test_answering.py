"""What people answer: acknowledging, judging, closing; names stand with it, and twice is once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crisiswatch.core.answering import CLOSED_HOLDS, Answer, Deed, answer
from crisiswatch.core.incidents import Change, Condition, Incident, Response, Verdict
from crisiswatch.core.lifecycle import Timers, Transition, advance
from crisiswatch.core.models import Severity
from crisiswatch.core.precision import Precision, precision
from tests.builders import NOON, after, assessment, incident

TIMERS = Timers()


def give(about: Incident, deed: Deed, by: str = "maria", verdict: Verdict | None = None, note: str = "") -> Transition:
    return answer(about, Answer(deed, by, verdict, note), TIMERS, NOON)


def test_acknowledging_names_who_and_keeps_why() -> None:
    done = give(incident(), Deed.ACKNOWLEDGE, note="link to on-call")

    assert (done.incident.response, done.incident.acked_by, done.incident.acked_at) == (Response.ACKED, "maria", NOON)
    assert [(event.change, event.by, event.note) for event in done.events] == [
        (Change.ACKED, "maria", "link to on-call")
    ]


@pytest.mark.parametrize(
    ("deed", "verdict"), [(Deed.ACKNOWLEDGE, None), (Deed.VERDICT, Verdict.REAL), (Deed.CLOSE, None)]
)
def test_the_same_answer_again_changes_nothing(deed: Deed, verdict: Verdict | None) -> None:
    once = give(incident(), deed, verdict=verdict)

    again = give(once.incident, deed, verdict=verdict)

    assert (again.incident, again.change, again.events) == (once.incident, Change.NONE, ())


def test_somebody_else_may_take_over() -> None:
    taken = give(give(incident(), Deed.ACKNOWLEDGE).incident, Deed.ACKNOWLEDGE, by="ana")

    assert taken.incident.acked_by == "ana"


@pytest.mark.parametrize(
    ("verdict", "response"),
    [
        (Verdict.REAL, Response.UNACKED),
        (Verdict.UNSURE, Response.UNACKED),
        (Verdict.FALSE, Response.ACKED),
        (Verdict.CAMPAIGN, Response.ACKED),
    ],
)
def test_a_verdict_that_there_is_no_crisis_also_ends_the_reminders(verdict: Verdict, response: Response) -> None:
    judged = give(incident(), Deed.VERDICT, verdict=verdict, note="seen it")

    assert (judged.incident.verdict, judged.incident.verdict_by, judged.incident.verdict_at) == (verdict, "maria", NOON)
    assert judged.incident.response is response
    assert judged.events[0].note == f"{verdict.value}: seen it"


def test_a_verdict_can_be_changed_and_given_after_the_end() -> None:
    over = incident(condition=Condition.CLOSED, closed_at=NOON)

    first = give(over, Deed.VERDICT, verdict=Verdict.UNSURE).incident
    second = give(first, Deed.VERDICT, verdict=Verdict.FALSE).incident

    assert (second.verdict, second.condition, second.response) == (Verdict.FALSE, Condition.CLOSED, Response.UNACKED)


def test_closing_names_who_and_what_is_over_is_not_closed_again() -> None:
    closed = give(incident(), Deed.CLOSE, note="answered")
    over = incident(condition=Condition.CLOSED, closed_at=after(hours=-1))

    assert (closed.change, closed.incident.closed_by, closed.incident.condition) == (
        Change.CLOSED, "maria", Condition.CLOSED,
    )  # fmt: skip
    assert (closed.events[0].by, closed.events[0].note) == ("maria", "answered")
    assert give(over, Deed.CLOSE).incident is over


def ticks(closed: Incident, severity: Severity, start: timedelta) -> Incident:
    for count in range(2):
        now = NOON + start + timedelta(seconds=15 * count)
        moved = advance(closed, ("Acme", "crisis"), assessment(severity), TIMERS, now)
        assert moved is not None
        closed = moved.incident
    return closed


def test_what_a_person_closed_stays_closed_for_half_an_hour_unless_it_gets_worse() -> None:
    closed = give(incident(), Deed.CLOSE).incident

    assert ticks(closed, Severity.WARNING, CLOSED_HOLDS - timedelta(minutes=1)).condition is Condition.CLOSED
    assert ticks(closed, Severity.CRITICAL, timedelta(minutes=1)).condition is Condition.ACTIVE
    reopened = ticks(closed, Severity.WARNING, CLOSED_HOLDS)
    assert (reopened.condition, reopened.closed_by, reopened.held_until) == (Condition.ACTIVE, None, None)


def test_precision_stands_beside_what_it_was_counted_from() -> None:
    judged = [
        replace(incident(), verdict=verdict, rule=rule)
        for verdict, rule in (
            (Verdict.REAL, None), (Verdict.REAL, None), (Verdict.FALSE, None), (Verdict.UNSURE, None),
            (Verdict.CAMPAIGN, "vip"), (None, "vip"),
        )
    ]  # fmt: skip

    found = precision(judged)

    assert found == (Precision("Acme", "score", 2, 1, 0, 1), Precision("Acme", "vip", 0, 0, 1, 0))
    assert [(one.judged, one.share) for one in found] == [(3, pytest.approx(2 / 3)), (1, 0.0)]


def test_nothing_is_said_of_a_rule_of_which_nobody_was_sure() -> None:
    (found,) = precision([replace(incident(), verdict=Verdict.UNSURE)])

    assert (found.judged, found.share) == (0, None)
