"""Allows each key so many tries in a stretch of time."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

_KEYS = 10_000
"""Keys remembered: an attacker with many addresses must not fill the memory."""


class Throttle:
    """Counts tries by key in a sliding window."""

    def __init__(self, tries: int, window: timedelta) -> None:
        self._tries = tries
        self._window = window
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta | None:
        """Count one try and return None, or return how long to wait where there were too many."""
        times = self._seen.setdefault(key, deque(maxlen=self._tries))
        self._seen.move_to_end(key)
        if len(self._seen) > _KEYS:
            self._seen.popitem(last=False)
        while times and now - times[0] >= self._window:
            times.popleft()
        if len(times) >= self._tries:
            return times[0] + self._window - now
        times.append(now)
        return None
