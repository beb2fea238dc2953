"""When trouble is over: what long windows remember holds nothing open, and what is remembered opens nothing again."""

from datetime import timedelta

import pytest
from builders import NOON, after, assessment, incident

from crisiswatch.core.assessing import OVER, assess
from crisiswatch.core.incidents import Change, Condition, Incident
from crisiswatch.core.judging import Rule
from crisiswatch.core.lifecycle import Timers, advance
from crisiswatch.core.models import Expectation, Judgement, Reading, Severity

ACME = ("Acme", "crisis")
CALM, WATCH, WARNING, CRITICAL = Severity


def judgement(score: float, recent: float, over: float) -> Judgement:
    reading = Reading(6 * score, NOON, Expectation(4, 0.2, 0.15), timedelta(days=30), 6 * recent, over)
    return Judgement("crisis_lr", "all sources", score, 9.0, reading)


def live(current: Incident, told: list[tuple[float, float, float, float]]) -> list[tuple[float, Change]]:
    """Return what changed, by hour; `told` is until when (hours) which score, recent score and evidence of an end."""
    changes: list[tuple[float, Change]] = []
    minutes = 0
    for until, score, recent, over in told:
        while minutes < 60 * until:
            now = after(minutes=minutes)
            moved = advance(current, ACME, assess([judgement(score, recent, over)], ()), Timers(), now)
            assert moved is not None
            current = moved.incident
            if moved.change is not Change.NONE:
                changes.append((minutes / 60, moved.change))
            minutes += 1
    return changes


def test_an_incident_eases_and_closes_when_it_is_over_though_the_score_remembers_it() -> None:
    changes = live(incident(), [(1, 1.8, 1.5, 0), (6, 1.5, 0.2, OVER)])

    assert changes == [(1.25, Change.EASED), (3.0, Change.CLOSED)]


def test_little_evidence_of_late_is_no_end_of_a_slow_crisis() -> None:
    assert live(incident(), [(12, 1.2, 0.1, OVER - 0.1)]) == []


def test_a_short_doubt_of_the_end_wakes_nobody_again() -> None:
    changes = live(incident(), [(0.5, 1.5, 0.2, OVER), (0.6, 1.5, 0.2, 0), (3, 1.4, 0.3, OVER)])

    assert changes == [(0.25, Change.EASED), (2.0, Change.CLOSED)]


def test_new_trouble_while_easing_makes_it_active_again() -> None:
    changes = live(incident(), [(0.5, 1.5, 0.2, OVER), (1, 1.5, 0.7, OVER), (2, 1.5, 0.9, 0)])

    assert changes == [(0.25, Change.EASED), (0.5, Change.RESUMED)]


def test_what_is_remembered_neither_reopens_nor_begins_anew_and_is_final_when_it_is_forgotten() -> None:
    changes = live(incident(), [(11, 1.6, 0.1, OVER), (13, 1.1, 0.1, 0), (13.26, 0.5, 0.1, 0)])

    assert changes == [(0.25, Change.EASED), (2.0, Change.CLOSED), (13.25, Change.FINALISED)]


def test_a_score_that_drops_for_minutes_is_not_forgotten() -> None:
    changes = live(incident(), [(1, 1.6, 0.1, OVER), (1.2, 0.1, 0.0, 0), (3, 1.6, 0.1, 0)])

    assert changes == [(0.25, Change.EASED), (2.0, Change.CLOSED)]


def test_a_second_wave_reopens_what_is_still_remembered() -> None:
    changes = live(incident(), [(3, 1.6, 0.1, OVER), (4, 1.9, 1.2, 0)])

    assert changes[-1][1] is Change.REOPENED


def test_once_forgotten_the_score_counts_again_as_a_whole() -> None:
    changes = live(incident(), [(3, 1.6, 0.1, OVER), (3.3, 0.5, 0.1, 0), (4, 1.2, 0.1, 0)])

    assert changes[-1][1] is Change.REOPENED


def test_trouble_that_is_over_does_not_rise() -> None:
    changes = live(incident(severity=WARNING), [(0.2, 9.9, 0.1, OVER)])

    assert changes == []


def test_a_rule_that_holds_keeps_open_what_the_score_calls_over() -> None:
    found = assess([judgement(1.5, 0.1, OVER)], [Rule("injury", CRITICAL)])

    assert found.is_over
    assert found.of_now.severity is CRITICAL


@pytest.mark.parametrize(("score", "recent", "severity"), [(9.5, 1.2, WARNING), (2.0, 0.7, WATCH), (2.0, 0.5, CALM)])
def test_the_severity_of_late_is_that_of_two_hours(score: float, recent: float, severity: Severity) -> None:
    assert assess([judgement(score, recent, 0)], ()).of_now.severity is severity


def test_while_a_brand_is_blind_nothing_is_over() -> None:
    over = assessment(WARNING, lately=CALM, is_over=True, is_blind=True)

    moved = advance(incident(), ACME, over, Timers(), after(hours=3))

    assert moved is not None
    assert moved.incident.condition is Condition.ACTIVE
    assert moved.change is Change.WENT_STALE
