"""Who caused a repeat: a kill, a lost answer, or nobody, which would be a fault of ours."""

from __future__ import annotations

from benchmarks.killing import ARRIVED, KILL_AT, repeats_by_cause
from benchmarks.receiving import Arrival
from crisiswatch.engine.failpoints import FAILPOINTS
from tests.acceptance.harness.kill_places import OF_A_STORY, OF_DEEDS, OF_THE_DATABASE

KILLED = [True, True, False]


def mail(key: str, life: int, *, is_answered: bool = True) -> Arrival:
    return Arrival("mail", key, life, is_answered)


def test_what_comes_once_is_no_repeat() -> None:
    assert repeats_by_cause([mail("a", 0), mail("b", 0), Arrival("apprise", "a", 1, True)], KILLED) == ({}, 0, [])


def test_what_was_taken_before_a_kill_and_comes_again_is_that_kills_doing() -> None:
    arrivals = [mail("a", 0), mail("b", 1), mail("a", 1), mail("b", 2)]

    assert repeats_by_cause(arrivals, KILLED) == ({(0, "mail"): 1, (1, "mail"): 1}, 0, [])


def test_two_repeats_by_one_kill_are_counted_as_two() -> None:
    arrivals = [mail("a", 0), mail("b", 0), mail("a", 1), mail("b", 2)]

    assert repeats_by_cause(arrivals, KILLED) == ({(0, "mail"): 2}, 0, [])


def test_repeats_to_two_receivers_by_one_kill_are_one_for_each() -> None:
    twice = [Arrival(receiver, "a", life, True) for life in (0, 1) for receiver in ("mail", "slackhook")]

    assert repeats_by_cause(twice, KILLED) == ({(0, "mail"): 1, (0, "slackhook"): 1}, 0, [])


def test_what_comes_again_after_a_lost_answer_is_the_receivers_doing() -> None:
    assert repeats_by_cause([mail("a", 0, is_answered=False), mail("a", 1), mail("a", 2)], KILLED) == (
        {(1, "mail"): 1},
        1,
        [],
    )


def test_what_comes_again_though_its_answer_was_sent_and_nobody_died_has_no_cause() -> None:
    twice = [mail("a", 1), mail("a", 1), mail("b", 2), mail("b", 3)]

    assert repeats_by_cause(twice, KILLED) == ({}, 0, [(twice[0], twice[1]), (twice[2], twice[3])])


def test_where_it_can_be_asked_what_arrived_repeats_are_not_for_this_count() -> None:
    assert repeats_by_cause([Arrival("hook", "a", 0, True), Arrival("hook", "a", 1, True)], KILLED) == ({}, 0, [])


def test_every_failpoint_is_a_place_of_the_kill_run_or_of_one_of_the_suites() -> None:
    assert {*KILL_AT, *OF_A_STORY, *OF_THE_DATABASE, *OF_DEEDS} == {*FAILPOINTS, ARRIVED}
