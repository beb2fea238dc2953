"""NoveltyBag: how new is a value of a metric series, at several time scales, compared with all that was seen before?

For counts that are not mentions: page views, API counts, latencies. Equal-weight bag of experts. Each watches one
feature of blocks of samples (their extreme, their mean, what is left of the mean without its time of day) and asks
how far it is from the nearest one that it remembers; a running tail model turns distances into surprise.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from datetime import datetime
from typing import NamedTuple

import msgspec

from crisiswatch.errors import StoreUnusable

VERSION = 1

MEMBERS = (
    ("value", 60),
    ("value", 240),
    ("value", 750),
    ("mean", 60),
    ("seasonal", 120),
    ("seasonal", 750),
)
"""Feature (a field of Features), and blocks per warm-up, of each expert."""

REMEMBERED = 14.0
"""Warm-ups of blocks that an expert remembers."""

RARE = 0.02
"""A distance above the running (1 - RARE) quantile is in the tail."""

TAIL_SLOPE, TAIL_WEIGHT = 0.4, 10.0
"""Slope of the tail before any is seen, and how many distances that is worth."""

LEAST_SCORE, REST, GROWTH, MARGIN = 0.2, 0.8, 1.2, 0.1
"""What is worth an alarm. Right after one, only what exceeds it by GROWTH and MARGIN is worth another; what is asked
for falls in a straight line, to nothing after REST warm-ups."""


class Tail(msgspec.Struct):
    """A running quantile of distances and a Pareto tail above it; the slope is shrunken to TAIL_SLOPE."""

    quantile: float = 0.05
    excess: float = 0.0
    exceeded: int = 0
    seen: int = 0

    def surprise(self, distance: float) -> float:
        """Return -log10 of the probability of a distance this large."""
        base, distance = -math.log10(RARE), distance + 1e-9
        if distance <= self.quantile:
            return base * distance / self.quantile
        return base + math.log10(distance / self.quantile) / self._slope()

    def learn(self, distance: float) -> None:
        """Move the quantile towards the distance and learn its excess."""
        slope = self._slope()
        self.seen += 1
        step = max(0.01, 1 / (self.seen + 20)) * max(self.quantile, 0.01)
        if distance > self.quantile:
            self.excess += min(math.log(distance / self.quantile), 3 * slope)
            self.exceeded += 1
            self.quantile += step * (1 - RARE)
        else:
            self.quantile = max(0.01, self.quantile - step * RARE)

    def _slope(self) -> float:
        return (TAIL_WEIGHT * TAIL_SLOPE + self.excess) / (TAIL_WEIGHT + self.exceeded)


class Expert(msgspec.Struct):
    """Remembers one feature: its values in order of size and of time, and how far apart neighbours usually are."""

    feature: str
    block: int
    warm: int
    kept: int
    by_size: list[float] = msgspec.field(default_factory=list)
    by_time: list[float] = msgspec.field(default_factory=list)
    oldest: int = 0
    spread: float = 0.0
    tail: Tail = msgspec.field(default_factory=Tail)

    def surprise(self, value: float) -> float:
        """Return how surprising the value is; 0 in the warm-up."""
        distance = self._distance(value)
        return 0.0 if distance is None else self.tail.surprise(distance)

    def learn(self, value: float) -> None:
        """Remember the value, and forget the oldest when there are too many."""
        if not self.spread and len(self.by_size) >= self.warm:
            self.spread = _spread(self.by_size)
        distance = self._distance(value)
        if distance is not None:
            self.tail.learn(distance)
        insort(self.by_size, value)
        if len(self.by_time) < self.kept:
            self.by_time.append(value)
            return
        del self.by_size[bisect_left(self.by_size, self.by_time[self.oldest])]
        self.by_time[self.oldest] = value
        self.oldest = (self.oldest + 1) % self.kept

    def _distance(self, value: float) -> float | None:
        values = self.by_size
        spread = self.spread or (_spread(values) if len(values) >= self.warm else 0.0)
        if not spread or len(values) < 3:
            return None
        place = bisect_left(values, value)
        below = value - values[place - 1] if place else math.inf
        above = values[place] - value if place < len(values) else math.inf
        return min(below, above) / spread


class Features(NamedTuple):
    """What is known of a block when it ends. `value` is its extreme, `seasonal` the mean less the usual at that hour.

    `smooth` is the running mean of means, from which the extreme is the one farther away.
    """

    value: float
    mean: float
    seasonal: float
    smooth: float


class Block(msgspec.Struct):
    """The running block of one size, and what is usual for blocks by hour of the day."""

    size: int
    count: int = 0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    hour: int = 0
    smooth: float | None = None
    usual: list[float] = msgspec.field(default_factory=lambda: [0.0] * 24)
    visits: list[int] = msgspec.field(default_factory=lambda: [0] * 24)

    def features(self, value: float, hour: int) -> Features | None:
        """Return the features of the block that ends with this value, None where none ends."""
        if self.count + 1 < self.size:
            return None
        hour = self.hour if self.count else hour
        low, high = min(self.low, value), max(self.high, value)
        mean = (self.total + value) / self.size
        smooth = mean if self.smooth is None else (self.smooth + mean) / 2
        extreme = low if abs(high - smooth) < abs(low - smooth) else high
        seasonal = mean - self.usual[hour] if self.visits[hour] else 0.0
        return Features(extreme, mean, seasonal, smooth)

    def learn(self, value: float, hour: int, found: Features | None) -> None:
        """Add a value; `found` are the features of the block that it ends."""
        if not self.count:
            self.hour = hour
        if found is None:
            self.count += 1
            self.total += value
            self.low, self.high = min(self.low, value), max(self.high, value)
            return
        self.visits[self.hour] += 1
        weight = max(0.1, 1 / self.visits[self.hour])
        self.usual[self.hour] += weight * (found.mean - self.usual[self.hour])
        self.smooth = found.smooth
        self.count, self.total, self.low, self.high = 0, 0.0, math.inf, -math.inf


class State(msgspec.Struct):
    """All that the bag remembers; `last` is the latest alarm's surprise and `since` the samples after it."""

    version: int
    warm: int
    blocks: list[Block]
    experts: list[Expert]
    last: float = 0.0
    since: int = 0


