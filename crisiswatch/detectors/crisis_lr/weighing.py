"""All windows together: how much evidence there is, how much of it is recent, and when it began."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from crisiswatch.detectors.crisis_lr.baseline import Usual
from crisiswatch.detectors.crisis_lr.memory import Seen
from crisiswatch.detectors.crisis_lr.timing import Timing
from crisiswatch.detectors.crisis_lr.windows import Doubts, Sums, Variances, support

RECENT = timedelta(hours=2)
"""Windows up to this length tell what is going on now."""

NEARLY = 0.9
"""The trouble began with the shortest window that has this part of the best one's support: what lies before adds
little, and a long window that holds a short trouble would date it hours too early."""


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """Evidence of all windows, and of the recent ones alone, in nats; `length` in buckets since the onset, or 0."""

    evidence: float
    recent: float
    length: int


def weigh(grid: Timing, loud: Sequence[Seen], usual: Usual, variances: Variances, doubts: Doubts) -> Weighed:
    """Weigh the windows that may have evidence, shortest first."""
    total = recent = 1.0
    supports: list[tuple[int, float]] = []
    for index, stories, negative, expect, usually, share_drift, rate_drift in loud:
        window, sums = grid.windows[index], Sums(stories, negative, expect, usually / stories, share_drift, rate_drift)
        found = support(index, window, sums, usual, variances, doubts)
        if found is None:
            continue
        total += math.exp(min(found.evidence, 300.0))
        if window.length * grid.bucket <= RECENT:
            recent = total
        supports.append((window.length, found.support))
    if not supports:
        return Weighed(0.0, 0.0, 0)
    return Weighed(math.log(total), math.log(recent), _onset(supports))


def _onset(supports: Sequence[tuple[int, float]]) -> int:
    """Return the length of the shortest window that is supported nearly as well as the best."""
    best = max(support for _, support in supports)
    return next(length for length, support in supports if support >= NEARLY * best)
