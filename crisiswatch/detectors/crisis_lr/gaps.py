"""What of a bucket may be believed: outages, the backlog that follows them, floods of copies."""

from __future__ import annotations

import math

import msgspec

from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr.baseline import Usual
from crisiswatch.detectors.crisis_lr.pairs import counted, evenness
from crisiswatch.detectors.crisis_lr.timing import Timing

IMPOSSIBLE = 9.0
"""A run of empty buckets in which this many stories were expected has probability e^-9: it is an outage."""

MIN_COVERED = 0.5
"""Below this covered share a bucket says nothing."""

BACKLOG_BUCKETS = 3
"""For how many buckets after an outage its backlog may arrive."""

COPIED, FEW = 2.0, 3.0
"""With more copies than COPIED a story, and FEW, it is a flood: somebody says the same over and over."""

FLOOD_CAP = 4.0
"""By how much more than a flood the recent copies are remembered: it is over two half-lives after the last one."""


class Gap(msgspec.Struct, frozen=True):
    """What hangs over from the buckets before.

    `silent` stories were expected in the running stretch of zeros; `backlog` may still arrive in `left` buckets.
    `copies` and `stories` are recent sums, forgotten by half in half an hour: in a quiet series a single bucket is
    too small to tell a flood. `missing` is the share of the usual volume that was lately not seen, forgotten by half
    in eight hours: what is left is another mixture of sources. `even` counts how many counts in a row were even.
    """

    silent: float = 0.0
    backlog: float = 0.0
    left: int = 0
    copies: float = 0.0
    stories: float = 0.0
    missing: float = 0.0
    even: int = 0


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """What counts of one bucket: `stories`, `negative`, and the stories to `expect`; and why not more."""

    stories: float
    negative: float
    expect: float
    is_gap: bool
    is_flood: bool
    is_backlog: bool
    gap: Gap


def admit(count: Count, usual: Usual, gap: Gap, is_over: bool, grid: Timing) -> Admitted:
    """Return what may be believed of a bucket, and what hangs over from it.

    Only a bucket that `is_over` can be called uncovered, partly or wholly.
    """
    if not _is_sound(count):
        return _nothing(gap)
    expect = usual.stories * count.covered
    silent, backlog, left = _silence(count, expect, gap)
    keep, missing = grid.keep_copies, gap.missing * grid.keep_mixture
    after = Gap(silent, backlog, left, gap.copies * keep, gap.stories * keep, missing, gap.even)
    if is_over and count.covered < MIN_COVERED:
        missed = usual.stories - expect
        return _nothing(msgspec.structs.replace(after, backlog=backlog + missed, left=BACKLOG_BUCKETS))
    if silent > IMPOSSIBLE:
        return _nothing(after)
    return _counted(count, usual, after, max(missing, 1 - count.covered) if is_over else missing)


def _counted(count: Count, usual: Usual, gap: Gap, missing: float) -> Admitted:
    """Return what counts of a bucket that was seen; `gap` is what hangs over into it."""
    even = evenness(gap.even, count.stories, count.negative)
    times = counted(even)
    stories, negative, all_copies = count.stories / times, count.negative / times, count.copies / times
    expect, backlog, left = usual.stories * count.covered, gap.backlog, gap.left
    if left:
        arrived = min(backlog, max(0.0, stories - expect))
        left -= 1
        expect += arrived
        backlog = backlog - arrived if left else 0.0
    copies, told = gap.copies + all_copies, gap.stories + stories
    most = COPIED * told + FEW
    is_flood = copies > most or all_copies > COPIED * stories + FEW
    if is_flood:
        stories, negative = min(stories, expect), min(negative, expect * usual.share)
    after = Gap(gap.silent, backlog, left, min(copies, FLOOD_CAP * most), told, missing, even)
    return Admitted(stories, negative, expect, False, is_flood, left > 0, after)


def _is_sound(count: Count) -> bool:
    """Tell whether a bucket holds numbers that can be counted: a NaN would stay in every sum for good."""
    counted = 0 <= count.negative <= count.stories * 1.001 < math.inf and 0 <= count.copies < math.inf
    return counted and 0 <= count.covered <= 1.001  # a sum of shares may round to a little above 1


def _silence(count: Count, expect: float, gap: Gap) -> tuple[float, float, int]:
    """Return the expected stories of the running silence, and the backlog with the buckets left for it."""
    if count.stories == 0:
        return gap.silent + expect, gap.backlog, gap.left
    if gap.silent > IMPOSSIBLE:
        return 0.0, gap.silent * 1.3, BACKLOG_BUCKETS
    return 0.0, gap.backlog, gap.left


def _nothing(gap: Gap) -> Admitted:
    return Admitted(0.0, 0.0, 0.0, True, False, False, gap)
