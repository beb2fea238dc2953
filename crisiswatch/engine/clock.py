"""The clocks: the real one, and one that somebody drives. The only place that reads the time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Wall time that never runs backwards: after a step back it stands still until it has caught up."""

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time, or the latest that was returned if the system's clock stepped back."""
        self._latest = max(self._latest, datetime.now(UTC))
        return self._latest

    async def sleep(self, delay: timedelta) -> None:
        """Wait that long; not at all for a negative delay."""
        await asyncio.sleep(max(0.0, delay.total_seconds()))


class DrivenClock:
    """A clock that a replay or a test sets. Nobody may wait on it for ever: `sleep` moves it on."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move on to `now`; never back."""
        self._now = max(self._now, now)

    async def sleep(self, delay: timedelta) -> None:
        """Move on by `delay` and let others run."""
        self.set(self._now + delay)
        await asyncio.sleep(0)


TICK = timedelta(seconds=15)
"""The grid on which everything is judged, live and in a replay alike."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tick_before(moment: datetime) -> datetime:
    """Return the latest tick of the grid that is not after `moment`."""
    return moment - (moment - EPOCH) % TICK


def tick_after(moment: datetime) -> datetime:
    """Return the earliest tick of the grid that is after `moment`."""
    return tick_before(moment) + TICK
