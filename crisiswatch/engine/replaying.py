"""Recorded input through the same poller, watcher and dispatcher, with the clock driven by the recording."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from crisiswatch.core.models import Batch, Coverage, Frame, Heartbeat, Mention, MentionFrame
from crisiswatch.engine.clock import TICK, DrivenClock, tick_after
from crisiswatch.engine.delivering import Dispatcher
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.watched import allot
from crisiswatch.engine.watching import Watcher
from crisiswatch.engine.witnessing import read_words
from crisiswatch.ports import Store

BATCH_LIMIT = 500
COVER_EVERY = timedelta(minutes=5)

Recorded = Mention | Coverage | Frame


@dataclass(frozen=True, slots=True)
class Extent:
    """What a recording holds, found by a first reading.

    `assumes_coverage` names sources of which the recording does not say when they were seen: they are taken to be
    seen from the first line to the last. `assumes_observed_at`: some mentions lack it, so published is taken.
    """

    start: datetime
    end: datetime
    mentions: int
    skipped: int
    sources: tuple[str, ...]
    assumes_coverage: tuple[str, ...]
    assumes_observed_at: bool


class Recording:
    """A source that gives out a recording as time passes; at `now` it knows what was observed before."""

    name = "recording"

    def __init__(
        self, items: Iterator[Recorded], extent: Extent, on_frame: Callable[[Frame], Awaitable[None]] | None = None
    ) -> None:
        self._items = items
        self._extent = extent
        self._on_frame = on_frame
        self._next = next(items, None)
        self._seen_until = extent.start

    def is_due(self, now: datetime) -> bool:
        """Tell whether a fetch at `now` would bring something."""
        if self._next is not None and moment(self._next) < now:
            return True
        return now - self._seen_until >= COVER_EVERY

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what was observed since the last fetch, up to `BATCH_LIMIT` mentions."""
        mentions: list[Mention] = []
        coverage: list[Coverage] = []
        while self._next is not None and moment(self._next) < now and len(mentions) < BATCH_LIMIT:
            item, self._next = self._next, next(self._items, None)
            if isinstance(item, Mention):
                mentions.append(_observed(item))
            elif isinstance(item, Coverage):
                coverage.append(item)
            elif self._on_frame is not None:
                await self._on_frame(item)
        more = self._next is not None and moment(self._next) < now
        if not more:
            coverage += [Coverage(name, self._seen_until, now) for name in self._extent.assumes_coverage]
            self._seen_until = now
        return Batch(mentions=tuple(mentions), coverage=tuple(coverage), more=more)

    async def close(self) -> None:
        """Have nothing to release."""


class Learner:
    """Ticks that learn and decide nothing: what happened before anybody watched opens no incident."""

    def __init__(self, store: Store, watcher: Watcher) -> None:
        self._store = store
        self._watcher = watcher

    async def tick(self, now: datetime) -> None:
        """Count and learn what was observed before `now`."""
        allot(self._watcher.brands.values(), now)
        for watched in self._watcher.brands.values():
            self._watcher.advance(watched, now)
            await read_words(self._store, (watched,), now)


async def play(
    recording: Recording,
    until: datetime,
    parts: tuple[Poller, Watcher | Learner, Dispatcher | None],
    clock: DrivenClock,
    after_tick: Callable[[datetime], object] = lambda tick: None,
) -> None:
    """Run every tick from the clock's time to the first one after `until`.

    `after_tick` may pace the run or show progress, and is awaited if it can be.
    """
    poller, watcher, dispatcher = parts
    polled = Polled(recording, TICK)
    tick = tick_after(clock.now())
    while tick <= tick_after(until):
        clock.set(tick)
        if recording.is_due(tick):
            await poller.poll(polled)
        await watcher.tick(tick)
        if dispatcher is not None:
            await dispatcher.settle_at(tick)
        waiting = after_tick(tick)
        if isinstance(waiting, Awaitable):
            await waiting
        tick += TICK


def moment(item: Recorded) -> datetime:
    """Return when an item became known."""
    if isinstance(item, Mention):
        known = item.observed_at or item.published_at
        assert known is not None, "the reader requires published_at"
        return known
    if isinstance(item, Coverage):
        return item.end
    if isinstance(item, Heartbeat):
        return item.now
    return item.observed_at if isinstance(item, MentionFrame) else item.at


def _observed(mention: Mention) -> Mention:
    if mention.observed_at is not None:
        return mention
    return msgspec.structs.replace(mention, observed_at=mention.published_at)
