"""Evidence that trouble is over: it comes with ordinary stories, not with silence and not with what is out of sight."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from crisiswatch.app.data import calibration
from crisiswatch.core.assessing import OVER, WATCH_AT
from crisiswatch.core.models import Count, Reading
from crisiswatch.detectors.crisis_lr import CrisisLR

START = datetime(2026, 1, 5, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
WARNING = calibration().bars[0.1]


class Life:
    """A brand of 12 stories in a quarter of an hour, of which one in eight is negative, for ten days."""

    def __init__(self) -> None:
        self.detector, self.at, self._random = CrisisLR(QUARTER, None, calibration()), START, Random(3)
        self.go_on(24 * 10, 12, 0.12)

    def go_on(self, hours: float, mean: float, share: float, covered: float = 1.0) -> Reading:
        for _ in range(round(hours * 4)):
            stories = max(0, round(self._random.gauss(mean, math.sqrt(mean)))) if mean else 0
            negative = sum(self._random.random() < share for _ in range(stories))
            self.detector.learn_one(Count(self.at, stories, negative, stories, covered))
            self.at += QUARTER
        return self.detector.score_open([Count(self.at, mean, mean * share, mean, covered)])


@pytest.mark.parametrize("mean", [12, 36])
def test_a_crisis_that_goes_on_is_not_over_and_one_that_ended_is_within_three_hours(mean: float) -> None:
    life = Life()

    during = life.go_on(6, mean, 0.6)
    after = life.go_on(3, 12, 0.12)

    assert during.over == 0
    assert after.raw > WARNING, "sixteen hours remember it"
    assert after.recent < WATCH_AT * WARNING
    assert after.over >= OVER


def test_a_crisis_that_becomes_weaker_is_not_over() -> None:
    life = Life()
    life.go_on(6, 36, 0.6)

    assert life.go_on(4, 16, 0.45).over < OVER


def test_an_end_is_not_called_out_of_silence() -> None:
    life = Life()
    life.go_on(6, 36, 0.6)

    assert life.go_on(0.5, 0, 0.0).over == 0
    assert life.go_on(4, 0, 0.0, covered=0.0).over == 0


def test_an_end_is_not_called_while_a_part_is_not_seen() -> None:
    life = Life()
    life.go_on(6, 36, 0.6)

    assert life.go_on(4, 9, 0.12, covered=0.75).over == 0


def test_without_trouble_nothing_is_over() -> None:
    assert Life().go_on(4, 12, 0.12).over == 0
