"""A metric series that does something new: the brand is watched, its sources are asked sooner, and nobody is paged."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_fakes import NEVER_KILLS, Engine, FakeSource, Tally, engine, mentions_of, plan, value
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from crisiswatch.core.metric_series import DETECTOR, Investigate, warm_up
from crisiswatch.core.models import Batch, Coverage, MetricFrame, MetricPoint, Severity
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.detectors.novelty_bag import NoveltyBag
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.observing import Gauges
from crisiswatch.engine.polling import Poller
from crisiswatch.errors import SourceRejected
from crisiswatch.metrics import Metrics
from crisiswatch.store import Opening, create
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after

QUARTER = timedelta(minutes=15)
WARM = warm_up(QUARTER)
DAY = timedelta(days=1)


def bag(length: timedelta, state: bytes | None) -> NoveltyBag:
    return NoveltyBag(warm_up(length), state)


def watched_plan(**changes: Any) -> Any:
    return plan(series=bag, sources=("press", "wiki"), **changes)


def counted(start: datetime, number: float) -> MetricPoint:
    return MetricPoint("wiki", "edits", "Acme", start, QUARTER, number)


async def history(world: Engine, until: datetime = NOON) -> None:
    """Have a fortnight of quarters come in as one batch, as a first poll brings them."""
    points = tuple(counted(until - QUARTER * n, 20.0 + n * 7919 % 5) for n in range(WARM * 3, 0, -1))
    seen = (Coverage("wiki", NOON - DAY, until), Coverage("press", NOON - DAY, until))
    await world.ingest("wiki", Batch(metrics=points, coverage=seen))
    await world.tick()


async def burst(world: Engine, height: float = 600.0) -> None:
    world.clock.set(world.clock.now() + QUARTER)
    now = world.clock.now()
    seen = tuple(Coverage(name, NOON - DAY, now) for name in ("wiki", "press"))
    await world.ingest("wiki", Batch(metrics=(counted(NOON, height),), coverage=seen))
    await world.tick()


async def test_what_is_new_is_watched_explained_and_never_more():
    world = engine(watched_plan())
    await history(world)

    await burst(world)
    for _ in range(4):
        await world.tick()

    (incident,) = await world.store.incidents(IncidentQuery())
    assert incident.severity is Severity.WATCH and incident.evidence is not None
    (notice, *_) = incident.evidence.notices
    assert (notice.detector, notice.series, notice.value) == (DETECTOR, "wiki/edits", 600)
    assert {row.notification.kind for row in await world.store.outbox()} == set(), "nobody is told of a watch"


async def test_the_effect_names_the_sources_of_the_brand_once():
    world, effects = engine(watched_plan()), []
    world.watcher.on_effect = effects.append
    await history(world)

    await burst(world)
    for _ in range(8):
        await world.tick()

    assert [(one.brand, one.source, one.sources) for one in effects] == [("Acme", "wiki", ("press", "wiki"))]


async def test_a_brand_that_asks_for_no_notices_judges_nothing():
    world, effects = engine(plan(sources=("press", "wiki"))), []
    world.watcher.on_effect = effects.append
    await history(world)

    await burst(world)

    assert (effects, world.watcher.brands["Acme"].points) == ([], [])


async def test_the_gauges_show_value_and_usual():
    metrics = Metrics(CollectorRegistry())
    world = engine(watched_plan(), observer=Gauges(metrics))
    await history(world)

    await burst(world)

    assert value(metrics, "series_value", "Acme", "wiki/edits") == 600
    assert 20 <= value(metrics, "series_expected", "Acme", "wiki/edits") <= 24
    assert value(metrics, "score", "Acme", DETECTOR) > 1


@pytest.mark.parametrize("saves", [True, False], ids=["from a checkpoint", "rebuilt from the store"])
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_restart_goes_on_where_it_was(kind: str, saves: bool, tmp_path: Any):
    store = MemoryStore() if kind == "memory" else create(f"sqlite:///{tmp_path}/x.db", Opening.THROW_AWAY)
    await store.open()
    world = engine(watched_plan(), store=store)
    await history(world)
    if saves:
        await Checkpoints(store, world.watcher, NEVER_KILLS).save(world.clock.now())
    await burst(world)

    again, effects = engine(watched_plan(), store=store), []
    again.clock.set(world.clock.now())
    again.watcher.on_effect = effects.append
    await again.watcher.load_incidents()
    await Checkpoints(store, again.watcher, NEVER_KILLS).restore(Tally, again.clock.now(), lambda part: None)

    assert series(again) == series(world)
    await again.tick()
    assert effects == [], "what was looked at already is not looked at again"
    await store.close()


async def test_a_recorded_frame_does_what_a_batch_did():
    live, played = engine(watched_plan()), engine(watched_plan())
    await history(live)
    await burst(live)

    for frame in await live.store.frames(NOON - DAY, NOON + DAY, "metrics"):
        assert isinstance(frame, MetricFrame)
        played.clock.set(frame.at + timedelta(seconds=15))
        await played.watcher.take_frame(frame)
        await played.watcher.tick(played.clock.now())

    assert series(played) == series(live)


def series(world: Engine) -> Any:
    noticing = world.watcher.brands["Acme"].judging.noticing
    assert noticing.series is not None
    return noticing.series.followed, {key: one.to_bytes() for key, one in noticing.series.detectors.items()}


class Waiting:
    """A clock on which sleepers wait until the test moves it on."""

    def __init__(self) -> None:
        self._now = NOON
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, delay: timedelta) -> None:
        until, event = self._now + delay, asyncio.Event()
        self._sleepers.append((until, event))
        await event.wait()

    async def move(self, **time: float) -> None:
        """Move on in steps of five seconds, and let everybody work who is due."""
        end = self._now + timedelta(**time)
        while self._now < end:
            self._now = min(end, self._now + timedelta(seconds=5))
            for until, event in self._sleepers:
                if until <= self._now:
                    event.set()
            self._sleepers = [one for one in self._sleepers if one[0] > self._now]
            for _ in range(20):
                await asyncio.sleep(0)


class Counter(FakeSource):
    """Counts, and reads posts when it was told to."""

    def __init__(self, name: str = "x", brand: str = "Acme") -> None:
        super().__init__(lambda cursor, now: Batch(cursor="counted"), name=name)
        self.brand = brand

    def investigate(self, cursor: str | None, brand: str, now: datetime) -> Batch | None:
        return Batch(cursor="read posts") if brand == self.brand else None


class Polls:
    def __init__(self, *sources: FakeSource, every: timedelta = timedelta(minutes=10)) -> None:
        self.clock, self.world = Waiting(), engine()
        self.world.ingest._clock = self.clock  # type: ignore[assignment]  # one clock for all
        self.poller = Poller(self.world.store, self.world.ingest, self.clock, self.world.metrics)
        self.poller.use([(source, every) for source in sources])

    async def __aenter__(self) -> Polls:
        self._running = asyncio.ensure_future(self.poller.run())
        await self.clock.move(seconds=5)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def investigate(self, brand: str = "Acme") -> None:
        names = tuple(self.poller.polled)
        until = self.clock.now() + timedelta(hours=1)
        self.poller.investigate(Investigate(brand, "wiki", "edits", names, until))


def busy(name: str) -> FakeSource:
    return FakeSource(lambda cursor, now: Batch(mentions=mentions_of(f"{name} {now}")), name=name)


async def test_sources_are_asked_sooner_and_for_a_while():
    source = busy("press")
    async with Polls(source) as polls:
        await polls.clock.move(minutes=6)
        assert len(source.asked) == 1

        polls.investigate()
        await polls.clock.move(seconds=10)
        assert len(source.asked) == 2, "at once"

        await polls.clock.move(minutes=60)
        assert 11 <= len(source.asked) <= 14, "twice as often"
        before = len(source.asked)
        await polls.clock.move(minutes=60)
        assert 5 <= len(source.asked) - before <= 7, "and then as before"
        assert value(polls.world.metrics, "source_investigations", "wiki") == 1


async def test_a_source_that_was_asked_just_now_or_fails_or_brings_nothing_is_left_alone():
    fresh, quiet = busy("fresh"), FakeSource(Batch(), name="quiet")
    failing = FakeSource(SourceRejected("no"), name="failing")
    async with Polls(fresh, quiet, failing) as polls:
        polls.investigate()
        await polls.clock.move(minutes=1)

        assert [len(one.asked) for one in (fresh, quiet, failing)] == [1, 1, 1]


async def test_a_source_that_only_counted_reads_posts_of_that_brand_alone():
    source, other = Counter(), Counter("y", "Globex")
    async with Polls(source, other) as polls:
        await polls.clock.move(minutes=6)
        polls.investigate()
        await polls.clock.move(seconds=30)

        assert [cursor for cursor, _ in source.asked] == [None, "read posts"]
        assert [cursor for cursor, _ in other.asked] == [None, "counted"]


async def test_one_reason_does_not_wake_hundreds_of_sources_at_once():
    sources = [busy(f"s{number}") for number in range(80)]
    async with Polls(*sources) as polls:
        await polls.clock.move(minutes=6)
        with capture_logs():
            polls.investigate()
        await polls.clock.move(seconds=5)

        assert sum(len(source.asked) for source in sources) == 80 + 50


async def test_what_is_no_anomaly_costs_nothing():
    world, effects = engine(watched_plan()), []
    world.watcher.on_effect = effects.append
    await history(world)

    await burst(world, 23.0)

    assert effects == [] and not await world.store.incidents(IncidentQuery())
    assert after(minutes=15) < world.clock.now()
