"""Laws of detectors: no input makes one crash, learn what is no count, or learn a bucket twice."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from builders import NOON
from hypothesis import given, settings
from hypothesis import strategies as st

from crisiswatch.core.models import Count
from crisiswatch.core.rarity import Tail
from crisiswatch.core.steps import Feature
from crisiswatch.detectors.crisis_lr import CrisisLR
from crisiswatch.detectors.new_terms import NewTerms
from crisiswatch.detectors.novelty_bag import NoveltyBag
from crisiswatch.detectors.river_model import RiverModel, Setup
from crisiswatch.detectors.story_velocity import StoryVelocity
from crisiswatch.detectors.volume_spike import VolumeSpike
from crisiswatch.errors import StoreUnusable

FIVE = timedelta(minutes=5)
unhurried = settings(max_examples=25, deadline=None)

numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.integers(-5, 60).map(float), st.just(1e300), st.just(5e-324)
)
jumps = st.sampled_from((0, 5, 5, 5, 5, 10, 60, -5, -60, 1440, -1440, 20_000))
script = st.lists(st.tuples(jumps, numbers, numbers, numbers, numbers), max_size=25)


def count(start: datetime, stories: float, negative: float = 0.0, covered: float = 1.0) -> Count:
    return Count(start, stories, negative, stories, covered)


def quiet(hours: int = 30) -> CrisisLR:
    detector = CrisisLR()
    for number in range(hours * 12):
        detector.learn_one(count(NOON + number * FIVE, 10 + number % 3, 1 + number % 2))
    return detector


@given(script)
@unhurried
def test_no_counts_in_any_order_crash_the_score_or_leave_it_without_a_value(
    told: list[tuple[int, float, float, float, float]],
) -> None:
    detector, at = quiet(2), NOON + timedelta(hours=2)

    for minutes, stories, negative, copies, covered in told:
        at += timedelta(minutes=minutes)
        bucket = Count(at, stories, negative, copies, covered)
        reading = detector.score_open([bucket])
        assert 0 <= reading.recent <= reading.raw < math.inf
        assert 0 <= reading.over < math.inf
        detector.learn_one(bucket)

    expectation = detector.predict_one(at)
    assert 0 <= expectation.stories < math.inf
    assert 0 < expectation.share < 1
    CrisisLR(state=detector.to_bytes())


@pytest.mark.parametrize(
    ("stories", "negative"), [(math.nan, 1), (10, math.nan), (-3, 0), (10, -1), (3, 9), (math.inf, 1), (10, math.inf)]
)
def test_a_bucket_that_holds_no_counts_is_learnt_as_one_not_seen(stories: float, negative: float) -> None:
    bad, unseen = quiet(), quiet()
    at = NOON + timedelta(hours=30)

    bad.learn_one(Count(at, stories, negative, 10, 1.0))
    unseen.learn_one(Count(at, math.nan, 0, 0, 1.0))

    assert bad.to_bytes() == unseen.to_bytes()
    assert bad.score_open([Count(at + FIVE, stories, negative, 10, 1.0)]).raw == 0


@pytest.mark.parametrize("back", [timedelta(0), FIVE, timedelta(hours=1), timedelta(days=1)])
def test_a_bucket_that_comes_again_or_from_the_past_is_not_learnt_twice(back: timedelta) -> None:
    detector = quiet()
    before = detector.to_bytes()

    detector.learn_one(count(NOON + timedelta(hours=30) - FIVE - back, 500, 400))

    assert detector.to_bytes() == before


@pytest.mark.parametrize("hole", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=1), timedelta(days=90)])
def test_buckets_that_were_left_out_are_learnt_as_not_seen(hole: timedelta) -> None:
    jumped, told = quiet(), quiet()
    at = NOON + timedelta(hours=30)
    for number in range(min(hole, timedelta(days=2)) // FIVE):
        told.learn_one(count(at + number * FIVE, 0, 0, 0.0))

    jumped.learn_one(count(at + hole, 11, 1))
    if hole <= timedelta(days=2):
        told.learn_one(count(at + hole, 11, 1))
        assert jumped.to_bytes() == told.to_bytes()

    assert jumped.score_open([count(at + hole + FIVE, 11, 1)]).raw < 1


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_open_buckets_of_another_time_are_scored_without_harm(hours: int) -> None:
    detector = quiet()
    before = detector.to_bytes()
    at = NOON + timedelta(hours=30 + hours)

    usual = detector.score_open([count(at, 10, 1), count(at + FIVE, 11, 2)])
    loud = detector.score_open([count(at, 90, 80), count(at + FIVE, 90, 80)])

    assert usual.raw < 1 < loud.raw < math.inf
    assert detector.to_bytes() == before


@given(st.lists(st.tuples(numbers, jumps), max_size=60))
@unhurried
def test_a_bag_gives_finite_scores_for_any_values_at_any_times(told: list[tuple[float, int]]) -> None:
    bag, at = NoveltyBag(10), NOON

    for value, minutes in told:
        at += timedelta(minutes=minutes)
        assert 0 <= bag.score_one(value, at) < math.inf
        bag.learn_one(value, at)


features = st.dictionaries(st.sampled_from([*(str(each) for each in Feature), "other"]), numbers, max_size=9)


@given(st.lists(features, max_size=30), st.integers(0, 2))
@unhurried
def test_noticers_take_any_features_and_go_on_after_a_restart(told: list[dict[str, float]], number: int) -> None:
    def build(state: bytes | None = None) -> VolumeSpike | StoryVelocity | RiverModel:
        setup = Setup("drift.PageHinkley", Feature.STORIES)
        makers = (
            lambda: VolumeSpike(1, state),
            lambda: StoryVelocity(hour=1, state=state),
            lambda: RiverModel(setup, state),
        )
        return makers[number]()

    detector = build()
    for x in told:
        assert math.isfinite(detector.score_one(x))
        detector.learn_one(x)
    again = build(detector.to_bytes())

    for x in told:
        assert again.score_one(x) == detector.score_one(x)


@given(st.lists(st.floats(0, 1e12), max_size=80), st.floats(0, 1e12))
@unhurried
def test_the_rarity_of_a_larger_value_is_never_less(seen: list[float], value: float) -> None:
    tail = Tail.above(1.0)
    for each in seen:
        tail.learn(each)

    assert 0 <= tail.rarity(value) <= tail.rarity(2 * value + 1) < math.inf
    assert tail.quantile >= 1


@given(st.lists(st.tuples(jumps, st.lists(st.integers(0, 2**32 - 1), max_size=5)), max_size=40))
@unhurried
def test_words_are_learnt_in_order_whatever_the_clock_does(told: list[tuple[int, list[int]]]) -> None:
    memory, at = NewTerms(), NOON

    for minutes, keys in told:
        at += timedelta(minutes=minutes)
        memory.learn_one([dict.fromkeys(keys, "w")], at)
        assert 0 <= memory.score_one(at) < math.inf

    assert NewTerms(memory.to_bytes()).to_bytes() == memory.to_bytes()


@given(st.binary(max_size=60))
@unhurried
def test_what_is_no_state_is_refused_and_nothing_else_happens(data: bytes) -> None:
    makers = (
        lambda: CrisisLR(state=data),
        lambda: NoveltyBag(10, data),
        lambda: VolumeSpike(12, data),
        lambda: StoryVelocity(state=data),
        lambda: NewTerms(data),
        lambda: RiverModel(Setup("drift.ADWIN"), data),
    )
    for make in makers:
        with pytest.raises(StoreUnusable):
            make()