class NoveltyBag:
    """Novelty of a series at several scales. The score is 0 where nothing is to be said, else more than 1.

    `warm` samples are learnt before anything is scored. Follows river's verbs: `score_one` changes nothing.
    """

    name = "novelty_bag"

    def __init__(self, warm: int, state: bytes | None = None) -> None:
        self._state = _fresh(warm) if state is None else _restored(state, warm)

    def score_one(self, value: float, at: datetime) -> float:
        """Return how new the next value is; it is that of the moment `at`."""
        if not math.isfinite(value):
            return 0.0
        surprise = self._surprise(self._features(value, at.hour))
        return surprise + 1 if self._is_worth(surprise) else 0.0

    def learn_one(self, value: float, at: datetime) -> None:
        """Learn the next value; a value that is no number is passed over."""
        if not math.isfinite(value):
            return
        state = self._state
        found = self._features(value, at.hour)
        surprise = self._surprise(found)
        if self._is_worth(surprise):
            state.last, state.since = surprise, 0
        state.since += 1
        for expert in state.experts:
            features = found[expert.block]
            if features is not None:
                expert.learn(getattr(features, expert.feature))
        for block in state.blocks:
            block.learn(value, at.hour, found[block.size])

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)

    def _features(self, value: float, hour: int) -> dict[int, Features | None]:
        return {block.size: block.features(value, hour) for block in self._state.blocks}

    def _surprise(self, found: dict[int, Features | None]) -> float:
        """Return the mean surprise beyond 1 of the experts; those whose block does not end now say nothing."""
        total = 0.0
        for expert in self._state.experts:
            features = found[expert.block]
            if features is not None:
                total += max(0.0, expert.surprise(getattr(features, expert.feature)) - 1)
        return total / len(self._state.experts)

    def _is_worth(self, surprise: float) -> bool:
        """Return whether to speak: after an alarm only what is clearly more is worth another."""
        if surprise <= LEAST_SCORE:
            return False
        state = self._state
        left = 1 - state.since / (REST * state.warm)
        return state.last <= 0 or left <= 0 or surprise > (state.last * GROWTH + MARGIN) * left


def _spread(values: list[float]) -> float:
    """Return the larger of the 90 % quantile of deviations from the median and half the standard deviation."""
    middle = values[len(values) // 2]
    deviations = sorted(abs(value - middle) for value in values)
    deviation = math.sqrt(sum(each * each for each in deviations) / len(values))
    return max(deviations[int(0.9 * len(values))], 0.5 * deviation, 1e-6 * abs(middle), 1e-9)


def _fresh(warm: int) -> State:
    if warm < 10:
        raise ValueError(f"novelty_bag: a warm-up of {warm} samples is too short; at least 10")
    experts = []
    for feature, blocks in MEMBERS:
        size = max(1, round(warm / blocks))
        least = max(5, int(warm / size))
        experts.append(Expert(feature, size, least, max(int(REMEMBERED * warm / size), least + 1)))
    sizes = sorted({expert.block for expert in experts})
    return State(VERSION, warm, [Block(size) for size in sizes], experts)


def _restored(data: bytes, warm: int) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"novelty_bag: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION or state.warm != warm:
        raise StoreUnusable("novelty_bag: the checkpoint is of another version or warm-up")
    return state
