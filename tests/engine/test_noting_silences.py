"""Silences are noted at the incidents they hold back: at once through this process, else when they are read anew."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine_fakes import NEVER_KILLS, Engine, FakeChannel, engine, message, plan

from crisiswatch.app.converting import matchers
from crisiswatch.core.incidents import Change, Incident
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.routing import labels
from crisiswatch.core.silences import Silence
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.holding import REFRESH_EVERY, HoldingRules
from crisiswatch.engine.noting_silences import NotingSilences
from tests.builders import NOON, after, incident


def silence(**changes: Any) -> Silence:
    kept = Silence("S-1", 'brand="Acme"', NOON, after(hours=2), "maria", "known outage", NOON, Severity.WARNING)
    return replace(kept, **changes)


class World:
    """An engine with an open warning that was told to somebody whose card can be edited, and the way out."""

    def __init__(self) -> None:
        self.engine: Engine = engine(plan(edits=frozenset({"team"})))
        self.store, self.clock = self.engine.store, self.engine.clock
        self.channel = FakeChannel()
        dispatcher = Dispatcher(self.store, self._compose, self.clock, self.engine.metrics, NEVER_KILLS)
        holding = HoldingRules(labels=lambda one: labels(one, "brand", ""), read=matchers)
        dispatcher.outward = Outward({"team": self.channel}, holding=holding)
        self.dispatcher = dispatcher
        self.noting = NotingSilences(dispatcher.gate, self.engine.watcher, self.clock)
        dispatcher.gate.on_change = self.noting.wake

    async def _compose(self, notification: Notification) -> Message:
        return message(notification.key, kind=notification.kind.value)

    async def open(self, **changes: Any) -> None:
        one = incident(number=None, told={"team": 1}, **changes)
        owed = Notification(one.id, "team", NotificationKind.OPENED, 1, one.severity, NOON, after(hours=6))
        await self.store.commit_decision(Decision(one, 0, (), (owed,)))
        await self.engine.watcher.load_incidents()
        await self.dispatcher.settle_due()

    async def history(self) -> list[Change]:
        [one] = self.engine.watcher.incidents()
        return [event.change for event in await self.store.events(one.id)]

    def sent(self) -> list[str]:
        return [told.kind for told, _ in self.channel.sent]

    def set(self, at: datetime) -> None:
        self.clock.set(at)


async def opened(**changes: Any) -> World:
    world = World()
    await world.open(**changes)
    return world


async def test_a_silence_does_not_hold_back_the_edit_that_tells_of_it() -> None:
    world = await opened()
    await world.store.save_silence(silence())
    await world.dispatcher.holding_changed()

    await world.noting.look()
    await world.dispatcher.settle_due()

    assert (await world.history(), world.sent()) == ([Change.SILENCED], ["opened", "updated"])


async def test_the_edit_does_not_wait_behind_a_reminder_that_the_silence_holds_back() -> None:
    world = await opened()
    await world.store.save_silence(silence())
    await world.dispatcher.holding_changed()
    [one] = world.engine.watcher.incidents()
    reminder = Notification(one.id, "team", NotificationKind.REPEATED, 2, one.severity, NOON, after(hours=4))
    await world.store.enqueue(reminder, world.clock.now())
    await world.dispatcher.settle_due()

    await world.noting.look()
    await world.dispatcher.settle_due()

    assert world.sent() == ["opened", "updated"]


async def test_it_is_noted_once_and_its_end_is_too() -> None:
    world = await opened()
    await world.store.save_silence(silence())
    for minute, expected in ((1, 1), (2, 1), (119, 1), (120, 2), (121, 2)):
        world.set(after(minutes=minute))
        await world.noting.look()

        assert len(await world.history()) == expected, minute
    assert (await world.history())[-1] is Change.UNSILENCED


async def test_an_incident_that_becomes_worse_is_silenced_no_more() -> None:
    world = await opened()
    await world.store.save_silence(silence())
    await world.dispatcher.holding_changed()
    await world.noting.look()
    [one] = world.engine.watcher.incidents()
    worse = replace(one, severity=Severity.CRITICAL, version=one.version + 1)
    await world.store.commit_decision(Decision(worse, one.version, (), ()))
    await world.engine.watcher.load_incidents()

    await world.noting.look()

    assert await world.history() == [Change.SILENCED, Change.UNSILENCED]


async def test_another_process_s_silence_is_noted_once_silences_are_read_anew() -> None:
    world = await opened()
    await world.noting.look()
    await world.store.save_silence(silence())  # and nobody says so
    await world.noting.look()
    assert await world.history() == []

    world.set(NOON + REFRESH_EVERY)
    await world.noting.look()

    assert await world.history() == [Change.SILENCED]


async def test_a_silence_through_this_process_is_noted_without_waiting() -> None:
    world = await opened()
    running = asyncio.ensure_future(world.noting.run())
    await asyncio.sleep(0)
    await world.store.save_silence(silence())
    await world.dispatcher.holding_changed()

    for _ in range(50):
        await asyncio.sleep(0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert await world.history() == [Change.SILENCED]


async def test_what_opens_under_a_silence_says_so_too() -> None:
    world = World()
    await world.store.save_silence(silence())
    await world.open()

    await world.noting.look()

    [one] = world.engine.watcher.incidents()
    assert isinstance(one, Incident) and one.silenced is not None
    assert (one.silenced.by, world.sent()) == ("maria", [])
