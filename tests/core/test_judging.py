from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import NOON, after, observation

from crisiswatch.core.assessing import assess
from crisiswatch.core.counting import Counting, count
from crisiswatch.core.judging import (
    Judging,
    Limit,
    Measure,
    Rule,
    Thresholds,
    holding_rules,
    judge,
    limits_met,
    note_hits,
    to_judgement,
)
from crisiswatch.core.models import Count, Coverage, Expectation, Judgement, PlannedEvent, Reading, Severity

BARS = {0.5: 4.5, 0.1: 6.0, 0.02: 8.0}


class Fixed:
    """A detector that learns nothing and always says the same."""

    def __init__(self, raw: float = 6.0) -> None:
        self.raw = raw
        self.learnt: list[Count] = []

    def predict_one(self, start: datetime) -> Expectation:
        return Expectation(4.0, 0.2, 0.15)

    def learn_one(self, bucket: Count) -> None:
        self.learnt.append(bucket)

    def score_open(self, counts: object) -> Reading:
        return Reading(self.raw, NOON, Expectation(4.0, 0.2, 0.15), timedelta(days=100))

    def to_bytes(self) -> bytes:
        return b""


def reading(raw: float = 6.0, learnt: timedelta = timedelta(days=100)) -> Reading:
    return Reading(raw, NOON, Expectation(4.0, 0.2, 0.15), learnt)


def counting() -> Counting:
    weights = tuple(float(i >= 8) for i in range(16))
    return Counting("Acme", timedelta(minutes=5), timedelta(minutes=10), ("press",), weights, closed_until=NOON)


def judgement(score: float, calibrated: bool = True) -> Judgement:
    return Judgement("crisis_lr", "all sources", score, 1.3, reading(), calibrated)


def test_a_score_of_one_is_the_threshold_of_the_budget() -> None:
    thresholds = Thresholds.for_budget(BARS, 0.1, 0.02)

    found = to_judgement(reading(6.0), thresholds, None)

    assert found.score == pytest.approx(1.0, abs=1e-6)
    assert found.critical_at == pytest.approx(8 / 6)


def test_a_smaller_budget_asks_for_more_evidence() -> None:
    bars = [Thresholds.for_budget(BARS, budget, budget).warning for budget in (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.005)]

    assert bars == sorted(bars)
    assert bars[3] == pytest.approx(6.0)


def test_a_young_baseline_asks_for_more_evidence() -> None:
    thresholds = Thresholds(6.0, 8.0)

    young = to_judgement(reading(learnt=timedelta(days=1)), thresholds, None)
    old = to_judgement(reading(learnt=timedelta(days=60)), thresholds, None)

    assert young.score < old.score


def test_a_planned_event_raises_the_bar() -> None:
    event = PlannedEvent(brand="Acme", name="launch", start=NOON, end=after(hours=1))

    assert to_judgement(reading(9.0), Thresholds(6.0, 8.0), event).score == pytest.approx(1.0)


def test_closed_buckets_are_learnt_once_and_in_order() -> None:
    state, judging, detector = counting(), None, Fixed()
    judging = Judging(detector)
    state.covered.add([Coverage("press", NOON, after(hours=2))])
    for minute in (1, 16, 16.25, 40):
        buckets = count(state, [observation(observed_at=after(minutes=minute - 0.5))], after(minutes=minute))
        judge(judging, state, buckets, Thresholds(6, 8), (), after(minutes=minute))

    starts = [bucket.start for bucket in detector.learnt]
    assert starts == [after(minutes=5 * i) for i in range(len(starts))]
    assert len(starts) == len(judging.points) == 6


def test_a_brand_is_blind_when_less_than_half_of_a_closed_bucket_was_seen() -> None:
    state, judging = counting(), Judging(Fixed())
    state.covered.add([Coverage("press", NOON, after(minutes=7))])

    for minute in (15, 20):
        judge(judging, state, count(state, [], after(minutes=minute)), Thresholds(6, 8), (), after(minutes=minute))

    assert judging.blind_since == after(minutes=20)
    assert judging.covered == pytest.approx(0.4)


def test_a_rule_holds_for_half_an_hour_after_its_last_hit() -> None:
    judging, rule = Judging(Fixed()), Rule("injury", Severity.CRITICAL)
    note_hits(judging, ["injury"], NOON)

    assert holding_rules(judging, [rule], after(minutes=29)) == (rule,)
    assert holding_rules(judging, [rule], after(minutes=30)) == ()


@pytest.mark.parametrize(
    ("score", "severity"),
    [(0.59, Severity.CALM), (0.6, Severity.WATCH), (1.0, Severity.WARNING), (1.3, Severity.CRITICAL)],
)
def test_the_score_decides_the_severity(score: float, severity: Severity) -> None:
    assert assess([judgement(score)], []).severity is severity


def test_an_uncalibrated_detector_reaches_watch_at_most() -> None:
    assert assess([judgement(9.0, calibrated=False)], []).severity is Severity.WATCH


def test_a_brand_that_is_only_compared_with_reaches_watch_at_most() -> None:
    assert assess([judgement(9.0)], [], most=Severity.WATCH).severity is Severity.WATCH


def test_a_rule_acts_as_it_declares_and_is_named() -> None:
    found = assess([judgement(0.2)], [Rule("injury", Severity.CRITICAL)])

    assert (found.severity, found.rule, found.is_urgent) == (Severity.CRITICAL, "injury", True)


def test_a_rule_is_not_named_where_the_score_decides() -> None:
    found = assess([judgement(1.1)], [Rule("vip", Severity.WARNING)])

    assert replace(found, reasons=()).rule is None


def test_every_gate_is_given_with_value_and_limit() -> None:
    gates = {
        reason.code: (reason.value, reason.limit, reason.is_met) for reason in assess([judgement(1.1)], []).reasons
    }

    assert gates == {"watch": (1.1, 0.6, True), "warning": (1.1, 1.0, True), "critical": (1.1, 1.3, False)}


@pytest.mark.parametrize(
    ("measure", "value", "minutes", "is_met"),
    [
        (Measure.STORIES, 7, 60, True),
        (Measure.STORIES, 8, 60, False),
        (Measure.STORIES, 4, 10, False),
        (Measure.NEGATIVE, 5, 60, True),
        (Measure.NEGATIVE, 6, 60, False),
        (Measure.NEGATIVE_SHARE, 0.7, 60, True),
        (Measure.NEGATIVE_SHARE, 0.8, 60, False),
        (Measure.NEGATIVE_SHARE, 0.1, 10, False),
    ],
)
def test_a_fixed_limit_is_met_when_it_is_exceeded(measure: Measure, value: float, minutes: int, is_met: bool) -> None:
    state = counting()
    seen = [observation(observed_at=after(minutes=minute)) for minute in (1, 2, 3, 6, 31, 32)]
    seen += [observation(observed_at=after(minutes=minute), negativity=0.1) for minute in (4, 33)]
    count(state, seen, after(minutes=35))
    rule = Rule("many", Severity.WARNING, Limit(measure, value, timedelta(minutes=minutes)))

    assert limits_met(state, [rule], after(minutes=35)) == (["many"] if is_met else [])
