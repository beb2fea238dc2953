from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NOON, after, observation

from crisiswatch.core.buckets import Bucket
from crisiswatch.core.counting import Counting, count, items_since
from crisiswatch.core.locating import locate
from crisiswatch.core.models import Coverage, Expectation, Judgement, Reading
from crisiswatch.core.neighbours import Neighbour, Standing, is_only_us, ranked, regard

WEIGHTS = tuple(float(i >= 8) for i in range(16))


def judgement(score: float, learnt: timedelta = timedelta(days=20)) -> Judgement:
    return Judgement(
        "crisis_lr", "all sources", score, 1.3, Reading(score * 6, None, Expectation(4, 0.2, 0.12), learnt)
    )


def counting(*sources: str) -> Counting:
    state = Counting("Globex", timedelta(minutes=5), timedelta(minutes=10), sources or ("press",), WEIGHTS)
    state.closed.append(Bucket(after(minutes=-30), 10, 4.0, 10))
    state.open[after(minutes=-5)] = Bucket(after(minutes=-5), 10, 2.0, 10)
    return state


def neighbour(brand: str, standing: Standing, score: float = 0.1) -> Neighbour:
    return Neighbour(brand, "competitor", standing, score, 0.1, 0.1)


@pytest.mark.parametrize(
    ("score", "learnt", "is_blind", "standing"),
    [
        (0.1, 20, False, Standing.QUIET),
        (0.7, 20, False, Standing.RESTLESS),
        (0.1, 0.5, False, Standing.YOUNG),
        (0.1, 20, True, Standing.BLIND),
        (0.9, 0.5, True, Standing.BLIND),
    ],
)
def test_who_is_not_seen_or_not_known_yet_is_not_quiet(
    score: float, learnt: float, is_blind: bool, standing: Standing
) -> None:
    found = regard(counting(), "competitor", judgement(score, timedelta(days=learnt)), is_blind, NOON)

    assert found.standing is standing


def test_the_negative_share_of_a_neighbour_is_that_of_its_last_hour() -> None:
    found = regard(counting(), "industry", judgement(0.1), False, NOON)

    assert (found.brand, found.kind, found.share, found.usual_share) == ("Globex", "industry", 0.3, 0.12)


def test_it_is_only_us_where_all_who_are_known_are_quiet() -> None:
    quiet, restless = neighbour("Globex", Standing.QUIET), neighbour("Initech", Standing.RESTLESS, 1.4)
    blind, young = neighbour("Hooli", Standing.BLIND), neighbour("Umbra", Standing.YOUNG)

    assert is_only_us([quiet, blind, young]) is True
    assert is_only_us([quiet, restless]) is False
    assert is_only_us([blind, young]) is None
    assert is_only_us([]) is None
    assert ranked([young, quiet, blind, restless]) == (restless, quiet, blind, young)


def two_sources(bad: float, press_per_hour: int = 12) -> Counting:
    """Return two days of two sources alike, and an hour in which the forum brings that many more, all negative."""
    state = Counting("Acme", timedelta(minutes=5), timedelta(minutes=10), ("press", "forum"), WEIGHTS)
    start = NOON - timedelta(days=2)
    state.closed_until = start
    state.covered.add([Coverage(name, start, after(hours=1)) for name in ("press", "forum")])
    for step in range(49 * 12):
        at = start + step * timedelta(minutes=5)
        seen = [
            observation(source=name, observed_at=at, negativity=0.9 * (step % 8 == 0)) for name in ("press", "forum")
        ]
        if at >= NOON:
            seen += [observation(source="forum", observed_at=at) for _ in range(round(bad / 12))]
        count(state, seen, at + timedelta(minutes=1))
    return state


def test_the_source_that_the_trouble_is_in_is_told_from_the_others() -> None:
    state = two_sources(bad=60)
    firsts = [item for item in items_since(state, NOON) if item.is_first]

    found = locate(state, firsts, 24.0, 0.12, (NOON, after(hours=1)))

    assert [(each.source, each.is_unusual) for each in found] == [("forum", True), ("press", False)]
    assert found[0].stories == 72
    assert found[0].expected == pytest.approx(12, rel=0.1)
    assert found[0].usual_share < 0.2
    assert found[0].share > 0.7


def test_no_source_is_accused_of_a_usual_hour() -> None:
    state = two_sources(bad=0)
    firsts = [item for item in items_since(state, NOON) if item.is_first]

    assert not any(each.is_unusual for each in locate(state, firsts, 24.0, 0.12, (NOON, after(hours=1))))


def test_a_source_that_was_not_seen_is_expected_to_have_brought_nothing() -> None:
    state = two_sources(bad=0)
    state.covered.stretches["press"] = [(NOON - timedelta(days=2), NOON)]
    firsts = [item for item in items_since(state, NOON) if item.is_first and item.source == "forum"]

    found = {each.source: each for each in locate(state, firsts, 12.0, 0.12, (NOON, after(hours=1)))}

    assert (found["press"].covered, found["press"].expected) == (0.0, 0.0)
    assert found["forum"].expected == 12.0


def test_a_single_source_is_not_worth_telling() -> None:
    assert locate(counting("press"), [], 4.0, 0.1, (NOON, after(hours=1))) == ()
