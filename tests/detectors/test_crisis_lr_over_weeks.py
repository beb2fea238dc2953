"""What the detector makes of weeks: trouble that lasts, changes for good, and what only looks like trouble."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from crisiswatch.app.data import calibration
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr import CrisisLR

START = datetime(2026, 1, 5, tzinfo=UTC)
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
WARNING = calibration().bars[0.1]
CHANGE = 18.0
"""The day on which things happen."""

Told = tuple[float, float, float]
"""Stories expected in a bucket, their negative share, and the share of the usual volume that is covered."""


def poisson(random: Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    count, product, limit = 0, random.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * random.random()
    return count


def scores(days: float, life: Callable[[float], Told], *, times: int = 1, bucket: timedelta = QUARTER) -> list[float]:
    """Return the evidence at the end of every bucket; `life` says what is to be expected on that day."""
    random, detector, found = Random(11), CrisisLR(bucket, None, calibration()), []
    for number in range(round(days * DAY / bucket)):
        mean, share, covered = life(number * bucket / DAY)
        stories = poisson(random, mean * covered)
        negative = sum(random.random() < share for _ in range(stories))
        count = Count(START + number * bucket, stories * times, negative * times, stories * times, covered)
        found.append(detector.score_open([count]).raw)
        detector.learn_one(count)
    return found


def of_day(found: list[float], day: float, bucket: timedelta = QUARTER) -> list[float]:
    per_day = round(DAY / bucket)
    return found[round(day * per_day) : round((day + 1) * per_day)]


def busy(day: float) -> float:
    return 12 * (1 + 0.6 * math.sin(2 * math.pi * day))


def test_a_crisis_does_not_become_normal_within_days() -> None:
    found = scores(CHANGE + 3, lambda day: (busy(day) * (2 if day >= CHANGE else 1), 0.5 if day >= CHANGE else 0.12, 1))

    assert max(found[14 * 96 : round(CHANGE * 96)]) < WARNING
    assert all(min(of_day(found, CHANGE + later)[8:]) > WARNING for later in range(3))


def test_a_worse_mood_that_stays_is_no_alarm_for_ever() -> None:
    found = scores(CHANGE + 15, lambda day: (busy(day), 0.24 if day >= CHANGE else 0.12, 1))

    assert max(of_day(found, CHANGE)) > WARNING, "it is news on the first day"
    assert max(of_day(found, CHANGE + 14)) < 0.6 * WARNING


def test_a_source_that_doubles_for_good_is_no_alarm() -> None:
    found = scores(CHANGE + 7, lambda day: (busy(day) * (2 if day >= CHANGE else 1), 0.15, 1))

    assert max(found[14 * 96 :]) < WARNING


def test_counting_everything_twice_makes_no_evidence_of_its_own() -> None:
    once, twice = (scores(16, lambda day: (busy(day), 0.15, 1), times=times) for times in (1, 2))

    assert max(twice[96:]) == pytest.approx(max(once[96:]), abs=0.5)


def test_a_clock_that_is_put_forward_is_no_alarm() -> None:
    found = scores(CHANGE + 3, lambda day: (busy(day + (1 / 24 if day >= CHANGE else 0)), 0.15, 1))

    assert max(found[14 * 96 :]) < WARNING


def test_a_mood_that_is_worse_every_night_is_no_alarm() -> None:
    def life(day: float) -> Told:
        night = max(0.0, math.sin(2 * math.pi * (day + 0.5)))
        return busy(day), 0.1 + 0.15 * night, 1

    found = scores(CHANGE + 5, life)

    assert max(found[14 * 96 :]) < WARNING


def test_a_crisis_at_night_is_found_where_nights_are_always_worse() -> None:
    def life(day: float) -> Told:
        night = max(0.0, math.sin(2 * math.pi * (day + 0.5)))
        return (
            busy(day) * (2 if day >= CHANGE + 0.6 else 1),
            0.1 + 0.15 * night + (0.35 if day >= CHANGE + 0.6 else 0),
            1,
        )

    assert max(scores(CHANGE + 0.8, life)[-12:]) > WARNING


def test_an_outage_of_a_source_with_another_mood_is_weaker_evidence_where_it_is_known() -> None:
    def life(day: float, covered: float) -> Told:
        is_out = CHANGE <= day < CHANGE + 0.5
        return (busy(day) * (0.7 / covered if is_out else 1), 0.24 if is_out else 0.12, covered if is_out else 1)

    known, unknown = (scores(CHANGE + 0.5, lambda day, c=c: life(day, c)) for c in (0.7, 1.0))  # type: ignore[misc]

    assert max(known[-40:]) < 0.8 * max(unknown[-40:])


def test_a_brand_of_three_mentions_a_day_has_alarms_only_when_many_are_angry() -> None:
    hour = timedelta(hours=1)
    quiet = scores(40, lambda day: (3 / 24, 0.2, 1), bucket=hour)
    angry = scores(30.4, lambda day: (2.0, 0.9, 1) if day >= 30 else (3 / 24, 0.2, 1), bucket=hour)

    assert max(quiet[14 * 24 :]) < WARNING
    assert max(angry[-10:]) > WARNING


def test_evidence_of_the_last_two_hours_is_gone_when_the_trouble_is_over() -> None:
    random, detector = Random(3), CrisisLR(QUARTER)

    def learn(start: int, buckets: int, mean: float, share: float) -> int:
        for number in range(start, start + buckets):
            stories = poisson(random, mean)
            negative = sum(random.random() < share for _ in range(stories))
            detector.learn_one(Count(START + number * QUARTER, stories, negative, stories))
        return start + buckets

    at = learn(0, 96 * 10, 12, 0.12)
    at = learn(at, 24, 36, 0.6)
    during = detector.score_open([Count(START + at * QUARTER, 36, 22, 36)])
    at = learn(at, 9, 12, 0.12)
    after = detector.score_open([Count(START + at * QUARTER, 12, 1, 12)])

    assert during.recent > WARNING
    assert after.raw > WARNING, "sixteen hours remember it"
    assert after.recent < 0.6 * WARNING


def test_the_onset_is_named_by_the_window_that_the_trouble_fills() -> None:
    random, detector = Random(5), CrisisLR()
    five = timedelta(minutes=5)
    onset = 288 * 5
    for number in range(onset + 9):
        share = 0.7 if number >= onset else 0.15
        stories = poisson(random, 8 if number >= onset else 4)
        negative = sum(random.random() < share for _ in range(stories))
        detector.learn_one(Count(START + number * five, stories, negative, stories))

    since = detector.score_open([Count(START + (onset + 9) * five, 8, 6, 8)]).since

    assert since is not None
    assert abs(since - (START + onset * five)) <= timedelta(minutes=20)
