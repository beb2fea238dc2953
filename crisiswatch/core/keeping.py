"""How much is kept at hand of each brand, so that all of them together stay within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

KEPT_ITEMS, ITEMS_IN_ALL = 50_000, 3_000_000
"""Items kept of one brand at most, and of all; those of the oldest buckets go first, the totals stay. About 80 bytes
each, by the length of the names of sources and rules."""

KEPT_PARTS, PARTS_IN_ALL = 250_000, 4_000_000
"""Parts of sketches by which stories are known again, likewise; those unseen for longest go first. 100 bytes each."""


class Levels(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How many items, and parts of sketches, one brand may have; settled at a tick in which buckets closed."""

    items: int = KEPT_ITEMS
    parts: int = KEPT_PARTS
    at: datetime | None = None


def settle(items: Iterable[int], parts: Iterable[int], at: datetime) -> Levels:
    """Return the levels at which brands that have so much stay within the bounds for all of them."""
    return Levels(level(items, KEPT_ITEMS, ITEMS_IN_ALL), level(parts, KEPT_PARTS, PARTS_IN_ALL), at)


def level(amounts: Iterable[int], one: int, in_all: int) -> int:
    """Return the most that each may have: `one`, or less where all together would have more than `in_all`.

    Who has less than an equal share leaves the rest to the others.
    """
    ordered, left = sorted(min(amount, one) for amount in amounts), in_all
    for place, amount in enumerate(ordered):
        share = left // (len(ordered) - place)
        if amount > share:
            return share
        left -= amount
    return one
