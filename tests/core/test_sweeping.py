from collections.abc import Iterable
from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from crisiswatch.core.assessing import Assessment
from crisiswatch.core.judging import Rule, Thresholds
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.models import Expectation, Reading, Severity
from crisiswatch.core.sweeping import Look, Trial, consider
from tests.builders import NOON

TICK = timedelta(seconds=15)
LEARNT = timedelta(days=60)


def trial(warning: float, critical: float) -> Trial:
    return Trial({"Acme": Thresholds(warning, critical)}, 0.1, 0.02)


def look(raw: float, held: tuple[Rule, ...] = (), is_blind: bool = False) -> Look:
    reading = Reading(raw, NOON, Expectation(10, 0.1, 0.1), LEARNT)
    blindness = Assessment(Severity.WARNING if is_blind else Severity.CALM, 1.0)
    return Look("Acme", reading, held, None, Severity.CRITICAL, is_blind, blindness, Timers())


def play(found: Trial, looks: Iterable[Look]) -> Trial:
    for number, seen in enumerate(looks):
        consider(found, seen, NOON + number * TICK)
    return found


def test_each_trial_decides_by_its_own_thresholds() -> None:
    looks = [look(7.0)] * 3

    strict, loose = play(trial(8, 12), looks), play(trial(5, 6), looks)

    assert [i.peak_severity for i in strict.incidents] == [Severity.WATCH]
    assert [(i.number, i.peak_severity, i.detected_at) for i in loose.incidents] == [
        (1, Severity.CRITICAL, NOON + TICK)
    ]


def test_one_tick_opens_nothing() -> None:
    assert play(trial(5, 6), [look(9.0), look(0.0)]).incidents == ()


def test_a_rule_acts_whatever_the_budget() -> None:
    rule = Rule("injury", Severity.CRITICAL)

    [found] = play(trial(1000, 1000), [look(0.0, (rule,))]).incidents

    assert (found.rule, found.peak_severity) == ("injury", Severity.CRITICAL)


def test_blindness_opens_its_own_incident_and_keeps_the_other_from_opening() -> None:
    found = play(trial(5, 6), [look(9.0, is_blind=True)] * 4)

    assert [incident.family for incident in found.incidents] == ["blind"]


def test_incidents_are_numbered_in_the_order_in_which_they_open() -> None:
    calm = [look(0.0)] * 4 * 60 * 9

    found = play(trial(5, 50), [look(6.0), look(6.0), *calm, look(7.0), look(7.0)])

    assert [incident.number for incident in found.incidents] == [1, 2]
    assert found.incidents[0].closed_at is not None
    assert found.incidents[1].closed_at is None


@given(st.lists(st.floats(0, 20), min_size=1, max_size=60), st.floats(2, 12), st.floats(0, 4))
def test_a_stricter_budget_alerts_at_most_one_tick_before_a_looser_one(
    raws: list[float], bar: float, more: float
) -> None:
    looks = [look(raw) for raw in raws]
    strict = play(trial(bar + more, bar + more + 2), looks)
    first = min((i.detected_at for i in strict.incidents if i.detected_at), default=None)
    assume(first is not None)
    assert first is not None

    seen = looks[: (first - NOON) // TICK + 1]
    # A watch that opens just then starts counting ticks anew: the looser budget may need one more.
    loose = play(trial(bar, bar + 2), [*seen, seen[-1]])

    assert any(incident.detected_at for incident in loose.incidents)
