"""The daemon: what it starts, that it survives trouble, and in which order it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_fakes import NEVER_KILLS, FakeChannel, FakeSource, engine, message
from structlog.testing import capture_logs

from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch, Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind
from crisiswatch.core.queries import Retention
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.daemon import Daemon, Parts
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.observing import Outlook
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.supervising import Notifier, Pulse
from crisiswatch.errors import StoreBusy
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after


class Day(DrivenClock):
    """A clock that everybody sleeps on together: it moves to the next moment somebody waits for."""

    def __init__(self, events: list[str]) -> None:
        super().__init__(NOON)
        self._waiting: list[tuple[datetime, int, asyncio.Event]] = []
        self._number = 0
        self.events = events

    async def sleep(self, delay: timedelta) -> None:
        self._number += 1
        woken = asyncio.Event()
        self._waiting.append((self.now() + max(delay, timedelta(0)), self._number, woken))
        await woken.wait()

    async def pass_until(self, end: datetime) -> None:
        """Wake who waits, moment by moment, until `end`."""
        await settled()
        while self._waiting:
            self._waiting.sort(key=lambda waiting: waiting[:2])
            due, _, woken = self._waiting[0]
            if due > end:
                break
            self.set(due)
            self._waiting.pop(0)
            woken.set()
            await settled()
        self.set(end)


async def settled() -> None:
    """Let everybody run until they wait again."""
    for _ in range(60):
        await asyncio.sleep(0)


class Told(Notifier):
    def __init__(self, events: list[str]) -> None:
        super().__init__(None)
        self.events = events

    def tell(self, *states: str) -> None:
        self.events += states


class RecordingStore(MemoryStore):
    """A store that notes what it is asked to do."""

    def __init__(self, events: list[str]) -> None:
        super().__init__()
        self.events = events
        self.purge_error: Exception | None = None

    async def save_checkpoint(self, name: str, at: datetime, state: bytes) -> None:
        self.events.append(f"checkpoint {at:%H:%M:%S}")
        await super().save_checkpoint(name, at, state)

    async def purge(self, retention: Retention, now: datetime) -> Mapping[str, int]:
        self.events.append("purge")
        if self.purge_error:
            raise self.purge_error
        return await super().purge(retention, now)


class Running:
    """A daemon on fakes, whose day the test lets pass."""

    def __init__(self, source: FakeSource | None = None) -> None:
        self.events: list[str] = []
        self.clock = Day(self.events)
        self.store = RecordingStore(self.events)
        self.world = engine(store=self.store)
        self.world.clock = self.clock
        self.world.ingest._clock = self.clock
        self.channel = FakeChannel()
        self.poller = Poller(self.store, self.world.ingest, self.clock, self.world.metrics)
        self.poller.use([(source, timedelta(minutes=5))] if source else [])
        self.dispatcher = Dispatcher(self.store, self._compose, self.clock, self.world.metrics, NEVER_KILLS)
        self.dispatcher.outward = Outward({"team": self.channel})
        self.pulse = Pulse()
        self.daemon = Daemon(self._parts())

    def _parts(self) -> Parts:
        return Parts(
            store=self.store,
            clock=self.clock,
            ingest=self.world.ingest,
            poller=self.poller,
            watcher=self.world.watcher,
            dispatcher=self.dispatcher,
            checkpoints=Checkpoints(self.store, self.world.watcher, NEVER_KILLS),
            outlook=Outlook(self.world.metrics),
            notifier=Told(self.events),
            pulse=self.pulse,
        )

    async def _compose(self, notification: Notification) -> Message | None:
        return message(notification.key)

    async def day(self, until: datetime, then: Callable[[], Any] = lambda: None) -> None:
        """Run the daemon until that time, then stop it."""
        running = asyncio.ensure_future(self.daemon.run())
        await self.clock.pass_until(until)
        then()
        self.daemon.stop()
        await running


async def test_it_says_ready_then_ticks_then_says_stopping_and_saves_last() -> None:
    running = Running()

    await running.day(after(minutes=1))

    assert running.events[0] == "READY=1"
    assert [event.split()[0] for event in running.events[-2:]] == ["STOPPING=1", "checkpoint"]
    assert running.daemon.last_tick == after(minutes=1)
    assert running.world.metrics.evaluation_duration_seconds._sum.get() == 0


async def test_the_watchdog_is_fed_while_ticks_move() -> None:
    running = Running()

    await running.day(after(minutes=2))

    assert running.events.count("WATCHDOG=1") == 12


async def test_the_watchdog_starves_when_a_loop_is_stuck() -> None:
    running = Running()
    running.pulse.beat("another loop", after(minutes=-5))

    with capture_logs() as logs:
        await running.day(after(seconds=30))

    assert "WATCHDOG=1" not in running.events
    assert {tuple(entry["loops"]) for entry in logs if entry["event"] == "loops_stuck"} == {("another loop",)}


async def test_state_is_saved_every_hour_and_old_data_wiped_every_six() -> None:
    running = Running()

    await running.day(after(hours=6, minutes=1))

    saved = [event for event in running.events if event.startswith("checkpoint")]
    assert len(saved) == 7
    assert saved[0] < "checkpoint 13:00" <= saved[1] < "checkpoint 14:00"
    assert running.events.count("purge") == 1


async def test_housekeeping_that_fails_is_logged_and_tried_again() -> None:
    running = Running()
    running.store.purge_error = StoreBusy("locked")

    with capture_logs() as logs:
        await running.day(after(hours=12, minutes=1))

    assert running.events.count("purge") == 2
    assert [entry["task"] for entry in logs if entry["event"] == "housekeeping_failed"] == ["_purge", "_purge"]


async def test_a_tick_that_fails_is_logged_and_the_next_one_comes() -> None:
    running = Running()
    ticked: list[datetime] = []

    async def busy(now: datetime) -> None:
        ticked.append(now)
        raise StoreBusy("locked")

    running.world.watcher.tick = busy  # type: ignore[method-assign]  # the watcher is the real one elsewhere
    with capture_logs() as logs:
        await running.day(after(minutes=1))

    assert ticked == [after(seconds=15 * n) for n in range(1, 5)]
    assert [entry["event"] for entry in logs] == ["tick_failed"] * 4


async def test_missed_ticks_are_not_made_up_for() -> None:
    running = Running()
    ticked: list[datetime] = []

    async def slow(now: datetime) -> None:
        ticked.append(now)
        if len(ticked) == 1:
            running.clock.set(after(minutes=10, seconds=4))

    running.world.watcher.tick = slow  # type: ignore[method-assign]  # as above
    await running.day(after(minutes=10, seconds=20))

    assert ticked == [after(seconds=15), after(minutes=10), after(minutes=10, seconds=15)]


async def test_sources_are_polled_and_exchanged_while_it_runs() -> None:
    old, new = FakeSource(Batch(), name="old"), FakeSource(Batch(), name="new")
    running = Running(old)
    task = asyncio.ensure_future(running.daemon.run())
    await running.clock.pass_until(after(minutes=12))
    polls = len(old.asked)

    running.poller.use([(new, timedelta(minutes=5))])
    running.daemon.sources_changed()
    await running.clock.pass_until(after(minutes=30))
    running.daemon.stop()
    await task

    assert polls >= 2
    assert (len(old.asked), len(new.asked) >= 3) == (polls, True)


async def test_hooks_are_covered_while_the_door_is_open() -> None:
    running = Running()
    running.daemon.hooks = {"inbox": object()}  # type: ignore[dict-item]  # only its name matters here

    await running.day(after(minutes=3))

    pieces = await running.store.coverage(NOON, after(minutes=3))
    assert {piece.source for piece in pieces} == {"inbox"}
    assert min(piece.start for piece in pieces) <= NOON
    assert max(piece.end for piece in pieces) == after(minutes=3)


async def test_a_hook_that_is_also_polled_is_covered_by_its_polls_alone() -> None:
    running = Running()
    running.daemon.hooks = {"page": FakeSource(name="page")}  # type: ignore[dict-item]  # a source is what matters here

    await running.day(after(minutes=3))

    assert await running.store.coverage(NOON, after(minutes=3)) == []


async def test_what_is_in_flight_is_settled_before_the_end() -> None:
    running = Running()
    running.channel.hold = asyncio.Event()
    await running.store.enqueue(
        Notification("01A", "team", NotificationKind.TEST, 1, Severity.WARNING, NOON, after(hours=1)), NOON
    )

    await running.day(after(seconds=30), then=running.channel.hold.set)

    [row] = await running.store.outbox()
    assert row.state is DeliveryState.DELIVERED


async def test_a_bug_in_a_loop_ends_the_daemon_after_saving() -> None:
    running = Running()

    async def broken(now: datetime) -> None:
        raise ZeroDivisionError("bug")

    await running.day(after(seconds=1))
    running.world.watcher.tick = broken  # type: ignore[method-assign]  # as above
    running.daemon = Daemon(running._parts())
    running.daemon.last_tick = NOON
    task = asyncio.ensure_future(running.daemon.run())
    await running.clock.pass_until(after(seconds=30))

    with pytest.raises(ExceptionGroup):
        await task
    assert running.events[-1].startswith("checkpoint")
