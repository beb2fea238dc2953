"""Whether every mention is counted twice: exact pairs would double the evidence of everything that happens."""

from __future__ import annotations

ENOUGH = 16
"""Even counts in a row, of stories and of negative stories, that chance does not bring: once in 65,000 tries."""


def evenness(before: int, stories: float, negative: float) -> int:
    """Return how many counts in a row were even with this bucket; an empty one says nothing, an odd one ends it."""
    if not stories:
        return before
    if stories % 2 or negative % 2:
        return 0
    return min(2 * ENOUGH, before + (2 if negative else 1))
