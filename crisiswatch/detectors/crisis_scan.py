"""CrisisScan: the largest joint deviance of negative count and negative share over nine windows.

For each window of W buckets, with N stories, K negative, Λ expected stories and P expected negative ones, and p the
usual share, the signed roots of the deviances are

    z_k = √(2 [K ln(K ÷ P) - (K - P)]),    z_s = √(2 [K ln(K ÷ (N p)) + (N - K) ln((N - K) ÷ (N (1 - p)))])

with ½ taken from the excess, each divided by the square root of its own running mean square V (at least 1; half-life
one week; winsorised at 2.8 deviations, corrected by 1.15). S_W = (z_s + z_k) ÷ √2 if z_s > 2, else 0; at most 2 with
fewer than 3 negative stories. The score is the largest S_W. Kept to compare the shipped detector with, which replaced
it. Source: the space-time scan statistic of Kulldorff (1997) in time alone.

The expected stories are level × factor of the half hour × factor of the weekday, each a ratio of sums that forget.
"""

from __future__ import annotations

import math
from datetime import datetime

import msgspec

from crisiswatch.core.models import Count
from crisiswatch.errors import StoreUnusable

VERSION = 1

WINDOWS = (1, 2, 3, 6, 12, 24, 48, 96, 192)
RING = WINDOWS[-1] + 1
DAY, WEEK = 288, 2016

GATE, FEW_NEGATIVES, FEW_CAP = 2.0, 2.5, 2.0
WINSORISED, CORRECTION = 7.84, 1.15

LEVEL_KEEPS, SLOT_KEEPS, SHARE_KEEPS = 0.5 ** (1 / (3 * DAY)), 0.5 ** (1 / (14 * 6)), 0.5 ** (1 / WEEK)
WEEKDAY_KEEPS = 0.5 ** (1 / (3 * DAY))
"""What is left of each sum after a bucket that is added to it: half after 3 days, 14 visits, a week, 3 weekdays."""

PRIOR_NEGATIVE, PRIOR_OTHER = 1.5, 8.5

IMPOSSIBLE, BACKLOG, BACKLOG_BUCKETS = 9.0, 1.3, 3
"""Expected stories of a silence that is an outage; what may then arrive late, and in how many buckets."""


class Sums(msgspec.Struct):
    """A ratio of observed to expected that forgets; the prior pulls it to 1."""

    above: float = 0.0
    below: float = 0.0

    def ratio(self, prior: float) -> float:
        """Return observed ÷ expected."""
        return (self.above + prior) / (self.below + prior)

    def add(self, above: float, below: float, keep: float) -> None:
        """Add to both sums after forgetting."""
        self.above, self.below = self.above * keep + above, self.below * keep + below


class State(msgspec.Struct):
    """All that the detector remembers; `ring` holds running totals of stories, negative, Λ and P."""

    version: int = VERSION
    level: Sums = msgspec.field(default_factory=Sums)
    slots: list[Sums] = msgspec.field(default_factory=lambda: [Sums() for _ in range(48)])
    weekdays: list[Sums] = msgspec.field(default_factory=lambda: [Sums() for _ in range(7)])
    share: Sums = msgspec.field(default_factory=lambda: Sums(PRIOR_NEGATIVE, PRIOR_OTHER))
    ring: list[list[float]] = msgspec.field(default_factory=lambda: [[0.0] * 4 for _ in range(RING)])
    variances: list[list[float]] = msgspec.field(default_factory=lambda: [[1.0, 1.0] for _ in WINDOWS])
    silent: float = 0.0
    backlog: float = 0.0
    left: int = 0
    learnt: int = 0


