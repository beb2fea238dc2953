"""Laws of the way out, for any order of trouble, calm, people, failing channels and crashes."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, assessment, evidence
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from script_sizes import SCRIPTS, STEPS

from crisiswatch.core.deciding import Policy, decide, record
from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.lifecycle import Timers, acknowledge
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.core.routing import Route
from crisiswatch.core.silences import Silence
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Abilities
from crisiswatch.store.memory import MemoryStore

pytestmark = pytest.mark.timeout(6 * 3600)  # of a soak, which lives 50,000 scripts

TIMERS = Timers(
    ease_after=timedelta(minutes=2), close_after=timedelta(minutes=5), close_at_most=timedelta(minutes=20),
    final_after=timedelta(minutes=10),
)  # fmt: skip
POLICY = Policy("Acme", "brand", Route(("team", "mail")), edits=frozenset({"team"}), timers=TIMERS)
BEGINNINGS = (NotificationKind.OPENED, NotificationKind.REOPENED)
CALM = "calm"

outcomes = st.sampled_from(["ok", "ok", "ok", "refused", "lost answer", "never came", "raises"])

steps = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.sampled_from(["calm", "watch", "warning", "critical"])),
        st.tuples(st.just("ack"), st.just("")),
        st.tuples(st.just("silence"), st.sampled_from(["5", "30"])),
        st.tuples(st.just("expire"), st.just("")),
        st.tuples(st.just("settle"), outcomes),
        st.tuples(st.just("crash"), st.sampled_from(["after claim", "after send"])),
        st.tuples(st.just("wait"), st.sampled_from(["1", "7", "40"])),
    ),
    max_size=STEPS,
)


class Died(BaseException):
    """The process ends here."""


class Remote:
    """The other side of a channel: takes what comes, and answers as the script says."""

    abilities = Abilities(edits=True, can_ask=True)

    def __init__(self, name: str) -> None:
        self.name = name
        self.accepted: list[Message] = []
        self.outcome = "ok"

    async def send(self, message: Message, previous: str | None) -> Attempt:
        if self.outcome == "refused":
            return Attempt(Outcome.REFUSED, "503")
        if self.outcome == "never came":
            return Attempt(Outcome.UNKNOWN, "reset")
        if self.outcome == "raises":
            raise ZeroDivisionError
        self.accepted.append(message)
        if self.outcome == "lost answer":
            return Attempt(Outcome.UNKNOWN, "reset")
        if self.outcome == "dies":
            raise Died
        return Attempt(Outcome.DELIVERED, reference=message.key)

    async def find(self, message: Message) -> Attempt | None:
        keys = {one.key for one in self.accepted}
        return Attempt(Outcome.DELIVERED, reference=message.key) if message.key in keys else Attempt(Outcome.REFUSED)

    async def close(self) -> None:
        """Have nothing to release."""


class World:
    """An incident, its outbox and two channels, through crashes."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = DrivenClock(NOON)
        self.remotes = {name: Remote(name) for name in ("team", "mail")}
        self.incident: Incident | None = None
        self.silences = 0
        self.planned: list[Notification] = []
        self.lives = 0

    async def start(self) -> None:
        """Begin a new life of the process."""
        self.lives += 1
        metrics = Metrics(CollectorRegistry())
        self.dispatcher = Dispatcher(self.store, self._compose, self.clock, metrics, Failpoints(None))
        self.dispatcher.outward = Outward(self.remotes)
        await self.dispatcher.start(f"life {self.lives}")

    async def _compose(self, notification: Notification) -> Message | None:
        incident = await self.store.incident_by_id(notification.incident)
        assert incident is not None
        return Message(
            key=notification.key, kind=notification.kind, incident=incident.id, number=notification.number,
            receiver=notification.receiver, severity=notification.severity, brand="Acme", headline="h",
            thread_subject="s", state=incident.condition, since="", opened_at=NOON, sent_at=NOON,
        )  # fmt: skip

    async def take(self, what: str, how: str) -> None:
        """Do one step."""
        self.clock.set(self.clock.now() + timedelta(seconds=15))
        act: Any = getattr(self, f"_{what}")
        await act(how)

    async def _tick(self, how: str) -> None:
        now, severity = self.clock.now(), Severity[how.upper()]
        seen = evidence(at=now) if severity > Severity.CALM else None
        subject = ("Acme", "crisis")
        await self._commit(decide(self.incident, subject, assessment(severity), seen, POLICY, now))

    async def _ack(self, _: str) -> None:
        if self.incident is not None:
            moved = acknowledge(self.incident, "maria", TIMERS, self.clock.now())
            await self._commit(record(self.incident, moved.incident, moved.events, ()))

    async def _commit(self, decision: Any) -> None:
        if decision is None:
            return
        incident = await self.store.commit_decision(decision)
        self.incident = None if incident.condition is Condition.FINAL else incident
        self.planned += decision.notifications

    async def _silence(self, minutes: str) -> None:
        self.silences += 1
        now = self.clock.now()
        ends = now + timedelta(minutes=int(minutes))
        await self.store.save_silence(Silence(f"S{self.silences}", "", now, ends, "maria", "known", now))
        await self.dispatcher.holding_changed()

    async def _expire(self, _: str) -> None:
        for silence in await self.store.silences():
            await self.store.save_silence(replace(silence, expired_at=silence.expired_at or self.clock.now()))
        await self.dispatcher.holding_changed()

    async def _settle(self, outcome: str) -> None:
        for remote in self.remotes.values():
            remote.outcome = outcome
        await self.dispatcher.settle_due()

    async def _crash(self, where: str) -> None:
        if where == "after claim":
            await self.store.claim("dead", self.clock.now(), timedelta(minutes=2), 10)
        else:
            for remote in self.remotes.values():
                remote.outcome = "dies"
            try:
                await self.dispatcher.settle_due()
            except BaseExceptionGroup as group:
                assert group.subgroup(Died) is not None
        await self.start()

    async def _wait(self, minutes: str) -> None:
        self.clock.set(self.clock.now() + timedelta(minutes=int(minutes)))

    async def calm_down(self) -> None:
        """Let everything end well: nobody silences, channels work, it is calm for hours."""
        await self._expire("")
        for _ in range(200):
            self.clock.set(self.clock.now() + timedelta(minutes=1))
            await self._tick("calm")
            await self._settle("ok")


