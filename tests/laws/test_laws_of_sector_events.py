"""Laws of sector events, in whatever order brands get into trouble, rise, calm down, and channels fail."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from builders import NOON, assessment, evidence
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from crisiswatch.core.deciding import Policy, decide
from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.lifecycle import Timers
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.core.routing import Route
from crisiswatch.core.sector import caught_up, joined
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Abilities
from crisiswatch.store.memory import MemoryStore

BRANDS = ("Acme", "Globex", "Initech", "Umbra", "Vandel")
EDITS = frozenset({"team"})
ROUTE = Route(("team", "mail"))
TIMERS = Timers(
    ease_after=timedelta(minutes=2), close_after=timedelta(minutes=5), close_at_most=timedelta(minutes=20),
    final_after=timedelta(minutes=10),
)  # fmt: skip
CALM_FOR = 45
"""Minutes in which everything ends well: longer than the longest wait for an end, and the release after it."""

levels = st.sampled_from(["calm", "warning", "warning", "warning", "critical"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(BRANDS), levels),
        st.tuples(st.just("wait"), st.sampled_from(["1", "8", "30"]), st.just("")),
        st.tuples(st.just("channels"), st.sampled_from(["ok", "ok", "refused"]), st.just("")),
    ),
    max_size=25,
)
Script = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Arrived:
    """A message, and which incidents were open then."""

    message: Message
    open: frozenset[str]


class Ear:
    """A channel that takes what comes, or refuses."""

    def __init__(self, name: str, world: World) -> None:
        self.name, self.abilities = name, Abilities(edits=name in EDITS, can_ask=True)
        self.arrived: list[Arrived] = []
        self._world = world

    async def send(self, message: Message, previous: str | None) -> Attempt:
        if self._world.channels == "refused":
            return Attempt(Outcome.REFUSED, "503")
        is_open = frozenset(one.id for one in self._world.incidents.values() if one.is_open)
        self.arrived.append(Arrived(message, is_open))
        return Attempt(Outcome.DELIVERED, reference=message.key)

    async def find(self, message: Message) -> Attempt | None:
        return Attempt(Outcome.REFUSED)

    async def close(self) -> None:
        """Have nothing to release."""


class World:
    """Five brands of one operator, and two receivers who are told of all of them."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), DrivenClock(NOON)
        self.levels = dict.fromkeys(BRANDS, "calm")
        self.incidents: dict[str, Incident] = {}
        self.channels = "ok"
        self.ears = {name: Ear(name, self) for name in ROUTE.receivers}
        metrics = Metrics(CollectorRegistry())
        self.dispatcher = Dispatcher(self.store, self._compose, self.clock, metrics, Failpoints(None))
        self.dispatcher.outward = Outward(self.ears)

    async def _compose(self, notification: Notification) -> Message:
        return Message(
            key=notification.key, kind=notification.kind, incident=notification.incident, number=notification.number,
            receiver=notification.receiver, severity=notification.severity, brand="", headline="h", thread_subject="s",
            state="", since="", opened_at=NOON, sent_at=NOON,
        )  # fmt: skip

    async def take(self, step: tuple[str, str, str]) -> None:
        """Do one step, and live through two ticks."""
        what, which, how = step
        if what == "set":
            self.levels[which] = how
        elif what == "channels":
            self.channels = which
        else:
            self.clock.set(self.clock.now() + timedelta(minutes=int(which)))
        await self.tick()
        await self.tick()

    async def tick(self) -> None:
        """Decide upon every brand, then say who is in an event, then deliver."""
        self.clock.set(self.clock.now() + timedelta(seconds=15))
        now = self.clock.now()
        for brand in BRANDS:
            severity = Severity[self.levels[brand].upper()]
            seen = evidence(at=now) if severity > Severity.CALM else None
            policy = Policy(brand, "brand", ROUTE, edits=EDITS, timers=TIMERS)
            known = self.incidents.get(brand)
            decision = decide(known, (brand, "crisis"), assessment(severity), seen, policy, now)
            if decision is not None:
                await self._commit(joined(decision, self.incidents.values(), now))
        for decision in list(caught_up(self.incidents.values(), lambda brand: EDITS, now)):
            await self._commit(decision)
        await self.dispatcher.settle_due()
        if self.channels == "ok":
            await self._no_critical_is_held_back()

    async def _commit(self, decision: Decision) -> None:
        incident = await self.store.commit_decision(decision)
        self.incidents[incident.brand] = incident
        if incident.condition is Condition.FINAL:
            del self.incidents[incident.brand]

    async def _no_critical_is_held_back(self) -> None:
        for row in await self.store.outbox((DeliveryState.PENDING,), 1_000):
            incident = await self.store.incident_by_id(row.notification.incident)
            assert incident is not None
            assert not (row.held and incident.is_open and incident.severity is Severity.CRITICAL), row


def lived(script: Script) -> World:
    """Live through a script and let it end well."""

    async def run() -> World:
        world = World()
        await world.dispatcher.start("life")
        for step in script:
            await world.take(step)
        world.channels, world.levels = "ok", dict.fromkeys(BRANDS, "calm")
        for _ in range(CALM_FOR):
            world.clock.set(world.clock.now() + timedelta(minutes=1))
            await world.tick()
        return world

    return asyncio.run(run())


@given(steps)
@settings(max_examples=max(100, settings.default.max_examples))
def test_a_sector_event_is_told_twice_at_most_and_every_end_to_whoever_heard_of_a_beginning(script: Script) -> None:
    """One life is held to every law: living takes longer than looking at it."""
    world = lived(script)

    found = asyncio.run(world.store.outbox(limit=10_000))
    done = {DeliveryState.DELIVERED, DeliveryState.SUPERSEDED, DeliveryState.SUPPRESSED}
    assert {row.state for row in found} <= done, "nothing is lost, and nothing is left"
    for ear in world.ears.values():
        last = {one.message.incident: one.message.kind for one in ear.arrived if one.message.kind != "updated"}
        assert set(last.values()) <= {NotificationKind.CLOSED}
        assert all(len(told) <= 2 for told in warnings_of_events(world, ear).values())
        critical = {one.message.incident for one in ear.arrived if one.message.severity is Severity.CRITICAL}
        assert critical == {
            row.notification.incident for row in found if row.notification.severity is Severity.CRITICAL
        }


def warnings_of_events(world: World, ear: Ear) -> dict[str, set[str]]:
    """Return the incidents of each event whose beginning, as a warning, was told while the root was open."""
    told: defaultdict[str, set[str]] = defaultdict(set)
    for one in ear.arrived:
        incident = asyncio.run(world.store.incident_by_id(one.message.incident))
        assert incident is not None
        is_alarm = one.message.kind == NotificationKind.OPENED and one.message.severity is Severity.WARNING
        if is_alarm and incident.sector is not None and incident.sector.root in one.open:
            told[incident.sector.root].add(incident.id)
    return told


def test_five_brands_in_a_minute_are_two_alarms_and_a_card() -> None:
    world = lived([("set", brand, "warning") for brand in BRANDS] + [("wait", "8", "")])

    for ear in world.ears.values():
        (told,) = warnings_of_events(world, ear).values()
        assert len(told) == 2
    (row,) = {row.notification.incident for row in asyncio.run(world.store.outbox(limit=1_000))
              if (found := asyncio.run(world.store.incident_by_id(row.notification.incident))) and found.sector
              and found.sector.others}  # fmt: skip
    root = asyncio.run(world.store.incident_by_id(row))
    assert root is not None
    assert root.sector is not None
    assert root.sector.others == BRANDS[1:]