class CrisisScan:
    """Scores a series of buckets of five minutes. Follows river's verbs."""

    name = "crisis_scan"

    def __init__(self, state: bytes | None = None) -> None:
        self._state = State() if state is None else _restored(state)

    def score_one(self, count: Count) -> float:
        """Return the score of the next bucket; changes nothing."""
        seen = self._believed(count)
        if seen is None:
            return 0.0
        best = 0.0
        for index, sums in enumerate(self._windows(seen)):
            of_share, of_count = self._deviances(sums)
            share_variance, count_variance = self._state.variances[index]
            share = of_share / math.sqrt(max(1.0, share_variance))
            joint = (share + of_count / math.sqrt(max(1.0, count_variance))) / math.sqrt(2)
            if share > GATE:
                best = max(best, joint if sums[1] >= FEW_NEGATIVES else min(joint, FEW_CAP))
        return best

    def learn_one(self, count: Count) -> None:
        """Learn the next bucket."""
        state, seen = self._state, self._believed(count)
        usual = self._usual(count.start)
        if seen is not None:
            self._learn_variances(seen)
        totals = zip(state.ring[state.learnt % RING], seen or [0.0] * 4, strict=True)
        state.ring[(state.learnt + 1) % RING] = [total + value for total, value in totals]
        is_backlog = state.left > 0
        self._follow(count, usual, seen)
        if seen is not None and not is_backlog:
            self._learn_usual(count.start, usual, seen)
        state.learnt += 1

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)

    def _usual(self, start: datetime) -> float:
        level = (self._state.level.above + 0.02) / (self._state.level.below + 0.24)
        return level * self._season(start)

    def _season(self, start: datetime) -> float:
        first, second, part = _slots(start)
        slots = self._state.slots
        tod = (1 - part) * slots[first].ratio(3.0) + part * slots[second].ratio(3.0)
        return tod * self._state.weekdays[start.weekday()].ratio(20.0)

    def _share(self) -> float:
        share = self._state.share
        return share.above / (share.above + share.below)

    def _believed(self, count: Count) -> list[float] | None:
        """Return stories, negative, Λ and P of a bucket; None where nothing can be said."""
        state, usual, share = self._state, self._usual(count.start), self._share()
        is_sound = 0 <= count.negative <= count.stories < math.inf and 0 <= count.copies < math.inf
        if not is_sound or not count.covered >= 0.5:
            return None
        if count.stories == 0 and state.silent + usual > IMPOSSIBLE:
            return None
        stories, negative, expected = count.stories, count.negative, usual
        if state.left:
            expected += min(state.backlog, max(0.0, stories - usual))
        if count.copies > 2 * count.stories + 3:
            stories, negative = min(stories, expected), min(negative, expected * share)
        return [stories, negative, expected, expected * share]

    def _windows(self, seen: list[float]) -> list[list[float]]:
        """Return the sums of every window that ends with `seen`."""
        state = self._state
        totals = [total + value for total, value in zip(state.ring[state.learnt % RING], seen, strict=True)]
        found = []
        for length in WINDOWS:
            before = state.ring[max(0, state.learnt + 1 - length) % RING]
            found.append([max(0.0, total - old) for total, old in zip(totals, before, strict=True)])
        return found

    def _deviances(self, sums: list[float]) -> tuple[float, float]:
        stories, negative, _, expected = sums
        return _binomial(negative, stories, self._share()), _poisson(negative, expected)

    def _learn_variances(self, seen: list[float]) -> None:
        state = self._state
        is_old = state.learnt > 2 * WEEK
        weight = 1 - 0.5 ** (1 / WEEK) if is_old else 1 / (state.learnt + 20)
        for kept, sums in zip(state.variances, self._windows(seen), strict=True):
            for place, z in enumerate(self._deviances(sums)):
                squared = CORRECTION * min(z * z, WINSORISED * max(1.0, kept[place]))
                kept[place] += weight * (squared - kept[place])

    def _follow(self, count: Count, usual: float, seen: list[float] | None) -> None:
        """Follow silences, and the backlog that comes after them."""
        state = self._state
        if seen is None and not count.covered >= 0.5:
            state.backlog, state.left = state.backlog + usual, BACKLOG_BUCKETS
            return
        if count.stories == 0:
            state.silent += usual
            return
        if state.silent > IMPOSSIBLE:
            state.backlog, state.left = state.silent * BACKLOG, BACKLOG_BUCKETS
        elif state.left and seen is not None:
            state.left -= 1
            state.backlog = state.backlog - (seen[2] - usual) if state.left else 0.0
        state.silent = 0.0

    def _learn_usual(self, start: datetime, usual: float, seen: list[float]) -> None:
        """Learn rate and share, both winsorised at four standard deviations after two days."""
        state, share, season = self._state, self._share(), self._season(start)
        level, is_old = usual / season, state.learnt > 2 * DAY
        stories = min(seen[0], usual + 4 * (math.sqrt(usual) + 0.5)) if is_old else seen[0]
        first, second, part = _slots(start)
        weekday = state.weekdays[start.weekday()].ratio(20.0)
        tod = season / weekday
        state.level.add(stories, season, LEVEL_KEEPS)
        if state.learnt > DAY:
            for slot, weight in ((first, 1 - part), (second, part)):
                state.slots[slot].add(stories * weight, level * weekday * weight, SLOT_KEEPS)
        if state.learnt > WEEK:
            state.weekdays[start.weekday()].add(stories, level * tod, WEEKDAY_KEEPS)
        if seen[0] > 0:
            weight = min(seen[0], 3 * usual + 3)
            found = seen[1] / seen[0]
            if is_old:
                found = min(found, share + 4 * math.sqrt(share * (1 - share) / weight))
            fresh = 1 - SHARE_KEEPS
            above = weight * found + fresh * PRIOR_NEGATIVE
            state.share.add(above, weight * (1 - min(1.0, found)) + fresh * PRIOR_OTHER, SHARE_KEEPS)


def _slots(start: datetime) -> tuple[int, int, float]:
    """Return the half hours that a bucket lies between, and the part of the second."""
    place = (start.hour * 60 + start.minute) / 30 - 0.5
    first = math.floor(place)
    return first % 48, (first + 1) % 48, place - first


def _poisson(seen: float, expected: float) -> float:
    """Return the signed root deviance of a count."""
    expected = max(expected, 1e-9)
    counted = max(seen - 0.5, expected) if seen > expected else min(seen + 0.5, expected)
    deviance = counted * math.log(counted / expected) - (counted - expected) if counted > 0 else expected
    return math.copysign(math.sqrt(2 * max(0.0, deviance)), seen - expected)


def _binomial(hits: float, stories: float, share: float) -> float:
    """Return the signed root deviance of `hits` of `stories` against `share`."""
    if stories < 1:
        return 0.0
    expected = stories * share
    counted = max(hits - 0.5, expected) if hits > expected else min(hits + 0.5, expected)
    misses = stories - counted
    deviance = counted * math.log(counted / expected) if counted > 0 else 0.0
    deviance += misses * math.log(misses / (stories * (1 - share))) if misses > 0 else 0.0
    return math.copysign(math.sqrt(2 * max(0.0, deviance)), hits - expected)


def _restored(data: bytes) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"crisis_scan: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION or len(state.ring) != RING or len(state.variances) != len(WINDOWS):
        raise StoreUnusable("crisis_scan: the checkpoint is of another version")
    return state
