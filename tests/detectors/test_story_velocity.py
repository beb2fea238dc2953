from __future__ import annotations

import math
from random import Random

import pytest

from crisiswatch.core.steps import Feature
from crisiswatch.detectors.story_velocity import StoryVelocity
from crisiswatch.errors import StoreUnusable


def hour(copies: float) -> dict[str, float]:
    return {"largest_copies": copies}


def warmed(most: int, hours: int = 200) -> StoryVelocity:
    """Return a detector of a brand whose largest story of an hour has up to so many copies."""
    detector, random = StoryVelocity(), Random(1)
    for _ in range(hours):
        copies = random.randint(1, most)
        for _ in range(12):
            detector.learn_one(hour(copies))
    return detector


def test_a_story_far_faster_than_any_is_worth_a_notice() -> None:
    assert warmed(3).score_one(hour(60)) >= 1


def test_what_is_fast_for_one_brand_is_usual_for_another() -> None:
    assert warmed(3).score_one(hour(80)) >= 1
    assert warmed(100).score_one(hour(80)) < 0.5


def test_a_few_copies_are_never_worth_a_notice() -> None:
    assert warmed(1).score_one(hour(15)) < 1


def test_says_nothing_in_its_first_day() -> None:
    assert warmed(3, hours=23).score_one(hour(500)) == 0


def test_reactions_have_a_measure_of_their_own() -> None:
    detector = StoryVelocity(Feature.LARGEST_REACTIONS)
    for _ in range(30 * 12):
        detector.learn_one({"largest_reactions": 20})

    assert detector.score_one({"largest_reactions": 5_000}) >= 1
    assert detector.score_one({"largest_reactions": 300}) < 1


def test_overlapping_hours_are_learnt_once() -> None:
    detector = warmed(3, hours=30)

    assert detector.usual_one(hour(0)) < 5
    assert detector.to_bytes() == StoryVelocity(state=detector.to_bytes()).to_bytes()


def test_one_outbreak_does_not_make_the_next_one_usual() -> None:
    detector = warmed(3)
    for _ in range(6 * 12):
        detector.learn_one(hour(2_000))

    assert detector.score_one(hour(2_000)) >= 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_what_is_no_count_is_neither_learnt_nor_scored(value: float) -> None:
    detector = warmed(3)
    state = detector.to_bytes()

    detector.learn_one(hour(value))

    assert detector.to_bytes() == state
    assert detector.score_one(hour(value)) <= 0
    assert StoryVelocity().score_one({}) == 0


def test_a_state_of_another_measure_or_version_is_refused() -> None:
    copies = StoryVelocity().to_bytes()

    for state in (b"\x80", copies.replace(b"version\x01", b"version\x63")):
        with pytest.raises(StoreUnusable, match="story_velocity"):
            StoryVelocity(state=state)
    with pytest.raises(StoreUnusable, match="measure"):
        StoryVelocity(Feature.LARGEST_REACTIONS, state=copies)
