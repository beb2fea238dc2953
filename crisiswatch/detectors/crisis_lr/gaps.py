"""What of a bucket may be believed: outages, the backlog that follows them, floods of copies."""

from __future__ import annotations

import math

import msgspec

from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_lr.baseline import Usual

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
    too small to tell a flood.
    """

    silent: float = 0.0
    backlog: float = 0.0
    left: int = 0
    copies: float = 0.0
    stories: float = 0.0


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """What counts of one bucket: `stories`, `negative`, and the stories to `expect`; and why not more."""

    stories: float
    negative: float
    expect: float
    is_gap: bool
    is_flood: bool
    is_backlog: bool
    gap: Gap


def admit(count: Count, usual: Usual, gap: Gap, is_over: bool, keep: float) -> Admitted:
    """Return what may be believed of a bucket, and what hangs over from it.

    Only a bucket that `is_over` can be called uncovered. `keep` is what is left of recent sums after a bucket.
    """
    if not _is_sound(count):
        return _nothing(gap)
    expect = usual.stories * count.covered
    silent, backlog, left = _silence(count, expect, gap)
    copies, told = gap.copies * keep, gap.stories * keep
    if is_over and count.covered < MIN_COVERED:
        return _nothing(Gap(silent, backlog + usual.stories - expect, BACKLOG_BUCKETS, copies, told))
    if silent > IMPOSSIBLE:
        return _nothing(Gap(silent, backlog, left, copies, told))
    stories, negative = count.stories, count.negative
    if left:
        arrived = min(backlog, max(0.0, stories - expect))
        left -= 1
        expect += arrived
        backlog = backlog - arrived if left else 0.0
    copies, told = copies + count.copies, told + stories
    most = COPIED * told + FEW
    is_flood = copies > most or count.copies > COPIED * count.stories + FEW
    if is_flood:
        stories, negative = min(stories, expect), min(negative, expect * usual.share)
    after = Gap(silent, backlog, left, min(copies, FLOOD_CAP * most), told)
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
