"""Sources judged by themselves while watching: what they alert, and what a restart keeps of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from engine_fakes import NEVER_KILLS, Engine, Tally, engine, plan

from crisiswatch.core.judging import ALL_SOURCES, Thresholds
from crisiswatch.core.models import Reading
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.sweeping import Trial
from crisiswatch.detectors.crisis_lr import CrisisLR
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.sweeping import Sweep

TWO = ("forum", "press")
BUDGETED = Thresholds.for_budget({0.5: 4.0, 0.1: 6.0, 0.02: 8.0}, 0.1, 0.02)


def two(detector: Any = Tally, store: Any = None, **changes: Any) -> Engine:
    return engine(plan(sources=TWO, thresholds=BUDGETED, **changes), detector=detector, store=store)


async def hours_of(world: Engine, hours: float) -> None:
    """Let time pass with mentions in both sources, some of the forum bad."""
    end = world.clock.now() + timedelta(hours=hours)
    while world.clock.now() < end:
        if world.clock.now().minute % 3 == 0 and world.clock.now().second == 0:
            await world.see(1 + world.numbers % 3, "bad acme" if world.numbers % 4 == 0 else "acme", "forum")
            await world.see(1 + world.numbers % 2, "acme", "press")
        await world.tick()


def states(world: Engine) -> Mapping[str, Any]:
    apart = world.watcher.brands["Acme"].judging.apart
    assert apart is not None
    return {source: msgspec.msgpack.decode(each.to_bytes()) for source, each in apart.detectors.items()}


def readings(world: Engine) -> Mapping[str, Reading]:
    return {each.series: each.reading for each in world.watcher.brands["Acme"].judging.judgements}


async def restarted(world: Engine, detector: Any) -> Engine:
    again = two(detector, world.store)
    again.clock.set(world.clock.now())
    again.numbers = world.numbers
    await again.watcher.load_incidents()
    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(detector, again.clock.now(), lambda part: None)
    return again


async def test_sources_go_on_after_a_restart_as_they_would_have_without() -> None:
    straight = two(CrisisLR)
    await hours_of(straight, 2)
    await Checkpoints(straight.store, straight.watcher, NEVER_KILLS).save(straight.clock.now())
    await hours_of(straight, 1)
    await straight.see(9, source="forum")
    await straight.tick()

    again = await restarted(straight, CrisisLR)

    assert set(states(straight)) == set(TWO)
    assert states(again) == states(straight)
    assert readings(again) == readings(straight)
    assert readings(again)["forum"].raw > 0


async def test_without_a_checkpoint_the_sources_learn_from_what_is_stored() -> None:
    world = two()
    await hours_of(world, 1)

    again = await restarted(world, Tally)

    for source in TWO:
        learnt = [bucket for bucket in states(world)[source] if bucket[1]]
        assert learnt
        assert [bucket for bucket in states(again)[source] if bucket[1]] == learnt


async def test_a_checkpoint_from_before_sources_were_judged_is_taken_up() -> None:
    world = two()
    await hours_of(world, 1)
    await Checkpoints(world.store, world.watcher, NEVER_KILLS).save(world.clock.now())
    name = "brand/Acme"
    at, data = (await world.store.load_checkpoints([name]))[name]
    known = msgspec.msgpack.decode(data)
    del known["apart"]
    await world.store.save_checkpoint(name, at, msgspec.msgpack.encode(known))

    again = await restarted(world, Tally)

    watched = again.watcher.brands["Acme"]
    assert watched.judging.points == world.watcher.brands["Acme"].judging.points
    assert states(again) == {}
    await hours_of(again, 0.5)
    assert set(states(again)) == set(TWO)


async def test_an_alert_of_one_source_names_it() -> None:
    class Thinned(Tally):
        """Finds a tenth of a nat a negative story where there are others beside them: as in a pool."""

        def score_open(self, counts: Any) -> Reading:
            found = super().score_open(counts)
            others = sum(count.stories - count.negative for count in counts)
            return found if others < 10 else Reading(found.raw / 10, found.since, found.expectation, found.learnt)

    world = two(Thinned)
    await hours_of(world, 0.5)

    await world.see(40, "acme", "press")
    await world.see(14, "bad acme", "forum")
    await world.tick()
    await world.tick()

    [incident] = await world.store.incidents(IncidentQuery())
    assert incident.evidence is not None
    assert incident.evidence.alone == "forum"
    pool = world.watcher.brands["Acme"].judging.judgements[0]
    assert pool.series == ALL_SOURCES
    assert pool.score < 1


async def test_a_sweep_finds_in_the_sources_what_the_watcher_finds() -> None:
    world = two()
    trial = Trial({"Acme": BUDGETED})
    world.watcher.onlooker = Sweep([trial])
    await hours_of(world, 0.5)

    await world.see(14, "bad acme", "forum")
    await world.tick()
    await world.tick()

    judgement = world.watcher.brands["Acme"].judgement
    assert judgement is not None
    assert trial.scores["Acme"] == judgement.score > 1
    opened = [each.opened_at for each in await world.store.incidents(IncidentQuery())]
    assert [each.opened_at for each in trial.incidents] == opened != []
