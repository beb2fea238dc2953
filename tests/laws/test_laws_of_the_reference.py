"""The engine against paper and pencil: any order of trouble, calm, blindness and people, compared after every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import NOON, assessment, evidence
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_incident import Paper, Times
from script_sizes import SCRIPTS, STEPS

from crisiswatch.core.answering import CLOSED_HOLDS, Answer, Deed, answer
from crisiswatch.core.deciding import Policy, decide, tell
from crisiswatch.core.escalation import Escalation, Step
from crisiswatch.core.incidents import Condition, Incident, Response, Verdict
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.routing import Route
from crisiswatch.core.transactions import Decision

pytestmark = pytest.mark.timeout(6 * 3600)  # of a soak

MINUTE = timedelta(minutes=1)
TIMERS = Timers(
    ease_after=MINUTE / 2, close_after=MINUTE * 3 / 2, close_at_most=6 * MINUTE, final_after=8 * MINUTE,
    ack_holds_critical=20 * MINUTE, ack_holds_warning=60 * MINUTE,
)  # fmt: skip
LADDER = Escalation("ladder", (Step(3 * MINUTE, ("deputy",)),), repeat=5 * MINUTE, warnings=10 * MINUTE)
POLICY = Policy(
    "Acme", "brand", Route(("team", "mail"), escalation="ladder"), escalations={"ladder": LADDER},
    edits=frozenset({"team"}), timers=TIMERS,
)  # fmt: skip
TIMES = Times(
    *(
        span.total_seconds()
        for span in (
            TIMERS.ease_after, TIMERS.close_after, TIMERS.close_at_most, TIMERS.final_after,
            TIMERS.ack_holds_critical, TIMERS.ack_holds_warning, CLOSED_HOLDS,
        )
    )
)  # fmt: skip
NAGS = frozenset({NotificationKind.REPEATED, NotificationKind.ESCALATED})

steps = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.sampled_from(Severity)),
        st.tuples(st.just("tick"), st.sampled_from((Severity.CALM, Severity.CRITICAL))),
        st.tuples(st.just("ticks"), st.sampled_from(Severity)),
        st.tuples(st.just("blind"), st.just("")),
        st.tuples(st.just("ack"), st.sampled_from(("maria", "jo"))),
        st.tuples(st.just("judge"), st.sampled_from(("maria", "jo"))),
        st.tuples(st.sampled_from(("close", "wait")), st.sampled_from((1, 1, 4, 11, 31))),
        st.tuples(st.just("ticks"), st.sampled_from((Severity.CALM, Severity.WARNING))),
    ),
    min_size=STEPS // 2,
    max_size=STEPS,
)


class Both:
    """The engine and the paper, through the same life. `decided` is what the engine wrote, with what was before."""

    def __init__(self) -> None:
        self.now = NOON
        self.paper = Paper(TIMES)
        self.incident: Incident | None = None
        self.ids: list[str] = []
        self.decided: list[tuple[Incident | None, Decision]] = []

    @property
    def seconds(self) -> float:
        return (self.now - NOON).total_seconds()

    def take(self, what: str, how: object) -> None:
        """Do one step on both."""
        if what == "wait":
            self.now += int(str(how)) * MINUTE
        elif what == "ticks":
            for _ in range(4):
                self._tick(Severity(how))  # type: ignore[call-overload]
        elif what in ("tick", "blind"):
            self._tick(Severity(how) if what == "tick" else None)  # type: ignore[call-overload]
        else:
            self._answer(what, str(how))

    def _tick(self, severity: Severity | None) -> None:
        self.now += timedelta(seconds=15)
        seen = evidence(at=self.now) if severity else None
        judged = assessment(severity or Severity.CALM, is_blind=severity is None)
        self._write(decide(self.incident, ("Acme", "crisis"), judged, seen, POLICY, self.now))
        if severity is None:
            self.paper.blind(self.seconds)
        else:
            self.paper.tick(int(severity), self.seconds)

    def _answer(self, what: str, by: str) -> None:
        by = "maria" if what == "close" else by
        given = {"ack": Answer(Deed.ACKNOWLEDGE, by), "close": Answer(Deed.CLOSE, by)}.get(
            what, Answer(Deed.VERDICT, by, Verdict.FALSE)
        )
        if self.incident is not None:
            moved = answer(self.incident, given, TIMERS, self.now)
            self._write(tell(self.incident, moved, POLICY, self.now))
        act: Callable[[], None] = {
            "ack": lambda: self.paper.ack(by, self.seconds),
            "judge": lambda: self.paper.judge_away(by, self.seconds),
            "close": lambda: self.paper.end(self.seconds),
        }[what]
        act()

    def _write(self, decision: Decision | None) -> None:
        if decision is None:
            return
        self.decided.append((self.incident, decision))
        after = decision.incident
        if after.id not in self.ids:
            self.ids.append(after.id)
        self.incident = None if after.condition is Condition.FINAL else after

    def state(self) -> tuple[object, ...]:
        """Return the state of the engine in the words of the paper."""
        one = self.incident
        if one is None:
            return (len(self.ids), "nothing")
        acked_by = one.acked_by or "" if one.response is Response.ACKED else ""
        return (len(self.ids), one.condition.value, int(one.severity), int(one.peak_severity), acked_by, one.reopened)


@given(steps)
@settings(max_examples=SCRIPTS)
def test_the_engine_and_the_paper_agree_after_every_step(script: list[tuple[str, object]]) -> None:
    both = Both()
    for number, (what, how) in enumerate(script):
        both.take(what, how)
        assert both.state() == both.paper.state(), (number, what, how)


@given(steps)
def test_nobody_is_reminded_of_what_somebody_is_on_or_what_is_over(script: list[tuple[str, object]]) -> None:
    both = Both()
    for what, how in script:
        both.take(what, how)

    for before, decision in both.decided:
        after = decision.incident
        nags = [owed for owed in decision.notifications if owed.kind in NAGS]
        ended = before is not None and before.response is Response.ACKED and after.response is Response.UNACKED
        assert not nags or (after.is_open and after.response is Response.UNACKED), "I7"
        assert ended or len({owed.receiver for owed in nags}) == len(nags), "nobody twice at once"


@given(steps)
def test_every_change_of_state_has_a_row_and_at_most_one_incident_is_alive(script: list[tuple[str, object]]) -> None:
    both = Both()
    for what, how in script:
        both.take(what, how)

    for before, decision in both.decided:
        after = decision.incident
        if before is not None and before.id == after.id:
            was = (before.condition, before.severity, before.response, before.verdict, before.stale_since is None)
            now = (after.condition, after.severity, after.response, after.verdict, after.stale_since is None)
            assert was == now or decision.events, "I10"
        else:
            assert before is None, "I6: a second one while the first is alive"