def lived(script: list[tuple[str, str]]) -> World:
    """Run a script and let it end well."""

    async def run() -> World:
        world = World()
        await world.start()
        for what, how in script:
            await world.take(what, how)
        await world.calm_down()
        return world

    return asyncio.run(run())


def accepted(world: World) -> list[Message]:
    return [message for remote in world.remotes.values() for message in remote.accepted]


@given(steps)
@settings(max_examples=SCRIPTS)
def test_nothing_is_lost_or_doubled_ends_are_told_and_messages_keep_their_order(script: list[tuple[str, str]]) -> None:
    """Three laws of one life: living takes longer than looking at it."""
    world = lived(script)

    nothing_is_left_owed_nothing_is_lost_and_nothing_comes_twice(world)
    whoever_heard_of_a_beginning_hears_of_the_end(world)
    messages_about_an_incident_arrive_in_their_order(world)


def nothing_is_left_owed_nothing_is_lost_and_nothing_comes_twice(world: World) -> None:
    rows = asyncio.run(world.store.outbox(limit=10_000))
    arrived = Counter(message.key for message in accepted(world))

    assert {row.state for row in rows} <= {
        DeliveryState.DELIVERED, DeliveryState.SUPERSEDED, DeliveryState.SUPPRESSED
    }  # fmt: skip
    assert {row.notification.key for row in rows} == {owed.key for owed in world.planned}
    assert all(count == 1 for count in arrived.values())
    assert {row.notification.key for row in rows if row.state is DeliveryState.DELIVERED} <= set(arrived)


def whoever_heard_of_a_beginning_hears_of_the_end(world: World) -> None:
    for remote in world.remotes.values():
        last: dict[str, str] = {}
        for message in remote.accepted:
            if message.kind != NotificationKind.UPDATED:
                last[message.incident] = message.kind
        assert set(last.values()) <= {NotificationKind.CLOSED}


def messages_about_an_incident_arrive_in_their_order(world: World) -> None:
    for remote in world.remotes.values():
        by_incident: dict[str, list[int]] = {}
        for message in remote.accepted:
            by_incident.setdefault(message.incident, []).append(message.number)
        for numbers in by_incident.values():
            assert numbers == sorted(numbers)


@given(steps)
@example([("tick", "warning"), ("tick", "warning"), ("crash", "after claim"), ("settle", "ok")])
def test_a_silence_hides_what_begins_under_it_and_nothing_that_was_promised(script: list[tuple[str, str]]) -> None:
    quiet = [("silence", "30"), *((what, how) for what, how in script if what not in ("expire", "silence", "wait"))]

    async def run() -> World:
        world = World()
        await world.start()
        for what, how in quiet[:60]:
            await world.take(what, how)
        return world

    world = asyncio.run(run())

    assert accepted(world) == []
