"""Laws of easing, for any scores: no end while trouble goes on, no second beginning from memory alone."""

from __future__ import annotations

from datetime import timedelta

from builders import NOON, incident
from hypothesis import given, settings
from hypothesis import strategies as st

from crisiswatch.core.assessing import OVER, WATCH_AT, assess
from crisiswatch.core.incidents import Change, Incident
from crisiswatch.core.lifecycle import Timers, advance
from crisiswatch.core.models import Expectation, Judgement, Reading

TICK = timedelta(minutes=5)
TURNS = (Change.EASED, Change.RESUMED, Change.CLOSED, Change.REOPENED)

loud = st.floats(WATCH_AT, 3.0)
low = st.floats(0.0, WATCH_AT, exclude_max=True)
ends = st.floats(0.0, 3 * OVER)


def judgement(score: float, recent: float, over: float) -> Judgement:
    reading = Reading(score, NOON, Expectation(4, 0.2, 0.15), timedelta(days=30), min(score, recent), over)
    return Judgement("crisis_lr", "all sources", score, 9.0, reading)


def changes(told: list[tuple[float, float, float]], current: Incident | None = None) -> list[Change]:
    current, found = current or incident(), []
    for tick, numbers in enumerate(told):
        moved = advance(current, ("Acme", "crisis"), assess([judgement(*numbers)], ()), Timers(), NOON + tick * TICK)
        if moved is None:
            break  # it is final
        current = moved.incident
        if moved.change in (*TURNS, Change.FINALISED):
            found.append(moved.change)
    return found


@given(st.lists(st.tuples(loud, loud, ends), max_size=80))
@settings(max_examples=150, deadline=None)
def test_nothing_eases_while_the_last_hours_are_loud(told: list[tuple[float, float, float]]) -> None:
    assert changes([(score, min(score, recent), over) for score, recent, over in told]) == []


@given(st.lists(st.tuples(loud, low, st.floats(0.0, OVER, exclude_max=True)), max_size=80))
@settings(max_examples=150, deadline=None)
def test_nothing_eases_without_evidence_of_an_end(told: list[tuple[float, float, float]]) -> None:
    assert changes(told) == []


@given(st.lists(st.tuples(loud, low, ends), max_size=300))
@settings(max_examples=150, deadline=None)
def test_memory_alone_never_flaps(told: list[tuple[float, float, float]]) -> None:
    assert changes(told) in ([], [Change.EASED], [Change.EASED, Change.CLOSED])


@given(st.lists(st.tuples(loud, low, ends), min_size=1, max_size=120))
@settings(max_examples=100, deadline=None)
def test_once_forgotten_every_incident_comes_to_its_end(told: list[tuple[float, float, float]]) -> None:
    calm = [(0.1, 0.1, 0.0)] * (9 * 12)

    assert changes([*told, *calm])[-1] is Change.FINALISED
