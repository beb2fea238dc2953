"""The clocks: the real one, and one that somebody drives. The only place that reads the time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic

SLOWED = 2
"""After the system's clock stepped back, ours runs at this fraction of its pace until the two meet."""


class SystemClock:
    """Wall time that never runs backwards and never stands still.

    After a step back it goes on at half its pace until the wall has caught up: an hour takes two. Standing still would
    hold up every retry and every step of an escalation for as long as the step was wide.
    """

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._looked = monotonic()

    def now(self) -> datetime:
        """Return the time; after the system's clock stepped back, a later one that it will reach."""
        looked = monotonic()
        gone, self._looked = timedelta(seconds=looked - self._looked), looked
        self._latest = max(self._latest + gone / SLOWED, datetime.now(UTC))
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
