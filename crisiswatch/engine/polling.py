"""Asking the sources: one task each; a source that fails is counted, backed off and reported, and stops no other.

A source that also sends by itself has two tasks: its stream, and the poll that finds what the stream missed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

import msgspec
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from crisiswatch.core.metric_series import Investigate
from crisiswatch.core.models import Batch
from crisiswatch.core.pacing import Pace
from crisiswatch.core.transactions import cursor_name
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.waking import rest
from crisiswatch.errors import CrisiswatchError, PermanentError, QuotaSpent, RateLimited, SourceUnavailable
from crisiswatch.metrics import Metrics, failure_reason
from crisiswatch.plugins import Investigating, Paid
from crisiswatch.ports import Clock, Source, Store, Streaming

POLL_DEADLINE = timedelta(seconds=120)
"""Wall time that one poll may take, retries included."""

PERMANENT_BACKOFF = 8
"""A source that refuses is asked again, but rarely: as after this many failures."""

STREAM = "stream"
"""The lane of the cursor of what a source sends by itself."""

RECONNECT_AFTER, RECONNECT_AT_MOST = timedelta(seconds=1), timedelta(minutes=2)
"""Waits before a broken stream is opened again: the first, and the longest."""

FIRST_WITHIN, FIRST_APART = timedelta(seconds=2), timedelta(milliseconds=50)
"""The first polls are spread over this: a moment for few sources, so much apart for many, never above the interval."""

WOKEN_AT_MOST = 50
"""Sources that one reason to hurry has asked at once; the others come sooner than they would have."""

log = structlog.get_logger()


class Poller:
    """Polls sources and hands what they bring to `ingest`."""

    def __init__(self, store: Store, ingest: Ingest, clock: Clock, metrics: Metrics, seed: int = 0) -> None:
        self._store = store
        self._ingest = ingest
        self._clock = clock
        self._metrics = metrics
        self._random = random.Random(seed)
        self.polled: dict[str, Polled] = {}
        self._beside: dict[str, Polled] = {}
        self.on_quota_spent: Callable[[str, timedelta], Awaitable[None]] = _nobody

    def use(self, sources: Sequence[tuple[Source, timedelta | Pace]]) -> list[Source]:
        """Poll these from now on, keeping what is known of those with an old name; return the ones dropped.

        A source that streams is known by how its stream does; its poll stands beside. A pace adapts, an interval stays.
        """
        known, self.polled, self._beside = self.polled, {}, {}
        for source, rhythm in sources:
            former = known.get(source.name)
            pace = rhythm if isinstance(rhythm, Pace) else Pace.within(rhythm)
            polled = Polled(source, pace.at_most, pace)
            if isinstance(source, Streaming):
                self._beside[source.name] = polled
                polled = Polled(source, RECONNECT_AFTER, longest=RECONNECT_AT_MOST)
            self.polled[source.name] = polled
            if former is not None:
                self.polled[source.name].last_success = former.last_success
                self.polled[source.name].last_seen, self.polled[source.name].gaps = former.last_seen, former.gaps
        kept = {id(polled.source) for polled in self.polled.values()}
        return [former.source for former in known.values() if id(former.source) not in kept]

    async def run(self) -> None:
        """Poll every source at its rhythm until cancelled, or until `use` names other sources."""
        async with asyncio.TaskGroup() as tasks:
            for name, polled in self.polled.items():
                asked = self._beside.get(name)
                if asked is not None:
                    tasks.create_task(self._listen(polled))
                tasks.create_task(self._loop(asked or polled))

    def investigate(self, effect: Investigate) -> None:
        """Ask the brand's sources at once and more often for a while, and have posts read where that costs money."""
        asked = [polled for name in effect.sources if (polled := self._asked(name)) is not None]
        for polled in asked:
            if isinstance(polled.source, Investigating):
                polled.wanted.add(effect.brand)
        if not asked:
            return  # a recording has nobody to ask
        log.info("investigating", brand=effect.brand, source=effect.source, series=effect.series)
        self._metrics.source_investigations.labels(effect.source).inc()
        self.hurry(effect.sources, effect.until)

    def hurry(self, names: Sequence[str], until: datetime) -> None:
        """Ask those of the named sources that bring something more often until then; not those that fail."""
        now, woken = self._clock.now(), 0
        for polled in filter(None, map(self._asked, names)):
            brings = polled.wanted or polled.last_seen is not None
            if polled.failures or not brings or woken >= WOKEN_AT_MOST:
                continue
            polled.hurried_until = max(until, polled.hurried_until or until)
            if polled.asked_at is None or now - polled.asked_at >= self._interval(polled, now):
                polled.woken.set()
                woken += 1

    def is_hurried(self, name: str) -> bool:
        """Tell whether a source is asked more often now, for a brand that needs it."""
        polled = self._asked(name)
        return polled is not None and polled.is_hurried(self._clock.now())

    def _asked(self, name: str) -> Polled | None:
        """Return the source as it is polled, not as it streams."""
        return self._beside.get(name) or self.polled.get(name)

    async def poll(self, polled: Polled) -> timedelta:
        """Poll a source until it has nothing more; return how long to wait before the next poll."""
        return await self._try(polled, self._drain)

    async def listen(self, polled: Polled) -> timedelta:
        """Take what a source sends until its line breaks; return how long to wait before it is opened again."""
        return await self._try(polled, self._take)

    async def _try(self, polled: Polled, act: Callable[[Polled], Awaitable[None]]) -> timedelta:
        try:
            await act(polled)
        except CrisiswatchError as error:
            if isinstance(error, QuotaSpent) and error.retry_after is not None:
                await self.on_quota_spent(polled.source.name, error.retry_after)
            return self._failed(polled, error, failure_reason(error))
        except TimeoutError as error:
            return self._failed(polled, error, "timeout")
        except Exception as error:  # a plug-in's bug must not stop the other sources: counted and logged
            log.exception("source_raised", source=polled.source.name)
            return self._failed(polled, error, "internal")
        self._worked(polled)
        return self._interval(polled, self._clock.now()) * self._random.uniform(0.95, 1.05)

    def _interval(self, polled: Polled, now: datetime) -> timedelta:
        if polled.pace is None:
            return polled.every
        return polled.pace.hurried if polled.is_hurried(now) else polled.pace.interval

    async def _loop(self, polled: Polled) -> None:
        await self._clock.sleep(self._first_wait(polled.every))
        while True:
            wait = await self.poll(polled)
            polled.next_poll = self._clock.now() + wait
            await rest(self._clock, wait, polled.woken)

    def _first_wait(self, every: timedelta) -> timedelta:
        """Return how long to wait before the first poll: many sources at once would all run into their deadlines."""
        within = max(FIRST_WITHIN, FIRST_APART * len(self.polled))
        return min(every, within) * self._random.random()

    async def _listen(self, polled: Polled) -> None:
        while True:
            await self._clock.sleep(await self.listen(polled))

    async def _take(self, polled: Polled) -> None:
        """Commit each batch before the next is asked for: the sender is held back meanwhile, nothing is dropped."""
        source = polled.source
        assert isinstance(source, Streaming), "`use` made it a stream"
        cursor = await self._store.cursor(cursor_name(source.name, STREAM))
        async with aclosing(source.stream(cursor, self._clock)) as batches:
            async for batch in batches:
                await self._ingest(source.name, msgspec.structs.replace(batch, lane=STREAM))
                self._report(polled, batch)
                self._worked(polled)
        raise SourceUnavailable(f"{source.name}: the stream ended", "refused")

    async def _drain(self, polled: Polled) -> None:
        now, former = self._clock.now(), polled.asked_at
        await self._begin_investigating(polled, now)
        items, more = 0, True
        while more:
            fresh, more = await self._poll_once(polled)
            items += fresh
        polled.asked_at = now
        if isinstance(polled.source, Paid):
            paid = polled.source.spending(await self._store.cursor(polled.source.name), now)
            ratio = 1.0 if paid.stops_until is not None else paid.spent / paid.cap
            self._metrics.source_spent_ratio.labels(polled.source.name).set(ratio)
        if polled.pace is not None and former is not None:
            polled.pace = polled.pace.after(items, now - former)

    async def _begin_investigating(self, polled: Polled, now: datetime) -> None:
        """Let the source read the posts that are wanted: its cursor says so, and a restart goes on with it."""
        source = polled.source
        if not isinstance(source, Investigating):
            return
        while polled.wanted:
            begun = source.investigate(await self._store.cursor(source.name), min(polled.wanted), now)
            polled.wanted.discard(min(polled.wanted))
            if begun is not None:
                await self._ingest(source.name, begun)

    async def _poll_once(self, polled: Polled) -> tuple[int, bool]:
        """Fetch and commit one batch; tell how many new mentions it brought, and whether there is more."""
        name = polled.source.name
        started = self._clock.now()
        self._metrics.source_polls.labels(name).inc()
        async with asyncio.timeout(POLL_DEADLINE.total_seconds()):
            batch = await self._fetch(polled.source, started)
        took = self._clock.now() - started
        self._metrics.source_poll_duration_seconds.labels(name).observe(took.total_seconds())
        fresh = await self._ingest(name, batch)
        self._report(polled, batch)
        return fresh, batch.more

    async def _fetch(self, source: Source, now: datetime) -> Batch:
        cursor = await self._store.cursor(source.name)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(SourceUnavailable),
            stop=stop_after_attempt(3),
            wait=wait_exponential_jitter(initial=1, max=10),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(source.fetch, cursor, now)

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep(timedelta(seconds=seconds))

    def _report(self, polled: Polled, batch: Batch) -> None:
        name, now = polled.source.name, self._clock.now()
        if batch.mentions:
            if polled.last_seen is not None:
                polled.gaps.append(now - polled.last_seen)
            polled.last_seen = now
        self._metrics.source_cost.labels(name).inc(batch.cost)
        times = [mention.published_at for mention in batch.mentions if mention.published_at is not None]
        if times:
            polled.last_item = max(times)
            self._metrics.source_last_item_timestamp_seconds.labels(name).set(polled.last_item.timestamp())
        for warning in batch.warnings:
            log.warning("source_warned", source=name, warning=warning)

    def _worked(self, polled: Polled) -> None:
        name, now = polled.source.name, self._clock.now()
        if polled.failures:
            log.info("source_recovered", source=name, after_failures=polled.failures)
        polled.failures, polled.last_error, polled.last_success = 0, "", now
        if polled is not self._beside.get(name):  # a poll must not hide that the stream beside it is down
            self._metrics.source_last_success_timestamp_seconds.labels(name).set(now.timestamp())

    def _failed(self, polled: Polled, error: BaseException, reason: str) -> timedelta:
        name = polled.source.name
        self._metrics.source_poll_failures.labels(name, reason).inc()
        if not polled.failures:
            log.warning("source_failed", source=name, reason=reason, error=str(error))
        polled.failures += 1
        polled.last_error = str(error)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return max(polled.every, error.retry_after)
        exponent = max(polled.failures, PERMANENT_BACKOFF if isinstance(error, PermanentError) else 0) - 1
        longest = max(polled.every, min(polled.longest, polled.every * 2.0 ** min(exponent, 16)))
        return polled.every + (longest - polled.every) * self._random.random()


async def _nobody(source: str, wait: timedelta) -> None:
    """Stand in for the ledger of credentials until app.py connects it."""
