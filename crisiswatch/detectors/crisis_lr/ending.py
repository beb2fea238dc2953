"""Whether trouble is over: evidence that the newest stories are of the usual mood, and not of that of the trouble.

Long windows remember trouble for hours after its end. That they have evidence says that something happened; whether
it still happens is another question, asked of the newest buckets alone: are they likelier under the usual share, or
under the share that the trouble had before them?
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from crisiswatch.detectors.crisis_lr.baseline import Usual
from crisiswatch.detectors.crisis_lr.memory import Cells, Memory, Totals
from crisiswatch.detectors.crisis_lr.timing import Timing
from crisiswatch.detectors.crisis_lr.windows import Doubts, Variances

LEAST_BEFORE = 3.0
"""Negative stories of the trouble, at least: fewer say nothing about its mood."""


def ended(
    grid: Timing, memory: Memory, ahead: Sequence[Totals], length: int, usual: Usual, doubts: tuple[Variances, Doubts]
) -> float:
    """Return the evidence, in nats, that trouble of the last `length` buckets is over; 0 where there is none.

    The trouble may have ended an hour ago or longer; the end with most evidence counts.
    """
    whole = memory.newest(length, ahead)
    variances, doubt = doubts
    best = 0.0
    for index, window in enumerate(grid.windows):
        if index < grid.local or window.length >= length:
            continue
        newest = memory.newest(window.length, ahead)
        spread = variances.of_share(index, window) + doubt.mood
        best = max(best, _calmer(newest, whole, spread, usual.weight) / doubt.duplication)
    return best


def _calmer(newest: Cells, whole: Cells, spread: float, weight: float) -> float:
    """Return the log likelihood ratio of the newest stories under the usual share to that under the share before."""
    stories, negative, _, usually = newest
    before, bad = whole[0] - stories, whole[1] - negative
    if stories < 1e-9 or bad < LEAST_BEFORE:
        return 0.0
    share, troubled = usually / stories, min(0.99, bad / before)
    if troubled <= share or share <= 0:
        return 0.0
    ratio = negative * math.log(share / troubled) + (stories - negative) * math.log((1 - share) / (1 - troubled))
    return ratio / (1 + stories * share * (1 - share) * spread + stories / weight)
