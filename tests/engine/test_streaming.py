"""Sources that send by themselves: their own cursor, reconnecting, and the poll beside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import pytest
from engine_fakes import FakeSource, engine, mentions_of, value
from structlog.testing import capture_logs

from crisiswatch.core.models import Batch
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.polled import BACKOFF_AT_MOST
from crisiswatch.engine.polling import RECONNECT_AFTER, RECONNECT_AT_MOST, Poller
from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.ports import Clock
from tests.builders import after

EVERY = timedelta(minutes=5)
BROKEN = SourceUnavailable("closed", "refused")


class FakeStream(FakeSource):
    """A source with a script of lines: each is what one connection brings before it breaks."""

    def __init__(self, *lines: list[Batch | Exception], poll: Batch | Exception | None = None) -> None:
        super().__init__(poll or Batch())
        self.lines = list(lines)
        self.opened: list[str | None] = []
        self.closed_lines = 0

    async def stream(self, cursor: str | None, clock: Clock) -> AsyncGenerator[Batch, None]:
        self.opened.append(cursor)
        try:
            for batch in self.lines.pop(0) if self.lines else [BROKEN]:
                if isinstance(batch, Exception):
                    raise batch
                yield batch
        finally:
            self.closed_lines += 1


class Listening:
    """A poller with one source that streams."""

    def __init__(self, source: FakeStream) -> None:
        self.engine = engine()
        self.source = source
        self.poller = Poller(self.engine.store, self.engine.ingest, self.engine.clock, self.engine.metrics)
        self.poller.use([(source, EVERY)])
        self.polled = self.poller.polled["press"]
        self.beside = self.poller._beside["press"]

    async def listen(self) -> timedelta:
        with capture_logs():
            return await self.poller.listen(self.polled)

    async def stored(self) -> list[str]:
        return sorted(one.mention.external_id for one in await self.engine.store.mentions(MentionQuery()))


def batch(*ids: str, cursor: str) -> Batch:
    return Batch(mentions=mentions_of(*ids), cursor=cursor)


async def test_a_stream_and_its_poll_keep_a_cursor_each() -> None:
    listening = Listening(FakeStream([batch("1", cursor="s1")], poll=Batch(cursor="p1")))

    await listening.listen()
    await listening.poller.poll(listening.beside)

    assert await listening.engine.store.cursor("press") == "p1"
    assert await listening.engine.store.cursor("press:stream") == "s1"


async def test_a_broken_stream_goes_on_from_the_last_batch_that_was_committed() -> None:
    source = FakeStream([batch("1", cursor="a"), batch("2", cursor="b"), BROKEN], [batch("2", "3", cursor="c")])
    listening = Listening(source)

    await listening.listen()
    await listening.listen()

    assert source.opened == [None, "b"]
    assert await listening.stored() == ["1", "2", "3"]
    assert source.closed_lines == 2


async def test_a_kill_between_two_batches_repeats_and_skips_nothing() -> None:
    source = FakeStream([batch("1", cursor="a"), batch("2", cursor="b")], [batch("2", cursor="b")])
    listening = Listening(source)
    deliver, taken = listening.engine.ingest.deliver, []

    def kill(delivery: object) -> None:
        taken.append(delivery)
        if len(taken) == 2:
            raise asyncio.CancelledError
        deliver(delivery)

    listening.engine.ingest.deliver = kill
    with pytest.raises(asyncio.CancelledError):
        await listening.listen()
    await listening.listen()

    assert source.opened == [None, "b"]
    assert await listening.stored() == ["1", "2"]


async def test_waits_for_a_broken_stream_grow_from_a_second_to_two_minutes() -> None:
    listening = Listening(FakeStream())

    waits = [await listening.listen() for _ in range(60)]

    assert waits[0] == RECONNECT_AFTER
    assert all(RECONNECT_AFTER <= wait <= RECONNECT_AT_MOST for wait in waits)
    assert max(waits) > RECONNECT_AT_MOST * 0.7 > BACKOFF_AT_MOST / 30


async def test_a_batch_that_comes_makes_the_next_wait_short_again() -> None:
    listening = Listening(FakeStream(*[[BROKEN]] * 9, [batch("1", cursor="a"), BROKEN]))

    waits = [await listening.listen() for _ in range(10)]

    assert max(waits[:9]) > RECONNECT_AFTER
    assert waits[9] == RECONNECT_AFTER


async def test_a_stream_that_ends_by_itself_is_a_failure_not_silence() -> None:
    listening = Listening(FakeStream([]))

    await listening.listen()

    assert value(listening.engine.metrics, "source_poll_failures", "press", "refused") == 1


@pytest.mark.parametrize(("error", "reason"), [(SourceRejected("no", "auth"), "auth"), (KeyError("bug"), "internal")])
async def test_failures_of_a_stream_are_counted_by_their_reason(error: Exception, reason: str) -> None:
    listening = Listening(FakeStream([error]))

    await listening.listen()

    assert value(listening.engine.metrics, "source_poll_failures", "press", reason) == 1
    assert listening.polled.failures == 1


async def test_a_poll_that_works_does_not_hide_a_stream_that_is_down() -> None:
    listening = Listening(FakeStream([BROKEN], [batch("1", cursor="a")]))

    await listening.listen()
    await listening.poller.poll(listening.beside)
    before = value(listening.engine.metrics, "source_last_success_timestamp_seconds", "press")
    await listening.listen()

    assert before == 0
    assert value(listening.engine.metrics, "source_last_success_timestamp_seconds", "press") == after().timestamp()


async def test_both_run_side_by_side() -> None:
    stream = FakeStream([batch("1", cursor="a"), BROKEN])
    plain = FakeSource(lambda cursor, now: Batch(cursor=str(now)), name="plain")
    world = engine()
    poller = Poller(world.store, world.ingest, _Hour(), world.metrics)
    poller.use([(stream, EVERY), (plain, EVERY)])

    with capture_logs():
        await poller.run()

    assert len(stream.opened) > 5
    assert len(stream.asked) > 5
    assert len(plain.asked) > 5


class _Hour:
    """A clock that jumps by what is slept and ends the run after an hour."""

    def __init__(self) -> None:
        self._now = after()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, delay: timedelta) -> None:
        until = self._now + delay
        while self._now < until:
            if self._now >= after(hours=1):
                raise asyncio.CancelledError
            self._now += timedelta(seconds=1)
            await asyncio.sleep(0)
