"""What scores are worth: classes, ranking, calibration, the share of a window and the power to see it rise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisiswatch.core.counting import negativity_bin
from crisiswatch.core.sharing import UNIFORM, Correction, estimate, histogram_of

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Truth = NDArray[np.bool_]

_LOW, _HIGH = 0.05, 0.60
_WINDOWS = 200
_BINS = 10
_DRAWS = 100
_ONE_PERCENT, _EIGHTY_PERCENT = 2.3263, 0.8416
"""Quantiles of the normal distribution: false alarms of a one-sided test, and its power."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Means over the classes that occur."""

    macro_recall: float
    macro_f1: float


def classes(labels: Labels, found: Labels) -> Classes:
    """Return recall and F1, each class counting the same; labels are 0 negative, 1 neutral, 2 positive."""
    recalls, scores = [], []
    for label in np.unique(labels):
        right = int(((found == label) & (labels == label)).sum())
        there, said = int((labels == label).sum()), int((found == label).sum())
        recalls.append(right / there)
        scores.append(2 * right / (there + said))
    return Classes(sum(recalls) / len(recalls), sum(scores) / len(scores))


def auc(negative: Truth, scores: Floats) -> float:
    """Return how often a negative text scores above another one; ties count half. NaN without both."""
    order = np.sort(scores)
    ranks = (np.searchsorted(order, scores, "left") + np.searchsorted(order, scores, "right") + 1) / 2
    number, others = int(negative.sum()), int((~negative).sum())
    if not number or not others:
        return math.nan
    return float((ranks[negative].sum() - number * (number + 1) / 2) / (number * others))


def ece(negative: Truth, scores: Floats) -> float:
    """Return the mean distance between probability and frequency, over ten equal bins."""
    bins = np.minimum((scores * _BINS).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, scores - negative, _BINS)
    return float(np.abs(gaps).sum() / len(scores))


def ece_by_chance(scores: Floats, random: np.random.Generator) -> float:
    """Return what `ece` finds, on the average, where the scores are exactly right: so many texts tell no better."""
    return float(np.mean([ece(random.random(len(scores)) < scores, scores) for _ in range(_DRAWS)]))


def with_prior(scores: Floats, prior: float) -> Floats:
    """Return uniform-prior probabilities as they are where this share is negative."""
    yes, no = scores * prior / UNIFORM, (1 - scores) * (1 - prior) / (1 - UNIFORM)
    return yes / (yes + no)


def find_prior(scores: Floats, rounds: int = 500) -> float:
    """Return the share under which the scores agree with their own mean (expectation-maximisation)."""
    prior = UNIFORM
    for _ in range(rounds):
        mean = float(with_prior(scores, prior).mean())
        if abs(mean - prior) < 1e-6:
            break
        prior = mean
    return prior


def share_error(negative: Truth, scores: Floats, size: int, random: np.random.Generator) -> float:
    """Return the mean error of the share of windows whose true share is drawn between 5 % and 60 %."""
    bad, other = np.flatnonzero(negative), np.flatnonzero(~negative)
    errors = []
    for _ in range(_WINDOWS):
        number = round(float(random.uniform(_LOW, _HIGH)) * size)
        window = np.concatenate([random.choice(bad, number), random.choice(other, size - number)])
        errors.append(abs(find_prior(scores[window]) - number / size))
    return float(np.mean(errors))


def shown_share(
    negative: Truth, scores: Floats, size: int, random: np.random.Generator, correction: Correction
) -> dict[str, float]:
    """Return the mean error of the share as alerts show it, how often its interval held the truth, and its width."""
    bad, other = np.flatnonzero(negative), np.flatnonzero(~negative)
    errors, held, widths = [], [], []
    for _ in range(_WINDOWS):
        number = round(float(random.uniform(_LOW, _HIGH)) * size)
        window = np.concatenate([random.choice(bad, number), random.choice(other, size - number)])
        found = estimate(histogram_of(negativity_bin(float(score)) for score in scores[window]), correction)
        errors.append(abs(found.value - number / size))
        held.append(found.lower <= number / size <= found.upper)
        widths.append(found.upper - found.lower)
    return {"error": float(np.mean(errors)), "held": float(np.mean(held)), "width": float(np.mean(widths))}


def n80(negative: Truth, scores: Floats, low: float = 0.20, high: float = 0.35) -> float:
    """Return how many texts show that the share rose from `low` to `high`: mean score, 1 % one-sided, 80 % power."""
    yes, no = scores[negative], scores[~negative]
    gap = float(yes.mean() - no.mean())
    if gap <= 0:
        return math.inf

    def deviation(share: float) -> float:
        return math.sqrt(share * float(yes.var()) + (1 - share) * float(no.var()) + share * (1 - share) * gap * gap)

    return ((_ONE_PERCENT * deviation(low) + _EIGHTY_PERCENT * deviation(high)) / (gap * (high - low))) ** 2


def log_odds(scores: Floats) -> Floats:
    """Return log-odds, within bounds."""
    kept = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))
