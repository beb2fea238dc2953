"""The detector: one series of one brand, learnt bucket by bucket, scored while buckets are open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from crisiswatch.core.models import Count, Expectation, Reading
from crisiswatch.detectors.crisis_lr.baseline import Baseline, Usual
from crisiswatch.detectors.crisis_lr.calibration import Calibration
from crisiswatch.detectors.crisis_lr.duplication import Duplication
from crisiswatch.detectors.crisis_lr.ending import ended
from crisiswatch.detectors.crisis_lr.gaps import MIN_COVERED, Admitted, Gap, admit
from crisiswatch.detectors.crisis_lr.memory import Cells, Memory, Saved, Totals
from crisiswatch.detectors.crisis_lr.timing import RATE_VARIANCE, Timing, timing
from crisiswatch.detectors.crisis_lr.trackers import Trackers
from crisiswatch.detectors.crisis_lr.weighing import Weighed, weigh
from crisiswatch.detectors.crisis_lr.windows import SHARE_GATE, Doubts, Sums, Variances, level_doubt, mood_doubt
from crisiswatch.errors import StoreUnusable

VERSION = 3

LONGEST_HOLE = timedelta(days=2)
"""A hole is learnt as buckets not seen, this much of it at most: then no window reaches back across it."""

HOT, HOT_SPEED = 4.0, 0.3
"""Above this evidence, share and variances are learnt at this part of the speed; never not at all."""

UNSEEN = 0.1
"""With more than this share of the usual volume missing lately, no trouble is called over."""

NOTHING = Weighed(0.0, 0.0, 0)


class State(msgspec.Struct):
    """All that the detector remembers beside its memory; MessagePack of this is its checkpoint.

    `due` is the bucket to be learnt next.
    """

    version: int
    bucket_seconds: int
    baseline: Baseline
    trackers: Trackers
    variances: Variances
    duplication: Duplication
    gap: Gap
    score: float = 0.0
    due: datetime | None = None
    memory: Saved | None = None


class CrisisLR:
    """Evidence that the negative share rose, perhaps with the volume, at some onset within 5 minutes to 16 hours.

    Evidence is ln(1 + Σ_w exp S_w) over windows w with S_w > 0, in nats, made comparable between volumes by the
    `calibration`; as it is, without one. Follows river's verbs: `learn_one` learns a closed bucket once, `score_open`
    judges the open ones without learning.
    """

    name = "crisis_lr"

    def __init__(
        self,
        bucket: timedelta = timedelta(minutes=5),
        state: bytes | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self._grid = timing(bucket)
        self._calibration = calibration
        self._state = _fresh(self._grid) if state is None else _restored(state, self._grid)
        self._memory = Memory(self._grid, self._state.memory)
        self._state.memory = None

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
        tail: list[Cells] = []
        gap, last = state.gap, len(counts) - 1
        for index, count in enumerate(counts):
            usual = state.baseline.usual(count.start)
            admitted = admit(count, usual, gap, index < last, grid)
            tail.append(_cells(admitted, usual))
            gap = admitted.gap
        ahead = self._memory.ahead(tail)
        mood = mood_doubt(state.baseline.learnt, grid) + gap.missing * gap.missing
        found = NOTHING if admitted.is_gap else self._weigh(ahead, usual, mood)
        over = self._ended(ahead, found, usual)
        since = counts[-1].start - (found.length - 1) * grid.bucket if found.length else None
        raw, recent = self._calibrated(found.evidence, usual), self._calibrated(found.recent, usual)
        return Reading(raw, since, self._expectation(usual), learnt, recent, over)

    def learn_one(self, count: Count) -> None:
        """Learn one closed bucket; one that was learnt already is passed over, one left out counts as not seen."""
        due = self._state.due
        if due is not None and count.start < due:
            return
        if due is not None and count.start > due:
            for missed in range(min(count.start - due, LONGEST_HOLE) // self._grid.bucket):
                self._learn(Count(due + missed * self._grid.bucket, 0.0, 0.0, 0.0, 0.0))
        self._learn(count)
        self._state.due = count.start + self._grid.bucket

    def _learn(self, count: Count) -> None:
        state, grid, memory = self._state, self._grid, self._memory
        usual = state.baseline.usual(count.start)
        admitted = admit(count, usual, state.gap, True, grid)
        is_hot = state.score > HOT
        ahead = memory.ahead((_cells(admitted, usual),))
        missing = admitted.gap.missing
        found = NOTHING if admitted.is_gap else self._weigh(ahead, usual, missing * missing)
        state.score = found.evidence
        if not (admitted.is_gap or admitted.is_flood):
            if admitted.stories > 0 and not is_hot:
                state.duplication.learn(admitted.stories, admitted.negative, memory.hour(grid), usual.share, grid)
            self._learn_variances(ahead[0], HOT_SPEED if is_hot else 1.0)
        state.trackers.step(usual, admitted, grid)
        memory.push(ahead[0], state.trackers.share, state.trackers.rate)
        state.gap = admitted.gap
        if not admitted.is_gap:
            state.baseline.learn_copies(usual, count.stories, count.copies, grid)
        if not (admitted.is_gap or admitted.is_backlog):
            self._learn_baseline(count, usual, admitted)
        state.baseline.learnt += 1

    def rest(self) -> None:
        """Forget windows, drift and gaps, and keep what is usual: no window reaches back across this moment."""
        state = self._state
        state.trackers, state.gap, state.score, state.due = Trackers(), Gap(), 0.0, None
        self._memory = Memory(self._grid)

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        return msgspec.msgpack.encode(msgspec.structs.replace(self._state, memory=self._memory.saved()))

    def _calibrated(self, evidence: float, usual: Usual) -> float:
        """Return evidence as it would be worth at the volume that thresholds are given for."""
        if self._calibration is None:
            return evidence
        return self._calibration.comparable(evidence, usual.level * self._grid.per_hour)

    def _expectation(self, usual: Usual) -> Expectation:
        spread = self._state.variances.of_rate(self._grid.local, self._grid.windows[self._grid.local])
        doubt = level_doubt(usual, self._state.baseline.level, self._state.baseline.learnt, self._grid)
        return Expectation(usual.stories, math.sqrt(spread + doubt), usual.share)

    def _weigh(self, ahead: Sequence[Totals], usual: Usual, mood: float) -> Weighed:
        """Weigh the windows that end with the last bucket of `ahead`, in doubt about the mood by that variance.

        Most often all of them are quiet.
        """
        state, grid, memory = self._state, self._grid, self._memory
        loud = memory.loud(ahead, SHARE_GATE)
        if not loud:
            return NOTHING
        level = level_doubt(usual, state.baseline.level, state.baseline.learnt, grid)
        doubts = Doubts(state.duplication.factor, level, mood)
        return weigh(grid, loud, usual, state.variances, doubts)

    def _ended(self, ahead: Sequence[Totals], found: Weighed, usual: Usual) -> float:
        """Return the evidence of an end; none while a part is missing: the trouble may be where nobody looks.

        What open buckets lack may still come, and is no reason for doubt.
        """
        missing = self._state.gap.missing
        if not found.length or missing > UNSEEN:
            return 0.0
        doubts = Doubts(self._state.duplication.factor, 0.0, missing * missing)
        return ended(self._grid, self._memory, ahead, found.length, usual, (self._state.variances, doubts))

    def _learn_variances(self, ahead: Totals, speed: float) -> None:
        """Learn from the windows whose turn it is, against what was predicted when they began."""
        grid, memory, learn = self._grid, self._memory, self._state.variances.learn
        position = memory.learnt
        for index in grid.turns[position % len(grid.turns)]:
            window = grid.windows[index]
            if position % window.stride or position < window.length:
                continue
            _, stories, negative, expect, usually, *drifts = memory.whole(index, ahead)
            if expect > 1e-9:
                share = usually / stories if stories > 1e-9 else 0.0
                stories, negative = stories if stories > 0 else 0.0, negative if negative > 0 else 0.0
                learn(index, window, Sums(stories, negative, expect, share, *drifts), speed)

    def _learn_baseline(self, count: Count, usual: Usual, admitted: Admitted) -> None:
        """Learn rate and share, winsorised at four standard deviations after two days.

        The share of a crowd that is not the usual one is learnt slowly, be it angry or, as after a launch, delighted:
        its return to normal is no crisis.
        """
        state, grid = self._state, self._grid
        stories = admitted.stories
        expect = usual.stories * count.covered
        if stories > expect + 2 and state.baseline.learnt > 2 * grid.per_day:  # 2 is the least that is let through
            spread = max(0.002, state.variances.of_rate(0, grid.windows[0]))
            stories = min(stories, expect + 4 * (math.sqrt(expect * (1 + expect * spread)) + 0.5))
        covered = max(MIN_COVERED, count.covered)
        state.baseline.learn_rate(usual, stories, covered, grid)
        if admitted.stories > 0:
            speed = HOT_SPEED if state.score > HOT or stories < admitted.stories else 1.0
            share = admitted.negative / admitted.stories
            state.baseline.learn_share(usual, stories, share, speed, grid)


def _cells(admitted: Admitted, usual: Usual) -> Cells:
    """Return what the memory keeps of a bucket."""
    stories = admitted.stories
    return stories, admitted.negative, admitted.expect, stories * usual.share


def _fresh(grid: Timing) -> State:
    return State(
        version=VERSION,
        bucket_seconds=round(grid.bucket.total_seconds()),
        baseline=Baseline(),
        trackers=Trackers(),
        variances=Variances.empty(len(grid.windows)),
        duplication=Duplication(),
        gap=Gap(),
    )


def _restored(data: bytes, grid: Timing) -> State:
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"crisis_lr: the checkpoint cannot be read: {error}") from error
    if state.version != VERSION or state.bucket_seconds != round(grid.bucket.total_seconds()):
        raise StoreUnusable("crisis_lr: the checkpoint is of another version or bucket length")
    if state.memory is None or not Memory.fits(state.memory, grid):
        raise StoreUnusable("crisis_lr: the checkpoint has no memory of the right size")
    return state
