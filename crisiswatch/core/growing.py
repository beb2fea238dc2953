"""How fast it grows: doubling time, what the next hour may bring, when it would be critical, how it is passed on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

LEAST_STORIES = 20
"""With fewer stories no growth can be told from chance."""

SIGNIFICANT = 2.0
"""Standard deviations by which the later half must exceed the earlier one."""

LONGEST = timedelta(hours=24)
"""A slower doubling is not called growth."""

AHEAD = timedelta(hours=1)
"""How far a forecast looks."""

BAND = 1.2816
"""Standard deviations on each side of a band that holds 80 of 100 outcomes."""

MOST_GROWTH = 8.0
"""How many times an hour's stories may grow into by the next: no crowd doubles every ten minutes for two hours."""

SOON = timedelta(hours=2)
"""Farther ahead, the time to a threshold is not told: growth does not last."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Stories in the coming `AHEAD` if it goes on as in the last hour; 80 of 100 times they lie in [lower, upper]."""

    stories: float
    lower: float
    upper: float


def doubling_time(counts: Sequence[float], length: timedelta) -> timedelta | None:
    """Return the doubling time of counts per stretch of `length`, oldest first; None where it does not surely grow.

    The two halves of the stretch are compared: if the later has r times the stories of the earlier, the rate grows
    by r in half the time. The difference of two Poisson counts has the variance of their sum.
    """
    half = len(counts) // 2
    earlier, later = sum(counts[:half]), sum(counts[-half:]) if half else 0.0
    if half == 0 or earlier + later < LEAST_STORIES or earlier <= 0:
        return None
    if later - earlier < SIGNIFICANT * math.sqrt(earlier + later):
        return None
    doubling = (len(counts) - half) * length * (math.log(2) / math.log(later / earlier))
    return doubling if doubling <= LONGEST else None


def forecast(counts: Sequence[float], length: timedelta) -> Forecast | None:
    """Return what the next hour brings by counts per stretch of `length`, oldest first; None with too few stories.

    A rate exp(g·t) is assumed, growing, level or falling. Halves of E and L stories, h apart, estimate g = ln(L/E)/h,
    and the hour H after them brings

        N = L · exp(g·h) · (exp(g·H) − 1) / (exp(g·h) − 1).

    For Poisson counts ln(L/E) has the variance 1/E + 1/L (delta method); with s = dlnN / dln(L/E), the logarithm of N
    varies by (1 + s)²/L + s²/E, to which the next hour's own chance adds 1/N. The band is lognormal:
    N · exp(±1.28·√(…)). The method is the textbook one of extrapolating a log-linear Poisson rate by its maximum
    likelihood estimate (McCullagh & Nelder, Generalized Linear Models, §6).
    """
    half = len(counts) // 2
    earlier, later = sum(counts[:half]), sum(counts[-half:]) if half else 0.0
    if half == 0 or earlier + later < LEAST_STORIES:
        return None
    early, late = earlier + 0.5, later + 0.5  # a half without stories has a logarithm too
    hours_ahead = AHEAD / (half * length)
    log_growth = min(math.log(late / early), math.log(MOST_GROWTH) / hours_ahead)
    stories = late * _multiple(log_growth, hours_ahead)
    step = 1e-4
    slope = math.log(_multiple(log_growth + step, hours_ahead) / _multiple(log_growth - step, hours_ahead)) / (2 * step)
    spread = math.sqrt((1 + slope) ** 2 / late + slope**2 / early + 1 / stories)
    return Forecast(stories, stories * math.exp(-BAND * spread), stories * math.exp(BAND * spread))


def time_until(score: float, threshold: float, doubling: timedelta | None) -> timedelta | None:
    """Return when a growing score would reach a threshold; None if it has, does not grow, or not within `SOON`.

    The score is evidence relative to the bar, and evidence of a rise is a log-likelihood ratio: a sum over stories.
    With the shares unchanged it grows about as fast as the count, which doubles in `doubling`:

        t = doubling · log₂(threshold / score).

    It is a rough time: chance in the doubling time is not told, and a crowd that also turns more negative is faster.
    """
    if doubling is None or not 0 < score < threshold:
        return None
    wait = doubling * math.log2(threshold / score)
    return wait if wait <= SOON else None


def branching_ratio(stories: int, copies: int) -> float | None:
    """Return how many direct reposts a post brings on average (0..1), None with too few; `copies` counts everything.

    In a branching process with immigrants every post is somebody's child or the first of its story. Harris's estimator,
    children ÷ parents, is then (copies − stories) ÷ copies (Harris 1948; Hawkes & Oakes 1974 for posts in time). Under
    1 each story dies out; near 1 it feeds itself. While it grows, posts have not had all their children yet: the true
    ratio is higher.
    """
    if copies < LEAST_STORIES or stories <= 0 or copies < stories:
        return None
    return (copies - stories) / copies


def _multiple(log_growth: float, ahead: float) -> float:
    """Return N/L: the next `ahead` halves against the last one, where each half grows by exp(log_growth)."""
    if abs(log_growth) < 1e-6:
        return ahead
    return math.exp(log_growth) * math.expm1(log_growth * ahead) / math.expm1(log_growth)
