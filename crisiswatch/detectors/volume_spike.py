"""Volume spike: far more stories in the last hour than usual, whatever their tone. A notice, never an alert.

With N stories in the hour, Λ expected and s the relative spread of that expectation, the evidence is the signed root
of the Poisson deviance of N - ½ (continuity correction),

    z = √(2 [N ln(N ÷ Λ) - (N - Λ)] ÷ (1 + s² Λ) ÷ V),

where 1 + s² Λ is the variance of N in units of Λ and V what hours so far varied beyond it, or less: the running mean of
z², half-life one week, each z² winsorised at (2.8)² V and corrected by 1.15 for that. The score is z ÷ 6, and no
more than N ÷ (2 Λ): what is sure but small is no spike. Source: the deviance form of the scan statistic of Kulldorff
(1997), with the variance inflation that public-health surveillance uses (Noufaily et al. 2013).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from crisiswatch.core.steps import Feature
from crisiswatch.errors import StoreUnusable

VERSION = 1

SURE, FAR = 6.0, 2.0
"""z, and multiple of the expected stories, that are worth a notice."""

LEAST_STORIES = 10
"""Fewer stories in an hour are no volume."""

WARM = 24
"""Hours of which buckets must have been learnt before anything is said: a morning is no spike."""

HALF_LIFE, YOUNG = 2016.0, 50.0
"""Hours that the variance remembers by half, one every bucket; and how many its first value, 1, is worth."""

WINSORISED, CORRECTION = 7.84, 1.15

LEAST_VARIANCE = 0.2
"""V is learnt downwards as well: the spread of a young baseline says more doubt than there is, but not without end."""


class State(msgspec.Struct):
    """All that the detector remembers."""

    version: int = VERSION
    variance: float = 1.0
    learnt: int = 0


class VolumeSpike:
    """Scores the features of one hour: `stories`, `expected` and `spread`. 1.0 is worth a notice; O(1).

    `hour` is how many buckets an hour has; the hours that end with each bucket are learnt.
    """

    name = "volume_spike"
    series = Feature.STORIES

    def __init__(self, hour: int = 12, state: bytes | None = None) -> None:
        self._hour = hour
        self._state = State() if state is None else _restored(state)

    def score_one(self, x: Mapping[str, float]) -> float:
        """Return how far above its baseline the volume is; changes nothing."""
        stories, expected = x.get(Feature.STORIES, 0.0), x.get(Feature.EXPECTED, 0.0)
        if self._state.learnt < WARM * self._hour:
            return 0.0
        if not (stories >= LEAST_STORIES and 0 <= expected < stories < math.inf):
            return 0.0
        squared = self._squared(x)
        if not math.isfinite(squared):
            return 0.0
        z = math.sqrt(squared / max(LEAST_VARIANCE, self._state.variance))
        return min(z / SURE, stories / max(expected, 0.5) / FAR)

    def usual_one(self, x: Mapping[str, float]) -> float:
        """Return the stories that were expected."""
        return x.get(Feature.EXPECTED, 0.0)

    def learn_one(self, x: Mapping[str, float]) -> None:
        """Learn how much hours vary beyond what their expectation says."""
        state = self._state
        squared = self._squared(x)
        if not math.isfinite(squared):
            return
        weight = max(1 - 0.5 ** (1 / HALF_LIFE), 1 / (state.learnt + YOUNG))
        most = WINSORISED * max(LEAST_VARIANCE, state.variance)
        state.variance += weight * (CORRECTION * min(squared, most) - state.variance)
        state.learnt += 1

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)

    def _squared(self, x: Mapping[str, float]) -> float:
        """Return z² before V, of hours above and below what was expected alike; NaN where nothing can be said."""
        stories, expected = x.get(Feature.STORIES, math.nan), x.get(Feature.EXPECTED, math.nan)
        spread = x.get(Feature.SPREAD, 0.0)
        if not (0 <= stories < math.inf and 0 <= expected < math.inf and 0 <= spread < math.inf):
            return math.nan
        expected = max(expected, 0.5)
        counted = max(stories - 0.5, expected) if stories > expected else min(stories + 0.5, expected)
        deviance = 2 * (counted * math.log(counted / expected) - (counted - expected))
        return max(0.0, deviance) / (1 + spread * spread * expected)


def _restored(data: bytes) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"volume_spike: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION:
        raise StoreUnusable("volume_spike: the checkpoint is of another version")
    return state
