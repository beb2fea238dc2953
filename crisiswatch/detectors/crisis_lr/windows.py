"""Evidence per window: how surprising are K negative of N stories against what was predicted when it began?"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from crisiswatch.detectors.crisis_lr.baseline import Usual
from crisiswatch.detectors.crisis_lr.timing import Timing, Window
from crisiswatch.detectors.crisis_lr.trackers import RATE_VARIANCE, SHARE_VARIANCE

VOLUME_CAP = 5.0
"""Nats that the volume may add: bursts without a crisis are common."""

SHARE_GATE = 1.0
"""Share evidence needed before the volume counts at all."""

FEW_NEGATIVES, FEW_CAP = 2.5, 3.0
"""With fewer negative stories than this a window's evidence is capped."""


class Sums(NamedTuple):
    """What a window holds, and what was predicted: `share_drift` and `rate_drift` when it began."""

    stories: float
    negative: float
    expect: float
    share_drift: float
    rate_drift: float


class Variances(msgspec.Struct):
    """Per window: sums of squared surprise beyond binomial and Poisson, and their weights (half-life 4 weeks).

    s2 = (vs + prior) / (ws + prior) estimates the variance of logit(share), r2 that of log(rate), at the scale of
    the window: E[(K - Np)²/I] = 1 + I·s2 with I = Np(1-p), and alike for the volume.
    """

    share: list[float]
    share_weight: list[float]
    rate: list[float]
    rate_weight: list[float]

    @classmethod
    def empty(cls, windows: int) -> Variances:
        """Return variances that know the prior alone."""
        return cls([0.0] * windows, [0.0] * windows, [0.0] * windows, [0.0] * windows)

    def of_share(self, index: int, window: Window) -> float:
        """Return s2 of a window."""
        above = self.share[index] + window.prior / SHARE_VARIANCE
        return max(0.0, above / (self.share_weight[index] + window.prior / SHARE_VARIANCE**2))

    def of_rate(self, index: int, window: Window) -> float:
        """Return r2 of a window."""
        above = self.rate[index] + window.prior / RATE_VARIANCE
        return max(1e-4, above / (self.rate_weight[index] + window.prior / RATE_VARIANCE**2))

    def learn(self, index: int, window: Window, sums: Sums, usual: Usual, speed: float) -> None:
        """Learn from a window that is closed; surprises are winsorised at 2.8 standard deviations.

        Not from a share that was falling: the upward-only reference leaves a dip uncorrected.
        """
        keep = 1 - speed * window.forget
        share, information = _reference(sums, usual, window)
        if information > 0 and sums.share_drift >= 0:
            spread = 1 + information * self.of_share(index, window)
            gain = speed * window.stride * information / spread**2
            surprise = (sums.negative - sums.stories * share) ** 2 / information
            self.share[index] = self.share[index] * keep + gain * (1.15 * min(surprise, 7.84 * spread) - 1)
            self.share_weight[index] = self.share_weight[index] * keep + gain * information
        expect = sums.expect * math.exp(sums.rate_drift * window.rate_left)
        spread = 1 + expect * self.of_rate(index, window)
        gain = speed * window.stride * expect / spread**2
        surprise = (sums.stories - expect) ** 2 / expect
        self.rate[index] = self.rate[index] * keep + gain * (1.15 * min(surprise, 7.84 * spread) - 1)
        self.rate_weight[index] = self.rate_weight[index] * keep + gain * expect


def evidence(
    index: int, window: Window, sums: Sums, usual: Usual, variances: Variances, doubts: tuple[float, float]
) -> float:
    """Return the evidence of one window in nats, its penalty taken off; 0 where there is none.

    `doubts` are the duplication factor and the variance of the baseline's own level.
    """
    duplication, level_doubt = doubts
    share, information = _reference(sums, usual, window)
    hits = sums.negative - 0.5
    if hits <= sums.stories * share or information <= 0:
        return 0.0
    surprise = _binomial(hits, sums.stories, share)
    surprise /= (1 + information * variances.of_share(index, window) + sums.stories / usual.weight) * duplication
    if surprise <= SHARE_GATE:
        return 0.0
    expect = sums.expect * math.exp(sums.rate_drift * window.rate_left)
    slot_doubt = 6.0 / (usual.day_exposure + 3.0) / max(6, window.length)
    doubt = variances.of_rate(index, window) + slot_doubt + level_doubt
    volume = min(VOLUME_CAP, _gamma_poisson(sums.stories - 0.5, expect, 1 / doubt) / duplication)
    total = surprise + volume - window.penalty
    if sums.negative < FEW_NEGATIVES:
        total = min(total, FEW_CAP)
    return max(0.0, total)


def level_doubt(usual: Usual, level: float, learnt: int, grid: Timing) -> float:
    """Return the variance of the log of the baseline's level: what little data cannot know."""
    weeks = learnt / (7 * grid.per_day)
    return 1 / (level + 1.0) + 1 / (usual.week_exposure + 20.0) + 0.1 / (1 + weeks)


def _reference(sums: Sums, usual: Usual, window: Window) -> tuple[float, float]:
    """Return the predicted share and its binomial information; upward only, since a launch dilutes the share."""
    share = usual.share
    if sums.share_drift > 0:
        share = 1 / (1 + math.exp(-usual.logit - sums.share_drift * window.share_left))
    return share, sums.stories * share * (1 - share)


def _binomial(hits: float, stories: float, share: float) -> float:
    """Return the half deviance of `hits` of `stories` against `share`."""
    deviance = hits * math.log(hits / (stories * share))
    misses = stories - hits
    if misses > 0:
        deviance += misses * math.log(misses / (stories * (1 - share)))
    return deviance


def _gamma_poisson(stories: float, expect: float, shape: float) -> float:
    """Return the half deviance of a volume above `expect` with gamma `shape`; 0 if it is not above."""
    if stories <= expect:
        return 0.0
    return stories * math.log(stories / expect) - (stories + shape) * math.log((stories + shape) / (expect + shape))
