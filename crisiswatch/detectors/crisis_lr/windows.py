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

ANGRY = 0.5
"""Negative share of the stories that a crisis adds: more volume than the surplus of negative stories explains at this
share is no evidence. A brand that is spoken of twice as much for good, in the usual mood, is not in trouble."""

FEW_NEGATIVES, FEW_CAP = 2.5, 3.0
"""With fewer negative stories than this a window's evidence is capped."""


STRANGE_MOOD, YOUNG_DAYS = 0.2, 14.0
"""Variance of the logit of the share of one day around the usual one, launches included, while few days are known; and
the days after which that is no matter: every weekday was then seen twice."""


class Sums(msgspec.Struct, frozen=True, gc=False):
    """What a window holds, and what was predicted: `share_drift` and `rate_drift` when it began.

    `share` is the usual one of the stories it holds: of the times of day at which they came.
    """

    stories: float
    negative: float
    expect: float
    share: float
    share_drift: float
    rate_drift: float


class Doubts(msgspec.Struct, frozen=True, gc=False):
    """What makes every window say less: the duplication factor, and the variances, on the scale of logarithms, of the
    baseline's own level and of its mood: another mixture of sources, or days that were not like others."""

    duplication: float
    level: float
    mood: float


class Support(msgspec.Struct, frozen=True, gc=False):
    """What one window says, in nats: its evidence, and the `support` that it has before its penalty is taken off."""

    evidence: float
    support: float


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

    def learn(self, index: int, window: Window, sums: Sums, speed: float) -> None:
        """Learn from a window that is closed; surprises are winsorised at 2.8 standard deviations.

        Not from a share that was falling: the upward-only reference leaves a dip uncorrected.
        """
        keep, stories = 1 - speed * window.forget, sums.stories
        if sums.share_drift >= 0 and stories > 0:
            share = reference(sums, window)
            information = stories * share * (1 - share)
            if information > 0:
                spread = 1 + information * self.of_share(index, window)
                gain = speed * window.stride * information / (spread * spread)
                surprise = _winsorised(sums.negative - stories * share, information, spread)
                self.share[index] = self.share[index] * keep + gain * surprise
                self.share_weight[index] = self.share_weight[index] * keep + gain * information
        expect = sums.expect * math.exp(sums.rate_drift * window.rate_left)
        spread = 1 + expect * self.of_rate(index, window)
        gain = speed * window.stride * expect / (spread * spread)
        surprise = _winsorised(stories - expect, expect, spread)
        self.rate[index] = self.rate[index] * keep + gain * surprise
        self.rate_weight[index] = self.rate_weight[index] * keep + gain * expect


def support(
    index: int, window: Window, sums: Sums, usual: Usual, variances: Variances, doubts: Doubts
) -> Support | None:
    """Return what one window says; None where it says nothing."""
    share, stories = reference(sums, window), sums.stories
    information = stories * share * (1 - share)
    above = sums.negative - 0.5 - stories * share
    if above <= 0 or information <= 0:
        return None
    spread = variances.of_share(index, window) + doubts.mood
    vague = (1 + information * spread + stories / usual.weight) * doubts.duplication
    if above * above <= SHARE_GATE * information * vague:
        return None  # a deviance is at most chi-square: no logarithm is needed to know
    surprise = _binomial(sums.negative - 0.5, stories, share) / vague
    if surprise <= SHARE_GATE:
        return None
    expect = sums.expect * math.exp(sums.rate_drift * window.rate_left)
    explained = expect + (sums.negative - stories * share) / max(0.1, ANGRY - share)
    doubt = variances.of_rate(index, window) + 6.0 / (usual.day_mass + 3.0) / max(6, window.length) + doubts.level
    volume = _gamma_poisson(min(stories - 0.5, explained), expect, 1 / doubt) / doubts.duplication
    total = surprise + min(VOLUME_CAP, volume)
    evidence = total - window.penalty
    if sums.negative < FEW_NEGATIVES:
        evidence = min(evidence, FEW_CAP)
    return Support(evidence, total) if evidence > 0 else None


def level_doubt(usual: Usual, level: float, learnt: int, grid: Timing) -> float:
    """Return the variance of the log of the baseline's level: what little data cannot know."""
    weeks = learnt / (7 * grid.per_day)
    return 1 / (level + 1.0) + 1 / (usual.week_mass + 20.0) + 0.1 / (1 + weeks)


def mood_doubt(learnt: int, grid: Timing) -> float:
    """Return the variance of the logit of the usual share while few days are known: many stories of one mood know one.

    It is that of a mean over the days, the day that is judged among them; 0 from YOUNG_DAYS on.
    """
    days = learnt / grid.per_day
    return STRANGE_MOOD * (1 / (1 + days) - 1 / (1 + YOUNG_DAYS)) if days < YOUNG_DAYS else 0.0


def reference(sums: Sums, window: Window) -> float:
    """Return the predicted share: upward only, since a launch dilutes the share and its end is no rise."""
    if sums.share_drift <= 0:
        return sums.share
    odds = sums.share / (1 - sums.share) * math.exp(sums.share_drift * window.share_left)
    return odds / (1 + odds)


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
