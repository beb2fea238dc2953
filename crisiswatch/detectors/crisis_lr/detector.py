"""The detector: one series of one brand, learnt bucket by bucket, scored while buckets are open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from crisiswatch.core.models import Count, Expectation, Reading
from crisiswatch.detectors.crisis_lr.baseline import Baseline, Usual
from crisiswatch.detectors.crisis_lr.duplication import Duplication
from crisiswatch.detectors.crisis_lr.gaps import MIN_COVERED, Admitted, Gap, admit
from crisiswatch.detectors.crisis_lr.timing import RATE_VARIANCE, Timing, timing
from crisiswatch.detectors.crisis_lr.trackers import Trackers
from crisiswatch.detectors.crisis_lr.windows import Sums, Variances, evidence, is_quiet, level_doubt
from crisiswatch.errors import StoreUnusable

VERSION = 2

BARS = {0.5: 4.43, 0.1: 6.08, 0.02: 7.97}
"""False alarms per series-week → evidence in nats that keeps to it; fitted on 5,040 series-weeks without crises."""

LONGEST_HOLE = timedelta(days=2)
"""A hole is learnt as buckets not seen, this much of it at most: then no window reaches back across it."""

HOT, HOT_SPEED = 4.0, 0.3
"""Above this evidence, share and variances are learnt at this part of the speed; never not at all."""


class Ring(msgspec.Struct):
    """The last buckets one by one: stories, negative, expected stories, and both drifts after each."""

    stories: list[float]
    negative: list[float]
    expect: list[float]
    share_drift: list[float]
    rate_drift: list[float]


class State(msgspec.Struct):
    """All that the detector remembers; MessagePack of this is its checkpoint. `due` is the bucket to be learnt next."""

    version: int
    bucket_seconds: int
    baseline: Baseline
    trackers: Trackers
    variances: Variances
    duplication: Duplication
    gap: Gap
    ring: Ring
    sums: list[list[float]]
    score: float = 0.0
    due: datetime | None = None


class CrisisLR:
    """Evidence that the negative share rose, perhaps with the volume, at some onset within 5 minutes to 16 hours.

    score = ln(1 + Σ_w exp S_w) over windows w with S_w > 0, in nats. Follows river's verbs: `learn_one` learns a
    closed bucket once, `score_open` judges the open ones without learning.
    """

    name = "crisis_lr"

    def __init__(self, bucket: timedelta = timedelta(minutes=5), state: bytes | None = None) -> None:
        self._grid = timing(bucket)
        self._ring = self._grid.ring
        self._state = _fresh(self._grid) if state is None else _restored(state, self._grid)

    def predict_one(self, start: datetime) -> Expectation:
        """Return what is usual for the bucket that starts then, drift of the last hours included."""
        usual = self._state.baseline.usual(start)
        return self._expectation(usual)

    def score_open(self, counts: Sequence[Count]) -> Reading:
        """Score the open buckets, oldest first; an empty sequence has no evidence."""
        state, grid = self._state, self._grid
        learnt = state.baseline.learnt * grid.bucket
        if not counts:
            return Reading(0.0, None, Expectation(0.0, math.sqrt(RATE_VARIANCE), 0.0), learnt)
        tail: list[Admitted] = []
        gap, last = state.gap, len(counts) - 1
        for index, count in enumerate(counts):
            usual = state.baseline.usual(count.start)
            tail.append(admit(count, usual, gap, is_over=index < last, keep=grid.keep_copies))
            gap = tail[-1].gap
        contents = self._contents(tail)
        newest = state.baseline.learnt + last
        raw, length = (0.0, 0) if tail[-1].is_gap else self._evidence(usual, contents, newest)
        since = counts[-1].start - (length - 1) * grid.bucket if length else None
        return Reading(raw, since, self._expectation(usual), learnt)

    def learn_one(self, count: Count) -> None:
        """Learn one closed bucket; one that was learnt already is passed over, one left out counts as not seen."""
        due = self._state.due
        if due is not None and count.start < due:
            return
        if due is not None:
            for missed in range(min(count.start - due, LONGEST_HOLE) // self._grid.bucket):
                self._learn(Count(due + missed * self._grid.bucket, 0.0, 0.0, 0.0, 0.0))
        self._learn(count)
        self._state.due = count.start + self._grid.bucket

    def _learn(self, count: Count) -> None:
        state, grid = self._state, self._grid
        usual = state.baseline.usual(count.start)
        admitted = admit(count, usual, state.gap, is_over=True, keep=grid.keep_copies)
        is_hot = state.score > HOT
        is_clean = not (admitted.is_gap or admitted.is_flood)
        hour = tuple(state.sums[grid.local])
        self._push(admitted)
        state.score, _ = (0.0, 0) if admitted.is_gap else self._evidence(usual, state.sums, state.baseline.learnt)
        if is_clean and admitted.stories > 0 and not is_hot:
            state.duplication.learn(admitted.stories, admitted.negative, (hour[0], hour[1]), usual.share, grid)
        if is_clean:
            self._learn_variances(usual, HOT_SPEED if is_hot else 1.0)
        state.trackers.step(usual, admitted, grid)
        self._remember_drift()
        state.gap = admitted.gap
        if not (admitted.is_gap or admitted.is_backlog):
            self._learn_baseline(count, usual, admitted)
        state.baseline.learnt += 1

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(self._state)

    def _expectation(self, usual: Usual) -> Expectation:
        spread = self._state.variances.of_rate(self._grid.local, self._grid.windows[self._grid.local])
        doubt = level_doubt(usual, self._state.baseline.level, self._state.baseline.learnt, self._grid)
        return Expectation(usual.stories, math.sqrt(spread + doubt), usual.share)

    def _evidence(self, usual: Usual, contents: Sequence[Sequence[float]], newest: int) -> tuple[float, int]:
        """Return the evidence of all windows that end with bucket `newest`, and the length of the one with most.

        `contents` holds stories, negative and expected stories of each window; buckets are counted from 0.
        """
        state, ring, size = self._state, self._state.ring, self._ring
        doubt = level_doubt(usual, state.baseline.level, state.baseline.learnt, self._grid)
        doubts = (state.duplication.factor, doubt)
        last = state.baseline.learnt - 1
        total, best, length = 1.0, 0.0, 0
        for index, window in enumerate(self._grid.windows):
            if window.length > newest + 1:
                break
            stories, negative, expect = contents[index]
            if expect < 1e-9 or is_quiet(stories, negative, usual.share):
                continue
            began = min(last, newest - window.length)
            slot = began % size
            drifts = (ring.share_drift[slot], ring.rate_drift[slot]) if began >= 0 else (0.0, 0.0)
            nats = evidence(index, window, Sums(stories, negative, expect, *drifts), usual, state.variances, doubts)
            if nats > 0:
                total += math.exp(min(nats, 300.0))
            if nats > best:
                best, length = nats, window.length
        return math.log(total), length

    def _contents(self, tail: Sequence[Admitted]) -> list[Sequence[float]]:
        """Return every window that ends with `tail`."""
        if len(tail) > 1:
            return [self._content(index, window.length, tail) for index, window in enumerate(self._grid.windows)]
        ring, size, learnt, new = self._state.ring, self._ring, self._state.baseline.learnt, tail[0]
        contents: list[Sequence[float]] = []
        for window, sums in zip(self._grid.windows, self._state.sums, strict=True):
            stories, negative, expect = sums
            if learnt >= window.length:
                slot = (learnt - window.length) % size
                stories -= ring.stories[slot]
                negative -= ring.negative[slot]
                expect -= ring.expect[slot]
            contents.append((stories + new.stories, negative + new.negative, expect + new.expect))
        return contents

    def _content(self, index: int, length: int, tail: Sequence[Admitted]) -> Sequence[float]:
        """Return the window of `length` buckets that ends with `tail`: the learnt sums, less what leaves, plus it."""
        stories = negative = expect = 0.0
        if len(tail) < length:
            ring, size, learnt = self._state.ring, self._ring, self._state.baseline.learnt
            stories, negative, expect = self._state.sums[index]
            for old in range(max(0, learnt - length), learnt - length + len(tail)):
                slot = old % size
                stories -= ring.stories[slot]
                negative -= ring.negative[slot]
                expect -= ring.expect[slot]
        for seen in tail[-length:]:
            stories += seen.stories
            negative += seen.negative
            expect += seen.expect
        return max(0.0, stories), max(0.0, negative), max(0.0, expect)

    def _push(self, admitted: Admitted) -> None:
        """Add a closed bucket to the ring and to the sums of every window."""
        state, size = self._state, self._ring
        position, ring = state.baseline.learnt, state.ring
        stories, negative, expect = admitted.stories, admitted.negative, admitted.expect
        for window, sums in zip(self._grid.windows, state.sums, strict=True):
            if position < window.length:
                sums[0] += stories
                sums[1] += negative
                sums[2] += expect
                continue
            old = (position - window.length) % size
            sums[0] += stories - ring.stories[old]
            sums[1] += negative - ring.negative[old]
            sums[2] += expect - ring.expect[old]
        slot = position % size
        ring.stories[slot], ring.negative[slot], ring.expect[slot] = stories, negative, expect

    def _learn_variances(self, usual: Usual, speed: float) -> None:
        state, size = self._state, self._ring
        position = state.baseline.learnt
        for index, window in enumerate(self._grid.windows):
            if position % window.stride or position < window.length:
                continue
            slot = (position - window.length) % size
            stories, negative, expect = state.sums[index]
            if expect > 1e-9:
                drifts = state.ring.share_drift[slot], state.ring.rate_drift[slot]
                sums = Sums(stories if stories > 0 else 0.0, negative if negative > 0 else 0.0, expect, *drifts)
                state.variances.learn(index, window, sums, usual, speed)

    def _remember_drift(self) -> None:
        state = self._state
        slot = state.baseline.learnt % self._ring
        state.ring.share_drift[slot] = state.trackers.share
        state.ring.rate_drift[slot] = state.trackers.rate

    def _learn_baseline(self, count: Count, usual: Usual, admitted: Admitted) -> None:
        """Learn rate and share, winsorised at four standard deviations after two days.

        The share of a crowd that is not the usual one is learnt slowly, be it angry or, as after a launch, delighted:
        its return to normal is no crisis.
        """
        state, grid = self._state, self._grid
        stories = admitted.stories
        if state.baseline.learnt > 2 * grid.per_day:
            spread = max(0.002, state.variances.of_rate(0, grid.windows[0]))
            expect = usual.stories * count.covered
            stories = min(stories, expect + 4 * (math.sqrt(expect * (1 + expect * spread)) + 0.5))
        covered = max(MIN_COVERED, count.covered)
        state.baseline.learn_rate(usual, stories, covered, grid)
        if admitted.stories > 0:
            speed = HOT_SPEED if state.score > HOT or stories < admitted.stories else 1.0
            share = admitted.negative / admitted.stories
            state.baseline.learn_share(usual, stories, share, speed, grid)


def _fresh(grid: Timing) -> State:
    windows = len(grid.windows)
    rings = ([0.0] * grid.ring for _ in range(5))
    return State(
        version=VERSION,
        bucket_seconds=round(grid.bucket.total_seconds()),
        baseline=Baseline(),
        trackers=Trackers(),
        variances=Variances.empty(windows),
        duplication=Duplication(),
        gap=Gap(),
        ring=Ring(*rings),
        sums=[[0.0, 0.0, 0.0] for _ in range(windows)],
    )


def _restored(data: bytes, grid: Timing) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"crisis_lr: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION or state.bucket_seconds != round(grid.bucket.total_seconds()):
        raise StoreUnusable("crisis_lr: the checkpoint is of another version or bucket length")
    return state
