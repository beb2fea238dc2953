"""Story velocity: one post or story grows far faster than the fastest ones of this brand do. A notice, never an alert.

The value is what the fastest story of the hour gained: copies and reposts, or reactions. Each hour's largest value
is learnt once into a running tail (`core.rarity`); the score is the rarity of the value, -log10 P(V > v), divided by
that of once in ninety days of hours, and no more than the value ÷ the least that people call fast. Source of the
tail: Hill (1975), shrunken; extremes of block maxima as in the peaks-over-threshold method of Siffer et al. (2017).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from crisiswatch.core.rarity import Tail
from crisiswatch.core.steps import Feature
from crisiswatch.errors import StoreUnusable

VERSION = 1

ONCE_IN = 90 * 24
"""Hours in which one is expected to be as fast by chance."""

FAST = {Feature.LARGEST_COPIES: 20.0, Feature.LARGEST_REACTIONS: 500.0}
"""What one story must gain in an hour to be called fast, whatever the brand; per measure."""

WARM = 24
"""Hours to be seen before anything is said."""


class State(msgspec.Struct):
    """All that the detector remembers; `buckets` counts those since the last hour that was learnt."""

    series: str
    tail: Tail
    version: int = VERSION
    buckets: int = 0
    largest: float = 0.0


class StoryVelocity:
    """Scores the largest story of one hour by one measure. 1.0 is worth a notice; O(1).

    `hour` is how many buckets an hour has: the hours that follow each other bucket by bucket overlap, and only one in
    `hour` is learnt, with the largest value since the last one.
    """

    name = "story_velocity"

    def __init__(self, series: Feature = Feature.LARGEST_COPIES, hour: int = 12, state: bytes | None = None) -> None:
        self.series = series
        self._hour = hour
        floor = FAST[series] / 10
        self._state = State(series, Tail.above(floor)) if state is None else _restored(state, series)

    def score_one(self, x: Mapping[str, float]) -> float:
        """Return how fast the fastest story is; changes nothing."""
        value, tail = x.get(self.series, 0.0), self._state.tail
        if tail.seen < WARM or not math.isfinite(value):
            return 0.0
        return min(tail.rarity(value) / math.log10(ONCE_IN), value / FAST[self.series])

    def usual_one(self, x: Mapping[str, float]) -> float:
        """Return what the fastest story of nine in ten hours does not exceed."""
        return self._state.tail.quantile

    def learn_one(self, x: Mapping[str, float]) -> None:
        """Learn the hour, if it begins after the last one that was learnt."""
        state, value = self._state, x.get(self.series, math.nan)
        if not 0 <= value < math.inf:
            return
        state.largest = max(state.largest, value)
        state.buckets += 1
        if state.buckets >= self._hour:
            state.tail.learn(state.largest)
            state.buckets, state.largest = 0, 0.0

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)


def _restored(data: bytes, series: Feature) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"story_velocity: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION or state.series != series:
        raise StoreUnusable("story_velocity: the checkpoint is of another version or measure")
    return state
