"""The negative share that people see: what the scores of many stories say of their share, and how sure that is.

A story's score is a probability under a uniform prior. What share of a window is negative is the prior under which the
scores agree with themselves: the likeliest share of a mixture of two known densities (Saerens, Latinne and Decaestecker
2002, by its likelihood, which has one maximum, in the place of their iteration). What the detector counts is another
number, and nothing here touches it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from crisiswatch.core.models import HISTOGRAM_BINS

UNIFORM = 1 / 3
"""The prior of "negative" under which scores are stored: one class of three."""

CHI_95 = 3.84
"""Twice the fall of the log-likelihood at the ends of an interval that holds the truth 95 times in 100."""

AS_COUNTED = 50.0
"""Stories that a brand must have had for its rates to weigh as much as the count as it is."""

_ENDS = (0.028, 0.961)
"""The mean score in the first and in the last bin, measured on texts kept from the training; their middles are farther
out, and would make each story there tell more than it does. In all other bins the mean is within 0.01 of the middle."""

_PRIOR_STORIES = 2.0
_MEANS = (_ENDS[0], *((place + 0.5) / HISTOGRAM_BINS for place in range(1, HISTOGRAM_BINS - 1)), _ENDS[1])
_STEPS = 40
_EDGE = 1e-6
_NUDGE = 0.05


class Correction(msgspec.Struct, frozen=True):
    """How the model's log-odds become those that hold for one brand: times `factor`, plus `summand`.

    `spread` holds the variance of the factor, their covariance, and the variance of the summand; the default is what
    the model's error differed by between the development sets. `labels` is how many labels it was fitted to,
    `by_model` how many of them a second model gave.
    """

    factor: float = 1.0
    summand: float = 0.0
    spread: tuple[float, float, float] = (0.03, 0.0, 0.09)
    labels: int = 0
    by_model: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """A negative share and its 95 % interval, 0..1."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Rates:
    """How many of the stories that are not negative are counted so (`false`), and of those that are (`true`).

    Usually `share` of them are negative and `counted` are counted so.
    """

    false: float = 0.0
    true: float = 1.0
    counted: float = 0.0
    share: float = 0.0

    def correct(self, counted: float) -> float:
        """Return the share that is negative where this share is counted so; none where none is counted."""
        if counted < self.counted:
            return self.share * counted / self.counted
        return min(1.0, self.share + (counted - self.counted) / max(self.true - self.false, _NUDGE))


@dataclass(frozen=True, slots=True)
class Estimate:
    """How the share that people see was come by: its 95 % interval, and what the detector counted in its place.

    `counted` and `counted_usual` are shares by the detector's own count, which `rates` correct; `labels` is how many
    labels of this brand stand behind it, 0 if too few to be used.
    """

    lower: float
    upper: float
    counted: float
    counted_usual: float
    rates: Rates = field(default_factory=Rates)
    labels: int = 0
    by_model: int = 0


def estimate(histogram: Sequence[float], correction: Correction) -> Share:
    """Return the share of the stories in a histogram of scores; nothing is known without stories."""
    if not sum(histogram):
        return Share(0.0, 0.0, 1.0)
    ratios = likelihood_ratios(correction)
    value = most_likely(histogram, ratios)
    best = _log_likelihood(histogram, ratios, value) - CHI_95 / 2

    def is_plausible(share: float) -> bool:
        return _log_likelihood(histogram, ratios, share) > best

    lower = _edge(lambda share: not is_plausible(share), _EDGE, value)
    upper = _edge(is_plausible, value, 1 - _EDGE)
    doubt = CHI_95 * _variance_of_model(histogram, correction, value)
    below, above = math.sqrt((value - lower) ** 2 + doubt), math.sqrt((upper - value) ** 2 + doubt)
    return Share(value, max(0.0, value - below), min(1.0, value + above))


def counted_rates(usual: Sequence[float], counted: Sequence[float], correction: Correction) -> Rates:
    """Return how the detector counts a brand's usual stories, of which `counted` in each bin count as negative.

    Those of a brand that is not known are taken as counted.

    So what is usual by the detector's count becomes what is usual on the scale of `estimate`.
    """
    ratios = likelihood_ratios(correction)
    share = most_likely(usual, ratios) if sum(usual) else UNIFORM
    negative = [stories * _posterior(share, ratio) for stories, ratio in zip(usual, ratios, strict=True)]
    others = [stories - bad for stories, bad in zip(usual, negative, strict=True)]
    parts = [part / stories if stories else 0.0 for part, stories in zip(counted, usual, strict=True)]
    known = sum(usual)
    as_counted = sum(counted) / known if known else 0.0
    shown = (known * share + AS_COUNTED * as_counted) / (known + AS_COUNTED)
    return Rates(_rate(others, parts, 0.0), _rate(negative, parts, 1.0), as_counted, shown)


def histogram_of(bins: Iterable[int]) -> list[float]:
    """Return how many scores lie in each bin; −1 is no score."""
    counts = [0.0] * HISTOGRAM_BINS
    for place in bins:
        if place >= 0:
            counts[place] += 1.0
    return counts


def bin_odds(place: int) -> float:
    """Return the log-odds of a bin's mean score."""
    mean = _MEANS[place]
    return math.log(mean / (1 - mean))


def likelihood_ratios(correction: Correction) -> list[float]:
    """Return how much likelier each bin is for a negative story than for another one."""
    uniform = math.log(UNIFORM / (1 - UNIFORM))
    return [
        math.exp(correction.factor * bin_odds(place) + correction.summand - uniform) for place in range(HISTOGRAM_BINS)
    ]


def most_likely(histogram: Sequence[float], ratios: Sequence[float]) -> float:
    """Return the share of greatest likelihood, drawn a little (by two stories) towards the uniform prior."""

    def rises(share: float) -> bool:
        slope = _PRIOR_STORIES * (UNIFORM / share - (1 - UNIFORM) / (1 - share))
        return slope + sum(n * (r - 1) / (share * r + 1 - share) for n, r in zip(histogram, ratios, strict=True)) > 0

    return _edge(rises, _EDGE, 1 - _EDGE)


def _edge(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a claim that holds at `low` ceases to hold on the way to `high`."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _log_likelihood(histogram: Sequence[float], ratios: Sequence[float], share: float) -> float:
    prior = _PRIOR_STORIES * (UNIFORM * math.log(share) + (1 - UNIFORM) * math.log(1 - share))
    return prior + sum(n * math.log(share * r + 1 - share) for n, r in zip(histogram, ratios, strict=True) if n)


def _variance_of_model(histogram: Sequence[float], correction: Correction, value: float) -> float:
    """Return the variance of the share that comes from not knowing factor and summand better."""
    steeper = Correction(correction.factor + _NUDGE, correction.summand)
    higher = Correction(correction.factor, correction.summand + _NUDGE)
    by_factor = (most_likely(histogram, likelihood_ratios(steeper)) - value) / _NUDGE
    by_summand = (most_likely(histogram, likelihood_ratios(higher)) - value) / _NUDGE
    factor, both, summand = correction.spread
    return max(0.0, by_factor**2 * factor + 2 * by_factor * by_summand * both + by_summand**2 * summand)


def _posterior(share: float, ratio: float) -> float:
    return share * ratio / (share * ratio + 1 - share)


def _rate(stories: Sequence[float], parts: Sequence[float], plain: float) -> float:
    counted = sum(n * part for n, part in zip(stories, parts, strict=True))
    return (counted + plain * AS_COUNTED) / (sum(stories) + AS_COUNTED)
