"""What is usual of one source: its rate by time of day and week with drift, and its negative share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PER_DAY, PER_WEEK = 288, 2016
"""Buckets of five minutes."""

PER_HOUR_OF_CLASS = {"low": (0.5, 5.0), "mid": (20.0, 200.0), "high": (500.0, 5000.0)}
"""Stories per hour of the classes of volume."""


@dataclass(frozen=True, slots=True)
class Background:
    """One source without events: expected stories and negative share by bucket.

    Counts are gamma-Poisson: the rate of a bucket is multiplied by a gamma variable with mean 1 and variance
    `dispersion`.
    """

    rate: Floats
    share: Floats
    dispersion: float


def make_background(rng: np.random.Generator, buckets: int, per_hour: float) -> Background:
    """Return a background with `per_hour` stories on average before its trend."""
    rate = per_hour / 12 * _profile(rng, buckets) * _trend(rng, buckets)
    noise = wander(rng, buckets, rng.uniform(0.9, 0.98), rng.uniform(0.08, 0.25))
    base = rng.uniform(0.06, 0.25)
    logit = math.log(base / (1 - base)) + wander(rng, buckets, rng.uniform(0.993, 0.999), rng.uniform(0.08, 0.2))
    return Background(rate * np.exp(noise), 1 / (1 + np.exp(-logit)), math.exp(rng.uniform(*np.log((0.01, 0.25)))))


def make_varied(rng: np.random.Generator, buckets: int, per_hour: float) -> Background:
    """Return a background of another kind: days with up to three busy times, a mood that has its own daily rhythm."""
    clock = np.arange(buckets) % PER_DAY / PER_DAY * 24
    shape = np.full(buckets, 0.25)
    for _ in range(rng.integers(1, 4)):
        away = (clock - rng.uniform(7, 22) + 12) % 24 - 12
        shape += rng.uniform(0.4, 1.2) * np.exp(-0.5 * (away / rng.uniform(1.5, 4)) ** 2)
    shape[(np.arange(buckets) // PER_DAY) % 7 >= 5] *= rng.uniform(0.35, 1.3)
    noise = wander(rng, buckets, rng.uniform(0.95, 0.995), rng.uniform(0.1, 0.35))
    base = rng.uniform(0.05, 0.4)
    rhythm = rng.uniform(0.0, 0.3) * np.cos((clock - rng.uniform(0, 24)) * np.pi / 12)
    drift = wander(rng, buckets, rng.uniform(0.98, 0.9995), rng.uniform(0.08, 0.25))
    share = 1 / (1 + np.exp(-(math.log(base / (1 - base)) + rhythm + drift)))
    return Background(per_hour / 12 * shape / shape.mean() * np.exp(noise), share, rng.uniform(0.005, 0.25))


def make_siblings(rng: np.random.Generator, buckets: int, rates: Sequence[float]) -> list[Background]:
    """Return the sources of one brand: they share its day, its news and its mood, and each has a little of its own."""
    whole, found = make_background(rng, buckets, 1.0), []
    for rate in rates:
        own = wander(rng, buckets, rng.uniform(0.9, 0.98), rng.uniform(0.05, 0.15))
        mood = rng.normal(0.0, 0.4) + wander(rng, buckets, rng.uniform(0.993, 0.999), rng.uniform(0.03, 0.1))
        share = 1 / (1 + np.exp(-(np.log(whole.share / (1 - whole.share)) + mood)))
        found.append(Background(rate * whole.rate * np.exp(own), share, whole.dispersion))
    return found


def wander(rng: np.random.Generator, buckets: int, keep: float, deviation: float) -> Floats:
    """Return an AR(1) series with that stationary deviation."""
    steps = rng.normal(0.0, deviation * math.sqrt(1 - keep * keep), buckets).tolist()
    value = float(rng.normal(0.0, deviation))
    path = []
    for step in steps:
        value = keep * value + step
        path.append(value)
    return np.array(path)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number whose logarithm is uniform."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _profile(rng: np.random.Generator, buckets: int) -> Floats:
    """Return a factor by time of day and week, 1 on average: two harmonics, another weekend, other evenings."""
    at = np.arange(buckets)
    day = 2 * np.pi * (at % PER_DAY) / PER_DAY
    first, second = rng.uniform(0.3, 0.9), rng.uniform(0.0, 0.3)
    shape = first * np.cos(day - rng.uniform(3.0, 5.0)) + second * np.cos(2 * day - rng.uniform(0, 2 * np.pi))
    weekdays = np.exp(rng.normal(0.0, 0.08, 7))
    weekdays[5:] *= rng.uniform(0.5, 1.1)
    factor = np.exp(shape) * weekdays[(at // PER_DAY) % 7]
    return np.asarray(factor / factor.mean())


def _trend(rng: np.random.Generator, buckets: int) -> Floats:
    return np.asarray(log_uniform(rng, 0.5, 2.0) ** np.linspace(0.0, 1.0, buckets))
