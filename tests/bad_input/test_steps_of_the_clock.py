"""Clocks that step, sleep and end: who is told, when, and how often. Only the machine's clock is made up.

Elapsed time is what passes for people; the wall is what the machine shows, and steps.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.core.deciding import Policy
from crisiswatch.core.escalation import Escalation, Step
from crisiswatch.core.incidents import Change
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.routing import Route
from crisiswatch.engine import clock as clocks
from crisiswatch.engine.auditing import Audit
from crisiswatch.engine.clock import TICK, SystemClock, tick_before
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.observing import Unobserved
from crisiswatch.engine.watching import Watcher
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from tests.builders import NOON, assessment
from tests.engine.engine_fakes import FakeChannel, message

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FAMILY = "self:test"
LADDER = Escalation("ladder", (Step(30 * MINUTE, ("deputy",)), Step(30 * MINUTE, ("head",))), repeat=HOUR)
REFUSED = Attempt(Outcome.REFUSED, "503")


class Machine:
    """A machine: `elapsed` since its start, and what its wall clock shows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, start: datetime) -> None:
        self.elapsed = timedelta()
        self._start, self._off = start, timedelta()
        machine = self

        class Wall(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:
                return machine.wall

        monkeypatch.setattr(clocks, "datetime", Wall)
        monkeypatch.setattr(clocks, "monotonic", self.seconds)

    def seconds(self) -> float:
        """Return the elapsed time as the monotonic clock tells it."""
        return self.elapsed.total_seconds()

    @property
    def wall(self) -> datetime:
        return self._start + self.elapsed + self._off

    def step(self, by: timedelta) -> None:
        """Let the wall clock step, as NTP does it, or as a suspended machine finds it."""
        self._off += by


class Watch:
    """The real watcher, auditor and dispatcher on the real clock of that machine."""

    def __init__(self, machine: Machine, store: Store, *names: str) -> None:
        self.machine, self.store, self.clock = machine, store, SystemClock()
        metrics, never = Metrics(CollectorRegistry()), Failpoints(None)
        self.watcher = Watcher(store, Ingest(store, self.clock, metrics, never), Unobserved(), never)
        self.watcher.own_policy = Policy(
            FAMILY, "self", Route(("team",), escalation=LADDER.name), escalations={LADDER.name: LADDER}
        )
        self.audit = Audit(self.watcher, metrics, self.clock)
        self.channels = {name: FakeChannel(name=name) for name in (*names, "team", "deputy", "head")}
        self.dispatcher = Dispatcher(store, self._compose, self.clock, metrics, never)
        self.dispatcher.outward = Outward(self.channels)
        self.told: list[tuple[timedelta, str, str]] = []
        self.severity = Severity.CRITICAL
        self._last: datetime | None = None

    async def _compose(self, owed: Notification) -> Message | None:
        self.told.append((self.machine.elapsed, owed.receiver, owed.kind.value))
        return message(owed.key, kind=owed.kind.value)

    async def live(self, lasts: timedelta) -> None:
        """Tick every 15 s for so long, as the daemon does: on the grid, and none twice."""
        until = self.machine.elapsed + lasts
        while self.machine.elapsed < until:
            self.machine.elapsed += TICK
            tick = tick_before(self.clock.now())
            if self._last is None or tick > self._last:
                self._last = tick
                await self.watcher.tick_own({FAMILY: assessment(self.severity, is_urgent=True)}, tick)
            await self.audit()
            await self.dispatcher.settle_due()

    def steps(self, receiver: str) -> list[timedelta]:
        """Return when, in elapsed time, that receiver was told that nobody had answered."""
        return [at for at, name, kind in self.told if (name, kind) == (receiver, NotificationKind.ESCALATED)]


@pytest.fixture
async def begin(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    async def begun(start: datetime = NOON) -> Watch:
        store = stores.create("memory:")
        await store.open()
        watch = Watch(Machine(monkeypatch, start), store)
        await watch.dispatcher.start("test")
        return watch

    return begun


STEPS = {"an hour back": -HOUR, "an hour forward": HOUR, "a day back": -24 * HOUR, "asleep for 8 hours": 8 * HOUR}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_every_step_of_an_escalation_is_taken_once_in_order_and_never_at_once_with_another(begin, step) -> None:
    watch = await begin()
    await watch.live(10 * MINUTE)
    watch.machine.step(step)
    await watch.live(5 * HOUR)

    (deputy,), (head, *again) = watch.steps("deputy"), watch.steps("head")
    assert deputy < head
    assert all(later - earlier >= HOUR for earlier, later in pairwise((head, *again)))
    assert head - deputy >= 30 * MINUTE, "nobody's time to answer is cut short"
    slow = 1 if step > timedelta() else 2
    assert deputy <= 30 * MINUTE * slow + MINUTE
    assert head <= deputy + 30 * MINUTE * slow + MINUTE
    assert [kind for _, _, kind in watch.told].count(NotificationKind.OPENED) == 1


@pytest.mark.parametrize("step", [-HOUR, -24 * HOUR], ids=str)
async def test_after_a_step_back_nobody_is_told_early_and_nothing_waits_until_the_wall_is_back(begin, step) -> None:
    watch = await begin()
    await watch.live(10 * MINUTE)
    watch.machine.step(step)
    await watch.live(2 * HOUR)

    assert 30 * MINUTE <= watch.steps("deputy")[0] <= 51 * MINUTE


async def test_a_message_that_was_refused_is_tried_again_within_minutes_of_a_step_back(begin) -> None:
    watch = await begin()
    watch.channels["team"].attempts = [REFUSED] * 3 + [Attempt(Outcome.DELIVERED, reference="r")]
    await watch.live(TICK)
    watch.machine.step(-HOUR)
    await watch.live(5 * MINUTE)

    (row,) = await watch.store.outbox()
    assert row.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_whoever_heard_of_the_beginning_hears_once_of_the_end(begin, step) -> None:
    watch = await begin()
    await watch.live(10 * MINUTE)
    watch.machine.step(step)
    watch.severity = Severity.CALM
    await watch.live(6 * HOUR)

    assert [kind for _, name, kind in watch.told if name == "team"].count(NotificationKind.CLOSED) == 1
    rows = await watch.store.outbox(limit=1_000)
    assert {row.state for row in rows} <= {DeliveryState.DELIVERED, DeliveryState.SUPERSEDED}


async def test_steps_to_and_fro_all_day_double_and_lose_nothing(begin) -> None:
    watch = await begin()
    for number in range(24):
        watch.machine.step(HOUR if number % 2 else -HOUR)
        await watch.live(20 * MINUTE)

    assert len(watch.steps("deputy")) == 1
    gaps = [later - earlier for earlier, later in pairwise(watch.steps("head"))]
    assert len(gaps) >= 5
    assert all(50 * MINUTE <= gap <= 70 * MINUTE for gap in gaps)
    (incident,) = await watch.store.incidents(IncidentQuery())
    events = await watch.store.events(incident.id)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert len({row.notification.key for row in await watch.store.outbox(limit=1_000)}) == len(watch.told)


BOUNDARIES = {
    "a clock that begins in 1970": datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC),
    "the last second of 32 bits": datetime(2038, 1, 19, 3, 4, 7, tzinfo=UTC),
    "the last second of 32 bits without a sign": datetime(2106, 2, 7, 6, 18, 15, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 23, 50, tzinfo=UTC),
    "the turn of a year": datetime(2026, 12, 31, 23, 50, tzinfo=UTC),
}


@pytest.mark.parametrize("start", BOUNDARIES.values(), ids=BOUNDARIES.keys())
async def test_at_the_boundaries_of_clocks_an_incident_lives_as_ever(monkeypatch, tmp_path, start) -> None:
    store = stores.create(f"sqlite:///{tmp_path}/crisiswatch.db")
    await store.open()
    watch = Watch(Machine(monkeypatch, start), store)
    await watch.dispatcher.start("test")
    try:
        await watch.live(61 * MINUTE)
        (incident,) = await store.incidents(IncidentQuery())
        changes = [event.change for event in await store.events(incident.id)]

        assert (len(watch.steps("deputy")), len(watch.steps("head"))) == (1, 1)
        assert changes[0] is Change.OPENED
        assert start <= incident.opened_at <= start + MINUTE
        assert {row.state for row in await store.outbox(limit=100)} == {DeliveryState.DELIVERED}
    finally:
        await store.close()


async def test_a_machine_without_a_battery_that_learns_the_year_opens_no_second_incident(begin) -> None:
    watch = await begin(BOUNDARIES["a clock that begins in 1970"])
    await watch.live(10 * MINUTE)
    watch.machine.step(NOON - watch.machine.wall)
    await watch.live(HOUR)

    (incident,) = await watch.store.incidents(IncidentQuery())
    assert incident.is_open
    assert [kind for _, _, kind in watch.told].count(NotificationKind.OPENED) == 1
