"""What history teaches: the baseline, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest
from engine_fakes import NEVER_KILLS, Engine, engine

from crisiswatch.core.models import Batch, Coverage, Via
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.transactions import Enriched
from crisiswatch.detectors.crisis_lr import CrisisLR
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.teaching import mark_backfilled
from tests.builders import NOON, mention

DAYS = timedelta(days=6)


async def remember(world: Engine, *, crisis_at: datetime | None = None) -> None:
    """Fetch six days of history: a mention every twenty minutes, one in ten bad; in a crisis forty bad ones an hour."""
    start, end = NOON - DAYS, NOON - timedelta(hours=6)
    found, at, number = [], start, 0
    while at < end:
        is_crisis = crisis_at is not None and timedelta(0) <= at - crisis_at < timedelta(hours=3)
        for _ in range(14 if is_crisis else 1):
            number += 1
            text = f"h{number} {'bad acme' if is_crisis or number % 10 == 0 else 'acme'}"
            found.append(
                mention(external_id=f"h{number}", text=text, published_at=at, source="press", via=Via.BACKFILL)
            )
        at += timedelta(minutes=20)
    seen = (Coverage("press:backfill", start, end),)
    await world.ingest("press", Batch(mentions=tuple(found), coverage=seen, cursor="x", lane="backfill"))
    await mark_backfilled(world.store, world.clock.now())


async def started(world: Engine) -> Engine:
    again = engine(store=world.store, detector=CrisisLR)
    again.clock.set(world.clock.now() + timedelta(seconds=30))
    again.numbers = world.numbers
    await again.watcher.load_incidents()
    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(CrisisLR, again.clock.now(), lambda part: None)
    return again


async def live(world: Engine, hours: float) -> None:
    end = world.clock.now() + timedelta(hours=hours)
    while world.clock.now() < end:
        if world.clock.now().minute % 20 == 0 and world.clock.now().second < 15:
            await world.see(1, "acme")
        await world.tick()


def learnt(world: Engine) -> timedelta:
    return world.watcher.brands["Acme"].judging.detector.score_open(()).learnt


async def test_what_is_not_about_the_brand_teaches_nothing() -> None:
    world = engine(detector=CrisisLR)

    async def judged(enriched: Enriched) -> Enriched:
        """Say of every second mention that it is not about the brand."""
        seen = [
            msgspec.structs.replace(one, relevance=0.05 if number % 2 else 0.95)
            for number, one in enumerate(enriched.observations)
        ]
        return replace(enriched, observations=tuple(seen))

    world.ingest.consider = judged
    await remember(world)

    again = await started(world)

    expected = again.watcher.brands["Acme"].judging.detector.predict_one(again.clock.now())
    assert expected.stories == pytest.approx(0.125, rel=0.2)


async def test_a_new_brand_starts_with_what_history_taught() -> None:
    world = engine(detector=CrisisLR)
    await remember(world)

    again = await started(world)

    expected = again.watcher.brands["Acme"].judging.detector.predict_one(again.clock.now())
    assert timedelta(days=5.5) < learnt(again) < timedelta(days=6)
    assert expected.stories == pytest.approx(0.25, rel=0.2)
    assert expected.share == pytest.approx(0.1, abs=0.05)


async def test_history_is_learnt_once_and_outlives_a_checkpoint() -> None:
    world = engine(detector=CrisisLR)
    await remember(world)
    again = await started(world)
    await Checkpoints(again.store, again.watcher, NEVER_KILLS).save(again.clock.now())

    third = await started(again)

    assert learnt(again) <= learnt(third) <= learnt(again) + timedelta(minutes=5)
    assert third.watcher.brands["Acme"].judging.taught == again.watcher.brands["Acme"].judging.taught is not None


@pytest.mark.parametrize("before", [timedelta(hours=9), timedelta(days=3)])
async def test_a_crisis_in_the_history_alarms_nobody(before: timedelta) -> None:
    world = engine(detector=CrisisLR)
    await remember(world, crisis_at=NOON - before)

    again = await started(world)
    await live(again, 3)

    assert await again.store.incidents(IncidentQuery()) == []
    assert again.watcher.brands["Acme"].judgement is not None
    assert again.watcher.brands["Acme"].judgement.reading.raw < 1


async def test_live_counts_are_the_same_with_and_without_a_history() -> None:
    with_history, without = engine(detector=CrisisLR), engine(detector=CrisisLR)
    await remember(with_history)
    worlds = [await started(world) for world in (with_history, without)]
    for world in worlds:
        await live(world, 2)

    one, other = (world.watcher.brands["Acme"] for world in worlds)
    assert msgspec.msgpack.encode(one.counting.closed) == msgspec.msgpack.encode(other.counting.closed)
    assert one.counting.usual == other.counting.usual
    lived = {point.start: (point.stories, point.covered) for point in one.judging.points}
    assert {p.start: lived[p.start] for p in other.judging.points} == {
        p.start: (p.stories, p.covered) for p in other.judging.points
    }


async def test_what_was_lived_through_is_learnt_again_after_the_history() -> None:
    world = engine(detector=CrisisLR)
    await live(world, 3)
    lived = learnt(world)
    await remember(world)

    again = await started(world)

    assert learnt(again) - lived > timedelta(days=5.5)


async def test_what_a_feed_still_listed_at_the_first_look_teaches_nothing() -> None:
    world = engine(detector=CrisisLR)
    old = tuple(mention(external_id=f"o{n}", text=f"o{n} acme", published_at=NOON - timedelta(days=n), via=Via.BACKFILL,
                        source="press") for n in range(1, 5))  # fmt: skip
    await world.ingest("press", Batch(mentions=old))
    await mark_backfilled(world.store, world.clock.now())

    again = await started(world)

    assert learnt(again) < timedelta(hours=1)
