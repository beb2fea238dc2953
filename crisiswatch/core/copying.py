"""How often a story is usually repeated: what is a flood of copies depends on it.

Where reposts are mentions of their own, a story has several copies on every day, and more in a crisis: there a fixed
limit would take everything for a flood. The usual number is a median over buckets, which the floods and cascades of
some hours hardly move.
"""

from __future__ import annotations

import math
from datetime import timedelta

COPIED, FEW = 2.0, 3.0
"""With more copies than COPIED a story, and FEW, it is a flood at the least."""

ROOM, LESS = 1.5, 0.75
"""Where the usual copies of a story are more than 1.8, it is one from ROOM times as many, less LESS, and FEW."""

QUIET = math.log((COPIED + LESS) / ROOM)
"""Logarithm of the usual copies up to which COPIED holds."""

STEP, STEP_AT_FIRST, FIRST = 0.002, 0.01, timedelta(days=1)
"""By how much the logarithm of the median moves with five minutes, and on the first day."""

AT_MOST = 10.0
"""How many times as fast it moves where few buckets have a story."""

FIVE_MINUTES = timedelta(minutes=5)


def flood_bar(copied: float) -> float:
    """Return how many copies a story may have, beside FEW, where so many (their logarithm) are usual."""
    return COPIED if copied <= QUIET else ROOM * math.exp(copied) - LESS


def pace(bucket: timedelta, age: timedelta, usual: float) -> float:
    """Return by how much a bucket may move the logarithm: of a series of that age, with so many stories usually."""
    step = STEP_AT_FIRST if age < FIRST else STEP
    return step * (bucket / FIVE_MINUTES) * min(AT_MOST, 1 / max(1 / AT_MOST, min(1.0, usual)))


def learn_copied(copied: float, stories: float, copies: float, step: float) -> float:
    """Return the logarithm of the usual copies of a story after a bucket: a step towards its own, never past it.

    A median found by stochastic approximation (Robbins and Monro, 1951). A bucket without stories tells nothing.
    """
    if stories <= 0:
        return copied
    seen = math.log(copies / stories) if copies > stories else 0.0
    return min(seen, copied + step) if seen > copied else max(seen, copied - step)
