"""The detector gives the scores of a slow reference that sums everything anew."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from crisis_lr_reference import Reference

from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import CrisisLR

START = datetime(2026, 1, 5, tzinfo=UTC)


def poisson(random: Random, mean: float) -> int:
    count, product, limit = 0, random.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * random.random()
    return count


def life(bucket: timedelta, days: float, seed: int, rate: float) -> Iterator[Count]:
    """Yield buckets of a busy life: days and nights, a crisis, an outage, silence, a flood and holes in coverage."""
    random = Random(seed)
    for number in range(round(timedelta(days=days) / bucket)):
        start = START + number * bucket
        day = (start - START) / timedelta(days=1)
        part = day / days
        is_crisis, is_out, is_silent = 0.75 < part < 0.8, 0.5 < part < 0.52, 0.9 < part < 0.91
        mean = rate * (1 + 0.6 * math.sin(2 * math.pi * (day % 1))) * (3 if is_crisis else 1)
        stories = 0 if is_out or is_silent else poisson(random, mean)
        negative = sum(random.random() < (0.6 if is_crisis else 0.15) for _ in range(stories))
        copies = stories * 9 + 9 if random.random() < 0.01 else stories
        covered = 0.0 if is_out else random.choice((1.0, 1.0, 1.0, 0.8, 0.4))
        yield Count(start, stories, negative, copies, covered)


@pytest.mark.parametrize(
    ("minutes", "days", "seed", "rate"), [(5, 5.5, 1, 2.0), (5, 7.5, 2, 0.2), (15, 15, 3, 9.0), (1, 1.2, 4, 0.5)]
)
def test_scores_equal_those_of_the_slow_reference(minutes: int, days: float, seed: int, rate: float) -> None:
    bucket = timedelta(minutes=minutes)
    fast, slow = CrisisLR(bucket), Reference(bucket)
    compared: list[float] = []
    recent: list[Count] = []

    for number, count in enumerate(life(bucket, days, seed, rate)):
        recent.append(count)
        if number % 7 == 0:
            raw = fast.score_open(recent).raw
            assert raw == pytest.approx(slow.score(recent), rel=1e-6, abs=1e-6), count.start
            compared.append(raw)
        if len(recent) == 3:  # two buckets are open, as with a lateness of two buckets
            for one in (fast.learn_one, slow.learn):
                one(recent[0])
            recent = recent[1:]

    assert len(compared) > 200
    if minutes >= 5 and rate > 1:
        assert max(compared) > 6, "the crisis was among what was compared"


def test_what_is_usual_equals_the_reference() -> None:
    fast, slow = CrisisLR(), Reference()
    for count in life(timedelta(minutes=5), 9, 5, 2.0):
        fast.learn_one(count)
        slow.learn(count)

    for hours in range(0, 24 * 7, 5):
        start = START + timedelta(days=9, hours=hours, minutes=5)
        expectation, usual = fast.predict_one(start), slow.usual(start)
        assert (expectation.stories, expectation.share) == pytest.approx((usual.stories, usual.share), rel=1e-9)


def test_windows_that_lie_in_open_buckets_alone_equal_the_reference() -> None:
    bucket = timedelta(minutes=15)
    fast, slow = CrisisLR(bucket), Reference(bucket)
    told = list(life(bucket, 9, 6, 9.0))
    for count in told[:640]:
        fast.learn_one(count)
        slow.learn(count)

    found = [(fast.score_open(told[640:end]).raw, slow.score(told[640:end])) for end in range(641, 720)]

    assert [raw for raw, _ in found] == pytest.approx([raw for _, raw in found], rel=1e-6, abs=1e-6)
    assert max(raw for raw, _ in found) > 6, "the crisis was among what was compared"
