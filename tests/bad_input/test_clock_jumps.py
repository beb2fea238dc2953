"""Clocks that jump: a suspended machine, a corrected clock. What was not seen is not calm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crisiswatch.core.incidents import Change, Condition
from crisiswatch.core.queries import IncidentQuery, MentionQuery
from tests.engine.engine_fakes import Engine, engine


async def in_trouble() -> Engine:
    world = engine()
    await world.see(7)
    await world.tick()
    await world.tick()
    return world


async def test_an_incident_does_not_end_while_the_machine_sleeps() -> None:
    world = await in_trouble()

    await world.tick(days=3)
    await world.tick()

    [incident] = await world.store.incidents(IncidentQuery(brand="Acme"))
    changes = [event.change for event in await world.store.events(incident.id)]
    assert incident.condition is Condition.ACTIVE
    assert incident.stale_since is not None
    assert Change.CLOSED not in changes
    assert Change.EASED not in changes


async def test_after_a_sleep_the_brand_is_blind_until_it_is_seen_again() -> None:
    world = await in_trouble()
    await world.tick(days=3)
    for _ in range(65):
        await world.tick()
    blind = [i for i in await world.store.incidents(IncidentQuery()) if i.family == "blind"]

    for _ in range(8):
        await world.see(0)
        await world.tick(minutes=5)

    assert [incident.condition for incident in blind] == [Condition.ACTIVE]
    assert world.watcher.brands["Acme"].judging.blind_since is None


async def test_what_was_observed_before_the_jump_is_counted_once_after_it() -> None:
    world = engine()
    await world.tick()
    await world.see(4)

    await world.tick(hours=5)
    await world.see(2)
    await world.tick()

    counting = world.watcher.brands["Acme"].counting
    counted = [item for bucket in (*counting.closed, *counting.open.values()) for item in bucket.items]
    assert len(counted) == 6
    assert len(await world.store.mentions(MentionQuery())) == 6


async def test_a_tick_at_the_same_moment_twice_changes_nothing() -> None:
    world = await in_trouble()
    before = await world.store.incidents(IncidentQuery())

    for _ in range(3):
        await world.watcher.tick(world.clock.now())

    assert await world.store.incidents(IncidentQuery()) == before


async def test_a_clock_that_stands_still_neither_opens_nor_closes() -> None:
    world = engine()
    moment = world.clock.now() + timedelta(seconds=15)
    await world.see(7)

    await world.watcher.tick(moment)
    [pending] = await world.store.unfinished()

    assert pending.condition is Condition.PENDING


BACK = [timedelta(hours=-1), timedelta(days=-1)]
FORTH = [timedelta(hours=1), timedelta(days=1)]


@pytest.mark.parametrize("jump", [*BACK, *FORTH], ids=str)
async def test_a_clock_that_jumps_has_every_bucket_learnt_once_and_in_order(jump: timedelta) -> None:
    world = await in_trouble()
    await world.tick(minutes=40)
    here = world.clock.now()

    for moment in (here + jump, here + jump + timedelta(minutes=5), here + timedelta(minutes=10)):
        await world.watcher.tick(moment)

    starts = [row[0] for row in world.watcher.brands["Acme"].judging.detector.learnt]  # type: ignore[attr-defined]
    assert starts
    assert starts == sorted(set(starts))


@pytest.mark.parametrize("jump", [*BACK, *FORTH], ids=str)
async def test_a_clock_that_jumps_neither_closes_an_incident_nor_opens_a_second(jump: timedelta) -> None:
    world = await in_trouble()
    here = world.clock.now()

    for seconds in range(0, 60, 15):
        await world.watcher.tick(here + jump + timedelta(seconds=seconds))

    of_crisis = [i for i in await world.store.incidents(IncidentQuery(brand="Acme")) if i.family == "crisis"]
    assert [incident.condition for incident in of_crisis] == [Condition.ACTIVE]


@pytest.mark.parametrize("jump", BACK, ids=str)
async def test_what_is_observed_while_the_clock_is_behind_is_counted_once(jump: timedelta) -> None:
    world = engine()
    await world.tick()
    here = world.clock.now()
    await world.see(4)

    for moment in (here + jump, here + timedelta(seconds=15), here + timedelta(seconds=30)):
        await world.watcher.tick(moment)

    counting = world.watcher.brands["Acme"].counting
    assert sum(len(bucket.items) for bucket in (*counting.closed, *counting.open.values())) == 4
