from __future__ import annotations

import math
from random import Random

import pytest

from crisiswatch.detectors.volume_spike import VolumeSpike
from crisiswatch.errors import StoreUnusable


def hour(stories: float, expected: float = 30.0, spread: float = 0.1) -> dict[str, float]:
    return {"stories": stories, "expected": expected, "spread": spread}


def warmed(spread: float = 0.1) -> VolumeSpike:
    detector, random = VolumeSpike(), Random(1)
    for _ in range(600):
        detector.learn_one(hour(max(0, round(random.gauss(30, 5.5))), 30.0, spread))
    return detector


def test_a_usual_hour_is_far_from_a_notice() -> None:
    assert warmed().score_one(hour(40)) < 0.5


def test_four_times_the_usual_is_worth_a_notice() -> None:
    assert warmed().score_one(hour(120)) >= 1


def test_a_fall_is_no_spike() -> None:
    assert warmed().score_one(hour(0)) == 0


def test_what_is_sure_but_not_twice_the_usual_is_not_worth_a_notice() -> None:
    detector = warmed()

    assert 0.9 < detector.score_one(hour(38_000, 20_000, 0.0)) < 1


def test_a_handful_where_nothing_is_usual_is_no_volume() -> None:
    assert warmed().score_one(hour(9, 0.1)) == 0


def test_says_nothing_in_its_first_day() -> None:
    detector = VolumeSpike()
    for _ in range(287):
        detector.learn_one(hour(30))

    assert detector.score_one(hour(300)) == 0


def test_a_brand_that_always_varies_needs_more() -> None:
    steady, wild, random = warmed(), VolumeSpike(), Random(2)
    for _ in range(2000):
        wild.learn_one(hour(random.choice((5, 90))))

    assert wild.score_one(hour(120)) < steady.score_one(hour(120)) / 2


def test_one_outbreak_does_not_make_the_next_one_usual() -> None:
    detector = warmed()
    before = detector.score_one(hour(150))

    for _ in range(12):
        detector.learn_one(hour(3_000))

    assert detector.score_one(hour(150)) > 0.6 * before


def test_scoring_changes_nothing_and_a_restored_state_goes_on() -> None:
    detector = warmed()
    state = detector.to_bytes()

    assert VolumeSpike(12, state).score_one(hour(100)) == detector.score_one(hour(100))
    assert detector.to_bytes() == state


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize("key", ["stories", "expected", "spread"])
def test_what_is_no_count_is_neither_learnt_nor_scored(key: str, value: float) -> None:
    detector = warmed()
    state = detector.to_bytes()

    detector.learn_one({**hour(30), key: value})

    assert detector.to_bytes() == state
    assert detector.score_one({**hour(300), key: value}) == 0


@pytest.mark.parametrize("state", [b"", b"\xc1", VolumeSpike().to_bytes().replace(b"version\x01", b"version\x63")])
def test_a_state_of_another_version_is_refused(state: bytes) -> None:
    with pytest.raises(StoreUnusable, match="volume_spike"):
        VolumeSpike(12, state)
