"""A source with its rhythm, and how it has been doing."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisiswatch.core.pacing import Pace
from crisiswatch.ports import Source

BACKOFF_AT_MOST = timedelta(minutes=30)


@dataclass(slots=True)
class Polled:
    """A source with its rhythm, and how it has been doing; `gaps` lie between polls that brought something.

    Of a stream, `every` is the wait before it is reopened. `wanted` are the brands whose posts are to be read,
    `woken` ends the wait for the next poll.
    """

    source: Source
    every: timedelta
    pace: Pace | None = None
    hurried_until: datetime | None = None
    wanted: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    asked_at: datetime | None = None
    longest: timedelta = BACKOFF_AT_MOST
    failures: int = 0
    last_success: datetime | None = None
    last_item: datetime | None = None
    last_error: str = ""
    next_poll: datetime | None = None
    last_seen: datetime | None = None
    gaps: deque[timedelta] = field(default_factory=lambda: deque(maxlen=100))

    def is_hurried(self, now: datetime) -> bool:
        """Tell whether it is asked more often now."""
        return self.hurried_until is not None and now < self.hurried_until
