"""What of a bucket may be believed: outages, the backlog that follows them, floods of copies."""

from __future__ import annotations

import math

import msgspec

from crisiswatch.core.copying import FEW, flood_bar
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr.baseline import Usual
from crisiswatch.detectors.crisis_lr.pairs import ENOUGH, evenness
from crisiswatch.detectors.crisis_lr.timing import Timing

IMPOSSIBLE = 9.0
"""A run of empty buckets in which this many stories were expected has probability e^-9: it is an outage."""

MIN_COVERED = 0.5
"""Below this covered share a bucket says nothing."""

BACKLOG_BUCKETS = 3
"""For how many buckets after an outage its backlog may arrive."""

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
    expect, covered = usual.stories * count.covered, count.covered
    silent, backlog, left = _silence(count, expect, gap)
    missing, is_unseen = gap.missing * grid.keep_mixture, is_over and covered < MIN_COVERED
    if is_unseen or silent > IMPOSSIBLE:
        if is_unseen:
            backlog, left = backlog + (usual.stories - expect), BACKLOG_BUCKETS
        keep = grid.keep_copies
        return _nothing(Gap(silent, backlog, left, gap.copies * keep, gap.stories * keep, missing, gap.even))
    if is_over and missing < 1 - covered:
        missing = 1 - covered
    return _counted(count, usual, gap, (silent, backlog, left, missing), grid.keep_copies)


def _counted(count: Count, usual: Usual, gap: Gap, hanging: tuple[float, float, int, float], keep: float) -> Admitted:
    """Return what counts of a bucket that was seen; silence, backlog, its buckets and what is missing are `hanging`."""
    silent, backlog, left, missing = hanging
    stories, negative, all_copies = count.stories, count.negative, count.copies
    even = evenness(gap.even, stories, negative)
    if even >= ENOUGH:  # every mention is counted twice
        stories, negative, all_copies = stories / 2, negative / 2, all_copies / 2
    expect = usual.stories * count.covered
    if left:
        arrived = min(backlog, max(0.0, stories - expect))
        left -= 1
        expect += arrived
        backlog = backlog - arrived if left else 0.0
    told = gap.stories * keep + stories
    bar = flood_bar(usual.copied)
    copies, most = gap.copies * keep + all_copies, bar * told + FEW
    is_flood = copies > most or all_copies > bar * stories + FEW
    if is_flood:
        stories, negative = min(stories, expect), min(negative, expect * usual.share)
        copies = min(copies, FLOOD_CAP * most)
    return Admitted(
        stories, negative, expect, False, is_flood, left > 0, Gap(silent, backlog, left, copies, told, missing, even)
    )


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
