"""How often a source is asked: more often while it brings much, less often while it brings nothing, within bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

ITEMS_PER_POLL = 10.0
"""New items that one poll should bring: half of what a small page lists, so that none scrolls out between two polls."""

MEMORY = 0.3
"""What the newest poll weighs in the rate of items."""

SLOWER = 1.2
"""A poll that brought nothing lengthens the interval by this, at most."""

HURRY, HURRY_LEAST = 2, timedelta(seconds=30)
"""While there is reason to look closely, intervals are so many times shorter, but never shorter than this."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The rhythm of one source: it begins with `every` and stays within the bounds, which are `every` if not given.

    `rate` is items a second, None before the first poll.
    """

    every: timedelta
    at_least: timedelta
    at_most: timedelta
    interval: timedelta
    rate: float | None = None

    @classmethod
    def within(cls, every: timedelta, at_least: timedelta | None = None, at_most: timedelta | None = None) -> Pace:
        """Return the pace of a source that was not asked yet."""
        least, most = min(at_least or every, every), max(at_most or every, every)
        return cls(every, least, most, every)

    def after(self, items: int, took: timedelta) -> Pace:
        """Return the pace after a poll that brought so many new items, `took` after the one before it."""
        seen = items / max(took.total_seconds(), 1.0)
        rate = seen if self.rate is None else MEMORY * seen + (1 - MEMORY) * self.rate
        wished = timedelta(seconds=min(ITEMS_PER_POLL / rate, 1e9)) if rate > 0 else self.at_most
        if not items:
            wished = min(wished, self.interval * SLOWER)
        return replace(self, rate=rate, interval=min(self.at_most, max(self.at_least, wished)))

    @property
    def hurried(self) -> timedelta:
        """Return the interval while there is reason to look closely; never longer than the usual one."""
        return min(self.interval, max(HURRY_LEAST, min(self.at_least, self.interval / HURRY)))
