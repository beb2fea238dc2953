"""ShareCusum: a cumulative sum of how much the negative share of the last hour exceeds its slow mean.

    g ← min(20, max(0, g + s - m - 0.04)),   s = (K + 3 m) ÷ (N + 3)

with K of N stories of the last hour negative, and m the running mean of s, half-life one week, each deviation
winsorised at three standard deviations. Floods of copies and buckets not seen count as nothing said. Kept to compare
the shipped detector with: it finds nearly every crisis, and most of them hours late. Source: Page (1954), one-sided
CUSUM.
"""

from __future__ import annotations

import math

import msgspec

from crisiswatch.core.models import Count
from crisiswatch.errors import StoreUnusable

VERSION = 1

ALLOWANCE, MOST = 0.04, 20.0
"""Excess of the share that is not counted, and the sum's ceiling: so it comes down again after a long crisis."""

HOUR, HALF_LIFE, YOUNG = 12, 2016, 50
"""Buckets of the share, of the mean's half-life, and how many its first value is worth."""

PRIOR_STORIES, USUAL_SHARE, USUAL_VARIANCE = 3.0, 0.15, 0.01

COPIED, FEW = 2.0, 3.0
"""More copies than COPIED a story, and FEW, are a flood."""


class State(msgspec.Struct):
    """All that the detector remembers; the rings hold the last hour."""

    version: int = VERSION
    stories: list[float] = msgspec.field(default_factory=lambda: [0.0] * HOUR)
    negative: list[float] = msgspec.field(default_factory=lambda: [0.0] * HOUR)
    mean: float = USUAL_SHARE
    variance: float = USUAL_VARIANCE
    total: float = 0.0
    learnt: int = 0


class ShareCusum:
    """Scores a series of buckets of five minutes. Follows river's verbs; O(1)."""

    name = "share_cusum"

    def __init__(self, state: bytes | None = None) -> None:
        self._state = State() if state is None else _restored(state)

    def score_one(self, count: Count) -> float:
        """Return the sum as it will be once this bucket is learnt; changes nothing."""
        return self._summed(self._excess(count))

    def learn_one(self, count: Count) -> None:
        """Learn the next bucket."""
        state, excess = self._state, self._excess(count)
        state.total = self._summed(excess)
        slot = state.learnt % HOUR
        state.stories[slot], state.negative[slot] = believed(count)
        weight = max(1 - 0.5 ** (1 / HALF_LIFE), 1 / (state.learnt + YOUNG))
        limit = 3 * math.sqrt(state.variance) + 0.01
        step = min(max(excess, -limit), limit)
        state.mean += weight * step
        state.variance += weight * (step * step - state.variance)
        state.learnt += 1

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)

    def _excess(self, count: Count) -> float:
        state, slot = self._state, self._state.learnt % HOUR
        stories, negative = believed(count)
        stories += sum(state.stories) - state.stories[slot]
        negative += sum(state.negative) - state.negative[slot]
        return (negative + PRIOR_STORIES * state.mean) / (stories + PRIOR_STORIES) - state.mean

    def _summed(self, excess: float) -> float:
        return min(MOST, max(0.0, self._state.total + excess - ALLOWANCE))


def believed(count: Count) -> tuple[float, float]:
    """Return stories and negative ones, none where the bucket was not seen, is a flood, or holds no counts."""
    is_sound = 0 <= count.negative <= count.stories < math.inf and 0 <= count.copies < math.inf
    if not is_sound or not count.covered >= 0.5 or count.copies > COPIED * count.stories + FEW:
        return 0.0, 0.0
    return count.stories, count.negative


def _restored(data: bytes) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"share_cusum: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION or len(state.stories) != HOUR or len(state.negative) != HOUR:
        raise StoreUnusable("share_cusum: the checkpoint is of another version")
    return state
