"""Live state to bytes and back: what goes on after a restart is what would have gone on without it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from engine_fakes import NEVER_KILLS, Engine, Tally, engine, plan
from structlog.testing import capture_logs

from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.models import Batch, Coverage, PlannedEvent, PlannedEventFrame
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.detectors.crisis_lr import CrisisLR
from crisiswatch.engine.checkpointing import VERSION, Checkpoints, Saved
from crisiswatch.engine.observing import Unobserved
from crisiswatch.errors import StoreUnusable
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after


def nobody(part: float) -> None:
    """Show no progress."""


def checkpoints(world: Engine) -> Checkpoints:
    return Checkpoints(world.store, world.watcher, NEVER_KILLS)


async def hours_of(world: Engine, hours: float, every: timedelta = timedelta(minutes=3)) -> None:
    """Let time pass with a mention now and then, a few of them bad, and the source seen all along."""
    end = world.clock.now() + timedelta(hours=hours)
    number = 0
    while world.clock.now() < end:
        if (world.clock.now() - NOON) % every == timedelta(0):
            number += 1
            await world.see(1 + number % 3, "bad acme" if number % 4 == 0 else "acme", author=f"a{number % 5}")
        await world.tick()


def state(world: Engine, brand: str = "Acme") -> dict[str, Any]:
    watched = world.watcher.brands[brand]
    judging = watched.judging
    return {
        "counting": msgspec.msgpack.encode(watched.counting),
        # Decoded, since 4 and 4.0 are written differently and mean the same.
        "detector": msgspec.msgpack.decode(judging.detector.to_bytes()),
        "points": judging.points,
        "hits": judging.hits,
        "blind": (judging.blind_since, judging.covered),
    }


async def restarted(world: Engine, detector: Any = Tally, *plans: Any) -> Engine:
    """Return a new process on the same store, at the same time, with its state restored."""
    again = engine(*plans, store=world.store, detector=detector)
    again.clock.set(world.clock.now())
    again.numbers = world.numbers
    await again.watcher.load_incidents()
    await checkpoints(again).restore(detector, again.clock.now(), nobody)
    return again


@pytest.mark.parametrize("detector", [Tally, CrisisLR])
async def test_state_survives_a_restart_whole(detector: Any) -> None:
    world = engine(detector=detector)
    await hours_of(world, 3)
    await checkpoints(world).save(world.clock.now())

    again = await restarted(world, detector)

    assert state(again) == state(world)


@pytest.mark.parametrize("detector", [Tally, CrisisLR])
async def test_what_came_after_the_checkpoint_is_counted_again_tick_by_tick(detector: Any) -> None:
    world = engine(detector=detector)
    await hours_of(world, 2)
    await checkpoints(world).save(world.clock.now())
    await hours_of(world, 2)

    again = await restarted(world, detector)

    assert state(again) == state(world)


async def test_a_planned_event_that_a_recording_told_is_known_after_a_restart_too() -> None:
    world = engine()
    event = PlannedEvent(brand="Acme", name="launch", start=after(hours=5), end=after(hours=7))
    await hours_of(world, 1)
    await world.watcher.take_frame(PlannedEventFrame(at=world.clock.now(), event=event))
    await hours_of(world, 1)
    await checkpoints(world).save(world.clock.now())

    again = await restarted(world)

    assert again.watcher.brands["Acme"].plan.events == (event,)


async def test_without_a_checkpoint_the_state_is_rebuilt_from_what_is_stored() -> None:
    world = engine()
    await hours_of(world, 3)

    again = await restarted(world)

    assert again.watcher.brands["Acme"].counting.closed_until == world.watcher.brands["Acme"].counting.closed_until
    learnt = [bucket for bucket in detector_of(world).learnt if bucket[1]]
    assert [bucket for bucket in detector_of(again).learnt if bucket[1]] == learnt


async def test_life_goes_on_after_a_restart_as_it_would_have_without() -> None:
    straight, broken = engine(detector=CrisisLR), engine(detector=CrisisLR)
    for world in (straight, broken):
        await hours_of(world, 4)
    await checkpoints(broken).save(broken.clock.now())
    broken = await restarted(broken, CrisisLR)

    for world in (straight, broken):
        await hours_of(world, 2)
        await world.see(40)
        await hours_of(world, 0.5)

    assert state(broken) == state(straight)
    assert await broken.store.incidents(IncidentQuery()) == await straight.store.incidents(IncidentQuery()) != []


async def test_coverage_that_became_known_late_is_not_forgotten() -> None:
    world = engine()
    await world.tick()
    await world.ingest("press", Batch(coverage=(Coverage("press", after(hours=-1), after(seconds=10)),)))
    await world.tick()
    await checkpoints(world).save(world.clock.now())
    again = await restarted(world)

    for one in (world, again):
        one.clock.set(after(minutes=15))
        await one.watcher.tick(after(minutes=15))

    assert state(again) == state(world)
    assert again.watcher.brands["Acme"].counting.covered.part("press", NOON, after(seconds=10)) == 1


async def test_a_save_in_the_middle_of_a_tick_counts_nothing_twice() -> None:
    world = engine(plan("Acme"), plan("Globex"))
    await world.see(4, "bad acme")
    await world.see(4, "bad globex")
    whole = world.watcher.tick
    save = checkpoints(world).save

    class Saving(Unobserved):
        """Is told of the decision about the first brand, before the second is counted."""

        def changed(self, incident: Incident, events: Sequence[Event]) -> None:
            saving.append(asyncio.ensure_future(save(NOON)))

    saving: list[asyncio.Future[None]] = []
    world.watcher._observer = Saving()
    await world.see(3, "bad acme")
    world.clock.set(after(seconds=15))
    await whole(after(seconds=15))
    await asyncio.gather(*saving)
    again = await restarted(world, Tally, plan("Acme"), plan("Globex"))

    assert saving
    for brand, copies in (("Acme", 7), ("Globex", 4)):
        [bucket] = again.watcher.brands[brand].counting.open.values()
        assert bucket.copies == copies


async def test_a_brand_that_talks_is_not_counted_twice_because_another_has_been_quiet_since() -> None:
    plans = plan("Acme"), plan("Globex")
    straight, broken = engine(*plans), engine(*plans)
    for world in (straight, broken):
        await world.see(2, "globex")
        await world.tick()
        for _ in range(8):
            await world.see(3, "bad acme")
            await world.tick()
    await checkpoints(broken).save(broken.clock.now())
    broken = await restarted(broken, Tally, *plans)
    for world in (straight, broken):
        await world.see(2, "bad acme")
        await world.tick()

    for brand, copies in (("Acme", 26), ("Globex", 2)):
        assert [bucket.copies for bucket in broken.watcher.brands[brand].counting.open.values()] == [copies]
    assert state(broken) == state(straight)


async def test_decisions_are_not_made_twice_while_catching_up() -> None:
    world = engine()
    await checkpoints(world).save(world.clock.now())
    await world.see(7)
    await world.tick()
    await world.tick()
    before = await world.store.incidents(IncidentQuery())

    again = await restarted(world)

    assert await again.store.incidents(IncidentQuery()) == before
    assert len(await world.store.outbox()) == 1


def saved(**changes: Any) -> bytes:
    counting = engine().watcher.brands["Acme"].counting
    fields: dict[str, Any] = {
        "version": VERSION, "counting": counting, "detector": Tally().to_bytes(), "points": [], "hits": {},
        "blind_since": None, "covered": 1.0,
    }  # fmt: skip
    return msgspec.msgpack.encode(Saved(**{**fields, **changes}))


def refuses(bucket: timedelta, state: bytes | None) -> Tally:
    if state is not None:
        raise StoreUnusable("of another version")
    return Tally(bucket)


@pytest.mark.parametrize(
    ("data", "detector"),
    [(saved(version=VERSION + 1), Tally), (saved(), refuses), (b"\xc1 broken", Tally), (b"", Tally),
     (msgspec.msgpack.encode({"version": 1}), Tally)],
    ids=["other version", "detector refuses", "broken", "empty", "incomplete"],
)  # fmt: skip
async def test_a_checkpoint_that_does_not_fit_is_left_aside_and_said_so(data: bytes, detector: Any) -> None:
    store = MemoryStore()
    await store.save_checkpoint("brand/Acme", NOON, data)
    world = engine(store=store)
    world.clock.set(after(minutes=1))

    with capture_logs() as logs:
        await checkpoints(world).restore(detector, world.clock.now(), nobody)

    assert [(entry["event"], entry["brand"]) for entry in logs] == [("checkpoint_left_aside", "Acme")]


async def test_another_bucket_length_is_rebuilt() -> None:
    world = engine()
    await hours_of(world, 1)
    await checkpoints(world).save(world.clock.now())

    with capture_logs() as logs:
        again = await restarted(world, Tally, plan(bucket=timedelta(minutes=15)))

    assert logs[0]["reason"] == "the checkpoint is of another version or bucket length"
    assert again.watcher.brands["Acme"].counting.bucket == timedelta(minutes=15)


async def test_one_checkpoint_that_does_not_fit_harms_no_other_brand() -> None:
    world = engine(plan("Acme"), plan("Globex"))
    await hours_of(world, 1)
    await checkpoints(world).save(world.clock.now())
    await world.store.save_checkpoint("brand/Globex", world.clock.now(), b"")

    with capture_logs():
        again = await restarted(world, Tally, plan("Acme"), plan("Globex"))

    assert state(again, "Acme") == state(world, "Acme")


async def test_progress_is_shown_and_an_empty_store_needs_none() -> None:
    world = engine()
    await hours_of(world, 1)
    shown: list[float] = []
    moments: list[datetime] = []
    again = engine(store=world.store)
    again.clock.set(world.clock.now())

    await checkpoints(again).restore(Tally, again.clock.now(), shown.append)
    await checkpoints(engine()).restore(Tally, NOON, lambda part: moments.append(NOON))

    assert shown and all(0 <= part <= 1.01 for part in shown)
    assert moments == []


def detector_of(world: Engine) -> Tally:
    found = world.watcher.brands["Acme"].judging.detector
    assert isinstance(found, Tally)
    return found
