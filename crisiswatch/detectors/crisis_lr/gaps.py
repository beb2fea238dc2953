"""What of a bucket may be believed: outages, the backlog that follows them, floods of copies."""

from __future__ import annotations

import math

import msgspec

from crisiswatch.core.models import Count

IMPOSSIBLE = 9.0
"""A run of empty buckets in which this many stories were expected has probability e^-9: it is an outage."""

MIN_COVERED = 0.5
"""Below this covered share a bucket says nothing."""

BACKLOG_BUCKETS = 3
"""For how many buckets after an outage its backlog may arrive."""


class Gap(msgspec.Struct, frozen=True):
    """`silent` stories were expected in the running stretch of zeros; `backlog` may still arrive in `left` buckets."""

    silent: float = 0.0
    backlog: float = 0.0
    left: int = 0


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """What counts of one bucket: `stories`, `negative`, and the stories to `expect`; and why not more."""

    stories: float
    negative: float
    expect: float
    is_gap: bool
    is_flood: bool
    is_backlog: bool
    gap: Gap


def admit(count: Count, usual: float, share: float, gap: Gap, is_over: bool) -> Admitted:
    """Return what may be believed of a bucket, and the state of the gap after it.

    `usual` stories are expected of a whole, covered bucket. Only a bucket that `is_over` can be called uncovered.
    """
    if not _is_sound(count):
        return _nothing(gap)
    expect = usual * count.covered
    gap = _silence(count, expect, gap)
    if is_over and count.covered < MIN_COVERED:
        return _nothing(Gap(gap.silent, gap.backlog + usual - expect, BACKLOG_BUCKETS))
    if gap.silent > IMPOSSIBLE:
        return _nothing(gap)
    stories, negative = count.stories, count.negative
    if gap.left:
        arrived = min(gap.backlog, max(0.0, stories - expect))
        left = gap.left - 1
        expect += arrived
        gap = Gap(gap.silent, gap.backlog - arrived if left else 0.0, left)
    is_flood = count.copies > 2 * count.stories + 3
    if is_flood:
        stories, negative = min(stories, expect), min(negative, expect * share)
    return Admitted(stories, negative, expect, False, is_flood, gap.left > 0, gap)


def _is_sound(count: Count) -> bool:
    """Tell whether a bucket holds numbers that can be counted: a NaN would stay in every sum for good."""
    counted = 0 <= count.stories < math.inf and 0 <= count.negative < math.inf and 0 <= count.copies < math.inf
    return counted and 0 <= count.covered <= 1.001  # a sum of shares may round to a little above 1


def _silence(count: Count, expect: float, gap: Gap) -> Gap:
    if count.stories == 0:
        return Gap(gap.silent + expect, gap.backlog, gap.left)
    if gap.silent > IMPOSSIBLE:
        return Gap(0.0, gap.silent * 1.3, BACKLOG_BUCKETS)
    return Gap(0.0, gap.backlog, gap.left) if gap.silent else gap


def _nothing(gap: Gap) -> Admitted:
    return Admitted(0.0, 0.0, 0.0, True, False, False, gap)
