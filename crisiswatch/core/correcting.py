"""From a brand's labels to the correction of its share.

Labelled mentions need not be a fair sample: people are asked about the least certain ones. What a score is worth is
learnt from them all the same (a logistic curve from score to label, Platt 1999, bends under no choice by score); how
common "negative" was then follows from that curve over all stories that the brand had when labels were given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from crisiswatch.core.models import HISTOGRAM_BINS
from crisiswatch.core.sharing import UNIFORM, Correction, bin_odds

LEAST_LABELS = 200
"""Labels from which on a brand's share is corrected by them: with fewer, two numbers cannot be told from noise."""

LESSONS_KEPT = 2_000
"""Labels of one brand that count, the newest: what people write about changes."""

_FACTOR_PRIOR, _SUMMAND_PRIOR, _LEVEL_PRIOR = 0.06, 0.25, 9.0
"""Variances around 1 and 0 before any label: of factor and summand between sets of texts, and of the curve's level."""

_ROUNDS = 30
_NUDGE = 1e-3

Curve = tuple[float, float]


class Lesson(msgspec.Struct, array_like=True, frozen=True):
    """What a label taught: the log-odds that the mention had before, and whether it is negative."""

    odds: float
    is_negative: bool
    is_by_model: bool = False


class Lessons(msgspec.Struct):
    """What a brand was taught: lessons by mention, oldest first; and over all of them, the shares of its stories' bins.

    `usual` sums the histograms of the moments of labelling, each scaled to 1.
    """

    by_mention: dict[bytes, Lesson] = msgspec.field(default_factory=dict)
    usual: list[float] = msgspec.field(default_factory=lambda: [0.0] * HISTOGRAM_BINS)


def take_lesson(lessons: Lessons, uid: bytes, lesson: Lesson, usual: Sequence[float]) -> None:
    """Add a lesson; a later label of the same mention replaces it, unless a model gave that and a person this.

    `usual` is the histogram of the brand's stories.
    """
    known = lessons.by_mention.get(uid)
    if known is not None and lesson.is_by_model and not known.is_by_model:
        return
    lessons.by_mention.pop(uid, None)
    lessons.by_mention[uid] = lesson
    while len(lessons.by_mention) > LESSONS_KEPT:
        del lessons.by_mention[next(iter(lessons.by_mention))]
    stories = sum(usual)
    if stories > 0:
        lessons.usual = [known + count / stories for known, count in zip(lessons.usual, usual, strict=True)]


def fit_correction(lessons: Lessons) -> Correction:
    """Return the correction by the labels; the plain one while there are fewer than `LEAST_LABELS`."""
    taught = list(lessons.by_mention.values())
    if len(taught) < LEAST_LABELS:
        return Correction()
    curve, (var_factor, both, var_level) = _fit_curve(taught)
    summand = _summand(curve, taught, lessons.usual)
    by_factor = (_summand((curve[0] + _NUDGE, curve[1]), taught, lessons.usual) - summand) / _NUDGE
    by_level = (_summand((curve[0], curve[1] + _NUDGE), taught, lessons.usual) - summand) / _NUDGE
    variance = by_factor**2 * var_factor + 2 * by_factor * by_level * both + by_level**2 * var_level
    variance += 0.0 if sum(lessons.usual) else _variance_of_level(taught)
    kept = _SUMMAND_PRIOR / (_SUMMAND_PRIOR + variance)
    by_model = sum(lesson.is_by_model for lesson in taught)
    together = kept * (by_factor * var_factor + by_level * both)
    return Correction(curve[0], kept * summand, (var_factor, together, kept * variance), len(taught), by_model)


def _fit_curve(taught: Sequence[Lesson]) -> tuple[Curve, tuple[float, float, float]]:
    """Return factor and level of the logistic curve of greatest posterior, and their covariance (Laplace)."""
    factor, level = 1.0, 0.0
    for _ in range(_ROUNDS):
        slope_factor, slope_level = (1 - factor) / _FACTOR_PRIOR, -level / _LEVEL_PRIOR
        ff, fl, ll = 1 / _FACTOR_PRIOR, 0.0, 1 / _LEVEL_PRIOR
        for lesson in taught:
            chance = _chance((factor, level), lesson.odds)
            slope_factor += (lesson.is_negative - chance) * lesson.odds
            slope_level += lesson.is_negative - chance
            weight = chance * (1 - chance)
            ff, fl, ll = ff + weight * lesson.odds**2, fl + weight * lesson.odds, ll + weight
        size = ff * ll - fl * fl
        step = (ll * slope_factor - fl * slope_level) / size, (ff * slope_level - fl * slope_factor) / size
        factor, level = factor + step[0], level + step[1]
        if abs(step[0]) + abs(step[1]) < 1e-9:
            break
    return (factor, level), (ll / size, -fl / size, ff / size)


def _summand(curve: Curve, taught: Sequence[Lesson], usual: Sequence[float]) -> float:
    """Return the level of the curve as it were if a third of all stories were negative."""
    return curve[1] - _log_odds(_prior(curve, taught, usual)) + _log_odds(UNIFORM)


def _prior(curve: Curve, taught: Sequence[Lesson], usual: Sequence[float]) -> float:
    """Return how common "negative" was when labels were given; without stories to say so, as among the labels."""
    if not sum(usual):
        return (sum(lesson.is_negative for lesson in taught) + UNIFORM) / (len(taught) + 1)
    chances = (n * _chance(curve, bin_odds(place)) for place, n in enumerate(usual))
    return sum(chances) / sum(usual)


def _variance_of_level(taught: Sequence[Lesson]) -> float:
    negative = sum(lesson.is_negative for lesson in taught) + UNIFORM
    return 1 / negative + 1 / (len(taught) + 1 - negative)


def _chance(curve: Curve, odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, curve[0] * odds + curve[1]))))


def _log_odds(share: float) -> float:
    kept = min(1 - 1e-6, max(1e-6, share))
    return math.log(kept / (1 - kept))
