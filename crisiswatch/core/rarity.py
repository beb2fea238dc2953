"""How rare is a value among those seen before: a running quantile, and a Pareto tail above it."""

from __future__ import annotations

import math

import msgspec

RARE = 0.1
"""A value above the running (1 - RARE) quantile is in the tail."""

PRIOR_SLOPE, PRIOR_WEIGHT = 0.4, 10.0
"""Slope of the tail before any of it is seen, and how many values that is worth."""

SLOWEST = 0.02
"""The quantile never moves by less than this part of itself: usual things change."""

MOST_EXCESS = 3.0
"""In slopes: what one value can add to the slope, so that an outbreak is not made usual by itself."""


class Tail(msgspec.Struct):
    """The distribution of positive values, as far as its upper end matters; 40 bytes whatever was seen.

    P(V > v) = RARE · (v ÷ quantile)^(-1 ÷ slope) above the quantile, which stochastic approximation follows; the
    slope is Hill's estimator, shrunken to PRIOR_SLOPE. `least` is the quantile's floor, in units of the value.
    """

    least: float
    quantile: float
    excess: float = 0.0
    exceeded: int = 0
    seen: int = 0

    @classmethod
    def above(cls, least: float) -> Tail:
        """Return a tail that has seen nothing."""
        return cls(least, least)

    def rarity(self, value: float) -> float:
        """Return -log10 of the probability of a value this large; 0 where it is not in the tail."""
        if not value > self.quantile:
            return 0.0
        return -math.log10(RARE) + math.log10(value / self.quantile) / self._slope()

    def learn(self, value: float) -> None:
        """Move the quantile towards the value, and learn by how much it exceeds it."""
        slope = self._slope()
        self.seen += 1
        step = max(SLOWEST, 1 / (self.seen + 2)) * self.quantile
        if value > self.quantile:
            log_excess = math.log(value / self.quantile)
            self.excess += min(log_excess, MOST_EXCESS * slope)
            self.exceeded += 1
            # One far value moves a young quantile no further than to itself.
            self.quantile += min(value - self.quantile, step * (1 - RARE) / RARE)
        else:
            self.quantile = max(self.least, self.quantile - step)

    def _slope(self) -> float:
        return (PRIOR_WEIGHT * PRIOR_SLOPE + self.excess) / (PRIOR_WEIGHT + self.exceeded)
