"""Asking the sources: rhythm, retries, backing off, and one that fails beside one that works."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from engine_fakes import FakeSource, engine, mentions_of, value
from structlog.testing import capture_logs

from crisiswatch.core.models import Batch
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.polled import BACKOFF_AT_MOST, Polled
from crisiswatch.engine.polling import POLL_DEADLINE, Poller
from crisiswatch.errors import BadInput, CrisiswatchError, RateLimited, SourceRejected, SourceUnavailable, UnsafeAddress
from tests.builders import NOON, after

EVERY = timedelta(minutes=5)
DOWN = SourceUnavailable("timed out", "timeout")


class Polling:
    """A poller on the middle of the engine, with one source at its rhythm."""

    def __init__(self, source: FakeSource, seed: int = 0) -> None:
        self.engine = engine()
        self.poller = Poller(self.engine.store, self.engine.ingest, self.engine.clock, self.engine.metrics, seed)
        self.source = source
        self.polled = Polled(source, EVERY)

    async def poll(self) -> timedelta:
        return await self.poller.poll(self.polled)

    async def stored(self) -> list[str]:
        return [one.mention.external_id for one in await self.engine.store.mentions(MentionQuery())]

    def failures(self, reason: str) -> float:
        return value(self.engine.metrics, "source_poll_failures", "press", reason)


async def test_a_poll_commits_and_the_next_one_gets_the_cursor() -> None:
    polling = Polling(FakeSource(Batch(mentions=mentions_of("1"), cursor="c1"), Batch(cursor="c2")))

    await polling.poll()
    await polling.poll()

    assert await polling.stored() == ["1"]
    assert [cursor for cursor, _ in polling.source.asked] == [None, "c1"]


async def test_more_is_fetched_at_once() -> None:
    source = FakeSource(Batch(cursor="a", more=True), Batch(cursor="b", more=True), Batch(cursor="c"))
    polling = Polling(source)

    await polling.poll()

    assert [cursor for cursor, _ in source.asked] == [None, "a", "b"]
    assert await polling.engine.store.cursor("press") == "c"


async def test_the_rhythm_is_kept_within_five_per_cent() -> None:
    polling = Polling(FakeSource(Batch()))

    waits = [await polling.poll() for _ in range(50)]

    assert all(EVERY * 0.95 <= wait <= EVERY * 1.05 for wait in waits)
    assert len(set(waits)) == 50


async def test_a_source_that_is_down_for_a_moment_is_asked_again_at_once() -> None:
    polling = Polling(FakeSource(DOWN, DOWN, Batch(mentions=mentions_of("1"))))

    await polling.poll()

    assert (await polling.stored(), polling.polled.failures) == (["1"], 0)
    assert NOON < polling.engine.clock.now() < after(seconds=30), "it waited between the tries"


@pytest.mark.parametrize("error", [RateLimited("slow down"), SourceRejected("401", "auth"), BadInput("no feed")])
async def test_what_another_try_cannot_mend_is_not_tried_again(error: CrisiswatchError) -> None:
    polling = Polling(FakeSource(error, Batch()))

    await polling.poll()

    assert (len(polling.source.asked), polling.polled.failures) == (1, 1)


async def test_waits_grow_with_failures_up_to_half_an_hour_and_are_spread() -> None:
    polling = Polling(FakeSource(DOWN))

    waits = [await polling.poll() for _ in range(200)]

    assert waits[0] == EVERY
    assert all(EVERY <= wait <= BACKOFF_AT_MOST for wait in waits)
    assert max(waits[1:3]) <= EVERY * 4
    assert max(waits) > BACKOFF_AT_MOST * 0.9
    assert len(set(waits[3:])) > 150, "full jitter"


async def test_a_source_that_refuses_is_asked_rarely_from_the_first_time_on() -> None:
    firsts = [await Polling(FakeSource(SourceRejected("no", "auth")), seed).poll() for seed in range(40)]

    assert max(firsts) > BACKOFF_AT_MOST * 0.8


async def test_a_long_rhythm_is_never_shortened_by_failures() -> None:
    polling = Polling(FakeSource(DOWN))
    polling.polled = Polled(polling.source, timedelta(hours=2))

    waits = {await polling.poll() for _ in range(10)}

    assert waits == {timedelta(hours=2)}


@pytest.mark.parametrize(
    ("retry_after", "wait"), [(timedelta(minutes=42), timedelta(minutes=42)), (timedelta(seconds=1), EVERY)]
)
async def test_a_rate_limit_is_waited_for_as_the_source_says(retry_after: timedelta, wait: timedelta) -> None:
    polling = Polling(FakeSource(RateLimited("slow down", retry_after)))

    assert await polling.poll() == wait
    assert polling.failures("rate_limited") == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [(DOWN, "timeout"), (SourceRejected("gone", "not_found"), "not_found"), (BadInput("x"), "parse"),
     (UnsafeAddress("10.0.0.1"), "ssrf_blocked"), (TimeoutError(), "timeout"), (KeyError("bug"), "internal")],
)  # fmt: skip
async def test_failures_are_counted_by_their_reason(error: Exception, reason: str) -> None:
    polling = Polling(FakeSource(error))

    with capture_logs() as logs:
        await polling.poll()

    assert polling.failures(reason) == 1
    assert [entry["event"] for entry in logs][-1] == "source_failed"


async def test_a_failure_is_logged_once_and_so_is_the_recovery() -> None:
    polling = Polling(FakeSource(DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, Batch()))

    with capture_logs() as logs:
        for _ in range(4):
            await polling.poll()

    assert [entry["event"] for entry in logs] == ["source_failed", "source_recovered"]
    assert polling.polled.last_error == ""


async def test_a_failed_poll_keeps_the_cursor_and_what_came_before_it() -> None:
    polling = Polling(FakeSource(Batch(mentions=mentions_of("1"), cursor="c1", more=True), SourceRejected("no")))

    await polling.poll()

    assert await polling.stored() == ["1"]
    assert await polling.engine.store.cursor("press") == "c1"


async def test_warnings_costs_and_newest_items_are_shown() -> None:
    batch = Batch(mentions=mentions_of("1", published_at=after(minutes=-9)), cost=3.0, warnings=("line 7: no time",))
    polling = Polling(FakeSource(batch))

    with capture_logs() as logs:
        await polling.poll()

    metrics = polling.engine.metrics
    assert value(metrics, "source_cost", "press") == 3
    assert value(metrics, "source_last_item_timestamp_seconds", "press") == after(minutes=-9).timestamp()
    assert [(entry["event"], entry["warning"]) for entry in logs] == [("source_warned", "line 7: no time")]


class Day(DrivenClock):
    """A driven clock whose sleepers wake in turn, and that ends the run after a while."""

    def __init__(self, end: timedelta) -> None:
        super().__init__(NOON)
        self._end = NOON + end

    async def sleep(self, delay: timedelta) -> None:
        until = self.now() + delay
        while self.now() < until:
            if self.now() >= self._end:
                raise asyncio.CancelledError
            self.set(self.now() + timedelta(seconds=5))
            await asyncio.sleep(0)


async def test_one_failing_source_stops_no_other() -> None:
    world = engine()
    good = FakeSource(lambda cursor, now: Batch(cursor=str(now)), name="good")
    sources = [FakeSource(RuntimeError("bug"), name="bug"), FakeSource(DOWN, name="down"), good]
    poller = Poller(world.store, world.ingest, Day(timedelta(hours=1)), world.metrics)
    poller.use([(source, EVERY) for source in sources])

    with capture_logs():
        await poller.run()

    assert len(good.asked) >= 6
    assert {name: bool(polled.failures) for name, polled in poller.polled.items()} == {
        "bug": True, "down": True, "good": False,
    }  # fmt: skip


def test_new_sources_take_the_place_of_old_ones_which_are_given_back() -> None:
    polling = Polling(FakeSource(Batch()))
    old, kept, new = FakeSource(Batch(), name="old"), FakeSource(Batch(), name="kept"), FakeSource(Batch(), name="new")
    polling.poller.use([(old, EVERY), (kept, EVERY)])
    polling.poller.polled["kept"].last_success = NOON

    dropped = polling.poller.use([(kept, EVERY * 2), (new, EVERY)])

    assert dropped == [old]
    assert {name: polled.every for name, polled in polling.poller.polled.items()} == {"kept": EVERY * 2, "new": EVERY}
    assert polling.poller.polled["kept"].last_success == NOON


def test_a_poll_has_a_deadline() -> None:
    assert timedelta(seconds=30) < POLL_DEADLINE < timedelta(minutes=10)
