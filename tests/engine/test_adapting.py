"""The poller follows a source's pace, and shows what a paid one has spent."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from engine_fakes import FakeSource, engine, mentions_of, value

from crisiswatch.app.building import catalogues
from crisiswatch.app.converting import latenesses
from crisiswatch.app.examining import examine
from crisiswatch.app.spending import left_to_spend
from crisiswatch.core.models import Batch
from crisiswatch.core.pacing import Pace
from crisiswatch.core.transactions import Enriched
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller
from crisiswatch.plugins import Spending
from crisiswatch.settings import load
from crisiswatch.sources.web.x import XCursor
from crisiswatch.store import create
from tests.builders import NOON, after

FIVE, MINUTE = timedelta(minutes=5), timedelta(minutes=1)


async def waits_of(source: FakeSource, polls: int = 12) -> list[timedelta]:
    world = engine()
    poller = Poller(world.store, world.ingest, world.clock, world.metrics)
    polled, waits = Polled(source, FIVE * 4, Pace.within(FIVE, MINUTE, FIVE * 4)), []
    for _ in range(polls):
        waits.append(await poller.poll(polled))
        world.clock.set(world.clock.now() + waits[-1])
    return waits


async def test_a_quiet_source_is_asked_ever_less_often_and_a_busy_one_more_often() -> None:
    quiet = FakeSource(Batch())
    busy = FakeSource(lambda cursor, now: Batch(mentions=mentions_of(*(f"{now}{n}" for n in range(90)))))

    assert (await waits_of(quiet))[-1] >= FIVE * 4 * 0.95
    assert (await waits_of(busy))[-1] <= MINUTE * 1.05


async def test_what_was_seen_before_does_not_make_a_source_busy() -> None:
    again = FakeSource(Batch(mentions=mentions_of(*map(str, range(90)))))

    assert (await waits_of(again, 14))[-1] >= FIVE * 4 * 0.95


class Costly(FakeSource):
    """Has spent half its cap, and then all of it."""

    def spending(self, cursor: str | None, now: datetime) -> Spending:
        return Spending(1.0, 2.0) if len(self.asked) < 2 else Spending(1.999, 2.0, after(hours=12))


async def test_the_gauge_shows_what_is_spent() -> None:
    world = engine()
    poller = Poller(world.store, world.ingest, world.clock, world.metrics)
    polled, seen = Polled(Costly(Batch()), FIVE), []
    for _ in range(2):
        await poller.poll(polled)
        seen.append(value(world.metrics, "source_spent_ratio", "press"))

    assert seen == [0.5, 1.0]


CONFIG = """\
version: 1
brands: [{name: Acme, match: [acme]}]
sources:
  - {name: x, type: x, token: t, brand: Acme, query: acme, dollars_per_day: 0.0}
  - {name: press, type: rss, url: "https://a.example/f", every: 5m, every_at_least: 1m, every_at_most: 20m}
"""


async def test_buckets_wait_for_the_slowest_rhythm_and_the_doctor_names_a_source_that_has_stopped(
    tmp_path: Path,
) -> None:
    (tmp_path / "c.yml").write_text(CONFIG + f'store: {{url: "sqlite:///{tmp_path}/x.db"}}\n')
    settings = load(tmp_path / "c.yml", {}, catalogues())
    store = create(f"sqlite:///{tmp_path}/x.db")
    await store.open()
    await store.close()

    findings = await examine(settings, tmp_path / "c.yml", {})

    assert latenesses(settings)["press"] == timedelta(minutes=30)
    (spending,) = [finding for finding in findings if finding.what == "spending"]
    assert not spending.is_ok and "x: 0.000 of 0, stopped until" in spending.found


@pytest.mark.parametrize(("has_store", "spent"), [(True, "0.250"), (False, "0.000")])
async def test_what_a_paid_source_may_still_spend_is_said_before_it_is_tried(
    tmp_path: Path, has_store: bool, spent: str
) -> None:
    folder = tmp_path / "c.yml"
    paid = CONFIG.replace("dollars_per_day: 0.0", "dollars_per_day: 2.0")
    folder.write_text(paid + f'store: {{url: "sqlite:///{tmp_path}/x.db"}}\n')
    settings = load(folder, {}, catalogues())
    if has_store:
        store = create(f"sqlite:///{tmp_path}/x.db")
        await store.open()
        cursor = msgspec.json.encode(XCursor(day=f"{NOON:%Y-%m-%d}", dollars=0.25)).decode()
        whole = Enriched("x", NOON, (), (), Batch(cursor=cursor))
        await store.commit_batch(whole)
        await store.close()

    left = 2 - float(spent)
    assert await left_to_spend(settings, "x", NOON) == f"x: {spent} of 2, {left:.3f} left"
    assert await left_to_spend(settings, "press", NOON) is None


class Ending(DrivenClock):
    """A clock that notes the waits and ends each loop at its first."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self.waits: list[timedelta] = []

    async def sleep(self, delay: timedelta) -> None:
        self.waits.append(delay)
        raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("sources", "every", "seconds"),
    [(3, timedelta(minutes=5), 2.0), (1_000, timedelta(minutes=5), 50.0), (1_000, timedelta(seconds=10), 10.0)],
)
async def test_the_first_polls_of_many_sources_are_spread(sources: int, every: timedelta, seconds: float) -> None:
    middle, clock = engine(), Ending()
    poller = Poller(middle.store, middle.ingest, clock, middle.metrics)
    poller.use([(FakeSource(Batch(), name=f"s{number}"), every) for number in range(sources)])

    await poller.run()

    assert len(clock.waits) == sources
    assert all(wait.total_seconds() <= seconds for wait in clock.waits)
    assert sources < 1_000 or max(clock.waits).total_seconds() > seconds * 0.95
