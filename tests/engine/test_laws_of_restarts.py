"""Law 3 over restarts: whatever was saved whenever, and killed whenever, the same incidents and the same counts come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from engine_fakes import NEVER_KILLS, Engine, Tally, engine, plan
from hypothesis import given, settings
from hypothesis import strategies as st

from crisiswatch.core.models import Batch, Coverage, MetricPoint
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.engine.checkpointing import Checkpoints

BRANDS = ("Acme", "Globex")
PLANS = tuple(plan(brand, sources=("press", "forum")) for brand in BRANDS)


@dataclass(frozen=True)
class Moment:
    """What happens before one tick: posts of a brand, a point of a series, a save, a kill."""

    ticks: int
    brand: str
    posts: int
    is_bad: bool
    source: str
    value: float | None
    is_saved: bool
    is_killed: bool


moments = st.builds(
    Moment,
    ticks=st.sampled_from((1, 1, 2, 23)),
    brand=st.sampled_from(BRANDS),
    posts=st.integers(0, 9),
    is_bad=st.booleans(),
    source=st.sampled_from(("press", "forum")),
    value=st.none() | st.sampled_from((1.0, 2.0, 500.0)),
    is_saved=st.booleans(),
    is_killed=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(moments, min_size=3, max_size=10))
def test_restarts_change_nothing(course: list[Moment]) -> None:
    straight = asyncio.run(lived(course, restarts=False))
    broken = asyncio.run(lived(course, restarts=True))

    assert broken == straight


async def lived(course: list[Moment], *, restarts: bool) -> dict[str, Any]:
    """Return what is known at the end of a course, after all brands were talked about once more."""
    world = engine(*PLANS)
    for moment in course:
        if restarts and moment.is_saved:
            await Checkpoints(world.store, world.watcher, NEVER_KILLS).save(world.clock.now())
        if restarts and moment.is_killed:
            world = await started_again(world)
        await happen(world, moment)
    for brand in BRANDS:
        await world.see(1, brand.lower())
    await world.tick()
    return {
        "incidents": await world.store.incidents(IncidentQuery()),
        "counting": {name: msgspec.msgpack.encode(one.counting) for name, one in world.watcher.brands.items()},
        "learnt": {name: one.judging.detector.to_bytes() for name, one in world.watcher.brands.items()},
        "points": {name: one.judging.points for name, one in world.watcher.brands.items()},
        "series": {name: one.judging.noticing.series for name, one in world.watcher.brands.items()},
    }


async def happen(world: Engine, moment: Moment) -> None:
    now = world.clock.now()
    word = f"{'bad ' if moment.is_bad else ''}{moment.brand.lower()}"
    await world.see(moment.posts, word, moment.source)
    if moment.value is not None:
        hour = timedelta(hours=1)
        point = MetricPoint("press", "views", moment.brand, now - hour, hour, moment.value)
        await world.ingest("press", Batch(metrics=(point,), coverage=(Coverage("press", now - hour, now),)))
    for _ in range(moment.ticks):
        await world.tick()


async def started_again(world: Engine) -> Engine:
    """Return a new process on the same store at the same time."""
    again = engine(*PLANS, store=world.store)
    again.clock.set(world.clock.now())
    again.numbers = world.numbers
    await again.watcher.load_incidents()
    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(Tally, again.clock.now(), lambda part: None)
    return again
