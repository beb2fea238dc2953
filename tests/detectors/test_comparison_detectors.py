from __future__ import annotations

import math
from datetime import timedelta
from random import Random

import pytest
from builders import NOON

from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_scan import CrisisScan
from crisiswatch.detectors.share_cusum import ShareCusum
from crisiswatch.errors import StoreUnusable

Detector = CrisisScan | ShareCusum
BOTH = pytest.mark.parametrize("kind", [CrisisScan, ShareCusum])
BARS = {CrisisScan: 6.2, ShareCusum: 2.0}
"""Scores that quiet streams stay below."""


def bucket(number: int, stories: float, negative: float, copies: float | None = None, covered: float = 1.0) -> Count:
    start = NOON + number * timedelta(minutes=5)
    return Count(start, stories, negative, stories if copies is None else copies, covered)


def quiet(kind: type[Detector], buckets: int = 1500) -> tuple[Detector, float]:
    """Return a detector after quiet days, and its highest score on the last of them."""
    detector, random, highest = kind(), Random(3), 0.0
    for number in range(buckets):
        stories = sum(random.random() < 0.25 for _ in range(40))
        count = bucket(number, stories, sum(random.random() < 0.15 for _ in range(stories)))
        if number > buckets - 288:
            highest = max(highest, detector.score_one(count))
        detector.learn_one(count)
    return detector, highest


def run(detector: Detector, counts: list[Count]) -> float:
    highest = 0.0
    for count in counts:
        highest = max(highest, detector.score_one(count))
        detector.learn_one(count)
    return highest


@BOTH
def test_quiet_days_stay_below_the_bar(kind: type[Detector]) -> None:
    assert quiet(kind)[1] < BARS[kind]


@BOTH
def test_a_crisis_exceeds_it(kind: type[Detector]) -> None:
    detector, _ = quiet(kind)

    assert run(detector, [bucket(1500 + n, 30, 20) for n in range(24)]) > BARS[kind]


def test_the_scan_sees_a_crisis_at_once_and_a_launch_never() -> None:
    scan, _ = quiet(CrisisScan)
    launched, _ = quiet(CrisisScan)

    assert run(scan, [bucket(1500, 60, 45)]) > BARS[CrisisScan]
    assert run(launched, [bucket(1500 + n, 80, 5) for n in range(36)]) < BARS[CrisisScan]


@BOTH
def test_a_flood_of_copies_is_not_believed(kind: type[Detector]) -> None:
    detector, _ = quiet(kind)

    assert run(detector, [bucket(1500 + n, 40, 35, copies=500) for n in range(12)]) < BARS[kind]


@BOTH
def test_scoring_changes_nothing_and_a_restored_state_goes_on(kind: type[Detector]) -> None:
    detector, _ = quiet(kind, 300)
    state = detector.to_bytes()
    count = bucket(300, 30, 25)

    assert kind(state).score_one(count) == detector.score_one(count)
    assert detector.to_bytes() == state


@BOTH
@pytest.mark.parametrize(
    "bad",
    [bucket(0, math.nan, 1), bucket(0, -5, 0), bucket(0, 3, 9), bucket(0, math.inf, 1), bucket(0, 9, 1, covered=0)],
)
def test_what_is_no_count_or_was_not_seen_leaves_scores_finite(kind: type[Detector], bad: Count) -> None:
    detector, _ = quiet(kind, 300)

    assert detector.score_one(bad) < BARS[kind]
    detector.learn_one(bad)
    assert math.isfinite(detector.score_one(bucket(301, 10, 1)))


@BOTH
@pytest.mark.parametrize("state", [b"", b"\x80\x01", ShareCusum().to_bytes().replace(b"version\x01", b"version\x63")])
def test_a_state_of_another_version_is_refused(kind: type[Detector], state: bytes) -> None:
    with pytest.raises(StoreUnusable):
        kind(state)
