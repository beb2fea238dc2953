"""Evidence per window: how surprising are K negative of N stories against what was predicted when it began?"""

from __future__ import annotations

import math

import msgspec

from crisiswatch.detectors.crisis_lr.baseline import Usual
from crisiswatch.detectors.crisis_lr.timing import Timing, Window

VOLUME_CAP = 5.0
"""Nats that the volume may add: bursts without a crisis are common."""

SHARE_GATE = 1.0
"""Share evidence needed before the volume counts at all."""

FEW_NEGATIVES, FEW_CAP = 2.5, 3.0
"""With fewer negative stories than this a window's evidence is capped."""


class Sums(msgspec.Struct, frozen=True, gc=False):
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
        above = self.share[index] + window.share_prior
        return above / (self.share_weight[index] + window.share_weight) if above > 0 else 0.0

    def of_rate(self, index: int, window: Window) -> float:
        """Return r2 of a window."""
        found = (self.rate[index] + window.rate_prior) / (self.rate_weight[index] + window.rate_weight)
        return found if found > 1e-4 else 1e-4

    def learn(self, index: int, window: Window, sums: Sums, usual: Usual, speed: float) -> None:
        """Learn from a window that is closed; surprises are winsorised at 2.8 standard deviations.

        Not from a share that was falling: the upward-only reference leaves a dip uncorrected.
        """
        keep = 1 - speed * window.forget
        if sums.share_drift >= 0:
            share = reference(sums.share_drift, usual, window)
            information = sums.stories * share * (1 - share)
            if information > 0:
                spread = 1 + information * self.of_share(index, window)
                gain = speed * window.stride * information / (spread * spread)
                surprise = _winsorised(sums.negative - sums.stories * share, information, spread)
                self.share[index] = self.share[index] * keep + gain * surprise
                self.share_weight[index] = self.share_weight[index] * keep + gain * information
        expect = sums.expect * math.exp(sums.rate_drift * window.rate_left)
        spread = 1 + expect * self.of_rate(index, window)
        gain = speed * window.stride * expect / (spread * spread)
        surprise = _winsorised(sums.stories - expect, expect, spread)
        self.rate[index] = self.rate[index] * keep + gain * surprise
        self.rate_weight[index] = self.rate_weight[index] * keep + gain * expect


def is_quiet(stories: float, negative: float, share: float) -> bool:
    """Return whether a window is certain to stay below the share gate.

    A deviance of N·KL is at most chi-square, and the reference is never below the usual share: no logarithm is
    needed to know.
    """
    above = negative - 0.5 - stories * share
    return above <= 0 or above * above <= SHARE_GATE * stories * share * (1 - share)


def evidence(
    index: int, window: Window, sums: Sums, usual: Usual, variances: Variances, doubts: tuple[float, float]
) -> float:
    """Return the evidence of one window in nats, its penalty taken off; 0 where there is none.

    `doubts` are the duplication factor and the variance of the baseline's own level.
    """
    duplication, level_doubt = doubts
    share = reference(sums.share_drift, usual, window)
    information = sums.stories * share * (1 - share)
    hits = sums.negative - 0.5
    if hits <= sums.stories * share or information <= 0:
        return 0.0
    surprise = _binomial(hits, sums.stories, share)
    surprise /= (1 + information * variances.of_share(index, window) + sums.stories / usual.weight) * duplication
    if surprise <= SHARE_GATE:
        return 0.0
    expect = sums.expect * math.exp(sums.rate_drift * window.rate_left)
    slot_doubt = 6.0 / (usual.day_mass + 3.0) / max(6, window.length)
    doubt = variances.of_rate(index, window) + slot_doubt + level_doubt
    volume = min(VOLUME_CAP, _gamma_poisson(sums.stories - 0.5, expect, 1 / doubt) / duplication)
    total = surprise + volume - window.penalty
    if sums.negative < FEW_NEGATIVES:
        total = min(total, FEW_CAP)
    return max(0.0, total)


def level_doubt(usual: Usual, level: float, learnt: int, grid: Timing) -> float:
    """Return the variance of the log of the baseline's level: what little data cannot know."""
    weeks = learnt / (7 * grid.per_day)
    return 1 / (level + 1.0) + 1 / (usual.week_mass + 20.0) + 0.1 / (1 + weeks)


def reference(drift: float, usual: Usual, window: Window) -> float:
    """Return the predicted share: upward only, since a launch dilutes the share and its end is no rise."""
    if drift <= 0:
        return usual.share
    return 1 / (1 + math.exp(-usual.logit - drift * window.share_left))


def _winsorised(error: float, variance: float, spread: float) -> float:
    """Return the squared error in units of `variance`, less the 1 that chance alone makes."""
    surprise, most = error * error / variance, 7.84 * spread
    return 1.15 * (surprise if surprise < most else most) - 1


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
