"""Eight people, the daemon's ticks and the way out, all at once, in an order that a seed decides."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from prometheus_client import CollectorRegistry

from crisiswatch.core.answering import Answer, Deed
from crisiswatch.core.deciding import Policy
from crisiswatch.core.escalation import Escalation, Step
from crisiswatch.core.incidents import Condition, Incident, Response, Verdict
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, Notification, NotificationKind, OutboxRow, Outcome
from crisiswatch.core.routing import Route
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.observing import Unobserved
from crisiswatch.engine.watched import OWN
from crisiswatch.engine.watching import Watcher
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Abilities
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, assessment

FAMILY = "source:press"
PEOPLE = tuple(f"person {number}" for number in range(8))
DEEDS = (
    *((Deed.ACKNOWLEDGE, None),) * 14,
    (Deed.CLOSE, None),
    *((Deed.VERDICT, Verdict.REAL),) * 4,
    (Deed.VERDICT, Verdict.FALSE),
)
STEPS = (15, 15, 15, 60, 600, 1_900, 4 * 3600 + 1)
"""Seconds by which time moves on between ticks: a tick, a step of the ladder, the end of an acknowledgement."""

WEATHER = (Severity.CALM, Severity.WARNING, *(Severity.CRITICAL,) * 4)

NAGS = (NotificationKind.REPEATED, NotificationKind.ESCALATED)
LADDER = Escalation("default", (Step(timedelta(minutes=10), ("boss",)), Step(timedelta(minutes=30), ("all",))))


@dataclass(frozen=True)
class Written:
    """A decision that was committed: the incident before and after, and what it owed."""

    before: Incident | None
    after: Incident
    decision: Decision


@dataclass(frozen=True)
class Claimed:
    """A message that was taken to be sent, and the incident as it was stored then."""

    row: OutboxRow
    incident: Incident | None


class SlowStore(MemoryStore):
    """A store that lets others go first, sometimes, before and after each thing it is asked."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.written: list[Written] = []
        self.claimed: list[Claimed] = []

    async def _others(self) -> None:
        for _ in range(self._random.choice((0, 0, 1, 3))):
            await asyncio.sleep(0)

    async def incident(self, number: int) -> Incident | None:
        await self._others()
        found = await super().incident(number)
        await self._others()
        return found

    async def commit_decision(self, decision: Decision) -> Incident:
        await self._others()
        before = await self.incident_by_id(decision.incident.id)
        after = await super().commit_decision(decision)
        self.written.append(Written(before, after, decision))
        await self._others()
        return after

    async def claim(
        self, owner: str, now: datetime, lease: timedelta, limit: int, without: frozenset[str] = frozenset()
    ) -> list[OutboxRow]:
        await self._others()
        rows = list(await super().claim(owner, now, lease, limit, without))
        self.claimed += [Claimed(row, await self.incident_by_id(row.notification.incident)) for row in rows]
        await self._others()
        return rows


class Hearing:
    """A receiver that takes most messages, after a while, and refuses some."""

    abilities = Abilities(edits=True, can_ask=True)

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.taken: list[Message] = []
        self._random = random

    async def send(self, message: Message, previous: str | None) -> Attempt:
        for _ in range(self._random.choice((0, 1, 5))):
            await asyncio.sleep(0)
        if self._random.random() < 0.1:
            return Attempt(Outcome.REFUSED, "503")
        self.taken.append(message)
        return Attempt(Outcome.DELIVERED, reference=message.key)

    async def find(self, message: Message) -> Attempt | None:
        return Attempt(Outcome.REFUSED, "not found")

    async def close(self) -> None:
        """Have nothing to release."""


@dataclass
class Race:
    """One interleaving. `asked` are the answers that people gave, in the order in which they began."""

    seed: int
    asked: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.clock = DrivenClock(NOON)
        self.store = SlowStore(self.random)
        metrics = Metrics(CollectorRegistry())
        never = Failpoints(None)
        self.watcher = Watcher(self.store, Ingest(self.store, self.clock, metrics, never), Unobserved(), never)
        self.watcher.own_policy = Policy(
            OWN, "self", Route(("team", "mail")), escalations={LADDER.name: LADDER}, edits=frozenset({"team"}),
            timers=Timers(close_after=timedelta(minutes=30)),
        )  # fmt: skip
        self.channels = {name: Hearing(name, self.random) for name in ("team", "mail", "boss", "all")}
        self.dispatcher = Dispatcher(self.store, self._compose, self.clock, metrics, never)
        self.dispatcher.outward = Outward(self.channels)

    async def run(self) -> None:
        """Open a critical incident, let everybody loose on it, and let it end well."""
        await self.dispatcher.start("race")
        first = self.random.choice((Severity.WARNING, Severity.CRITICAL))
        await self.tick(first)
        await self.tick(first)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._daemon())
            tasks.create_task(self._deliver())
            for person in PEOPLE:
                tasks.create_task(self._person(person))
        for _ in range(24):
            await self.tick(Severity.CALM, minutes=45)
            await self.dispatcher.settle_due()

    async def give(self, person: str, deed: Deed, verdict: Verdict | None = None, times: int = 1) -> None:
        """Let a person give the same answer so many times at once."""
        given = Answer(deed, person, verdict)
        self.asked.append(given)
        now = self.clock.now()
        await asyncio.gather(*(self.watcher.answer(1, given, now) for _ in range(times)))

    async def _person(self, person: str) -> None:
        for _ in range(self.random.randint(1, 3)):
            await self._wait()
            deed, verdict = self.random.choice(DEEDS)
            await self.give(person, deed, verdict, times=self.random.choice((1, 2, 3)))

    async def _daemon(self) -> None:
        for _ in range(self.random.randint(6, 14)):
            await self._wait()
            self.clock.set(self.clock.now() + timedelta(seconds=self.random.choice(STEPS)))
            await self.tick(self.random.choice(WEATHER))
            if self.random.random() < 0.2:
                await self.watcher.repair(self.clock.now())

    async def _deliver(self) -> None:
        for _ in range(10):
            await self._wait()
            await self.dispatcher.settle_due()

    async def tick(self, severity: Severity, **later: float) -> None:
        """Move the clock on and tick there."""
        self.clock.set(self.clock.now() + timedelta(**later))
        await self.watcher.tick_own({FAMILY: assessment(severity)}, self.clock.now())

    async def _wait(self) -> None:
        for _ in range(self.random.randint(0, 12)):
            await asyncio.sleep(0)

    async def _compose(self, notification: Notification) -> Message | None:
        return Message(
            key=notification.key, kind=notification.kind, incident=notification.incident, number=notification.number,
            receiver=notification.receiver, severity=notification.severity, brand="", headline="h",
            thread_subject="s", state="", since="", opened_at=NOON, sent_at=self.clock.now(),
        )  # fmt: skip


def is_hushed(incident: Incident | None) -> bool:
    """Tell whether nobody may be reminded of that incident: somebody is on it, or it is over."""
    return incident is not None and (incident.response is Response.ACKED or incident.condition is Condition.CLOSED)


def told_last(race: Race) -> dict[tuple[str, str], Any]:
    """Return the kind of the last message, edits apart, by receiver and incident."""
    last: dict[tuple[str, str], Any] = {}
    for name, channel in race.channels.items():
        for message in channel.taken:
            if message.kind != NotificationKind.UPDATED:
                last[name, message.incident] = message.kind
    return last
