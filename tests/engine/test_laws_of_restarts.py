"""Law 3 over restarts: saved and killed at any moment, the same incidents and the same counts come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from engine_fakes import NEVER_KILLS, Engine, Tally, engine, plan
from hypothesis import given, settings
from hypothesis import strategies as st

from crisiswatch.core import keeping
from crisiswatch.core.models import Batch, Coverage, MetricPoint
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.clock import tick_after

BRANDS = ("Acme", "Globex")
PLANS = tuple(plan(brand, sources=("press", "forum")) for brand in BRANDS)


@dataclass(frozen=True)
class Moment:
    """What happens: some seconds pass, posts of a brand and a point of a series come; a save, a kill; some ticks."""

    seconds: int
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
    seconds=st.sampled_from((0, 4, 14)),
    ticks=st.sampled_from((1, 1, 2, 23)),
    brand=st.sampled_from(BRANDS),
    posts=st.integers(0, 9),
    is_bad=st.booleans(),
    source=st.sampled_from(("press", "forum")),
    value=st.none() | st.sampled_from((1.0, 2.0, 500.0)),
    is_saved=st.booleans(),
    is_killed=st.booleans(),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(moments, min_size=3, max_size=10))
def test_restarts_change_nothing(course: list[Moment]) -> None:
    straight = asyncio.run(lived(course, restarts=False))
    broken = asyncio.run(lived(course, restarts=True))

    assert broken == straight


@settings(max_examples=20, deadline=None)
@given(st.lists(moments, min_size=5, max_size=12))
def test_restarts_change_nothing_where_all_brands_together_have_too_much(course: list[Moment]) -> None:
    with pytest.MonkeyPatch.context() as patched:  # three million mentions are too many for a test
        patched.setattr(keeping, "ITEMS_IN_ALL", 9)
        patched.setattr(keeping, "PARTS_IN_ALL", 60)
        straight = asyncio.run(lived(course, restarts=False))
        broken = asyncio.run(lived(course, restarts=True))

    assert broken == straight


async def lived(course: list[Moment], *, restarts: bool) -> dict[str, Any]:
    """Return what is known at the end of a course, after all brands were talked about once more."""
    world = engine(*PLANS)
    if restarts:
        await Checkpoints(world.store, world.watcher, NEVER_KILLS).save(world.clock.now())
    for moment in course:
        await happen(world, moment)
        if restarts and moment.is_saved:
            await Checkpoints(world.store, world.watcher, NEVER_KILLS).save(world.clock.now())
        if restarts and moment.is_killed:
            world = await started_again(world)
        for _ in range(moment.ticks):
            await tick(world)
    for brand in BRANDS:
        await world.see(1, brand.lower())
    await tick(world)
    return {
        "incidents": await world.store.incidents(IncidentQuery()),
        "counting": {
            name: msgspec.to_builtins(one.counting, str_keys=True) for name, one in world.watcher.brands.items()
        },
        "learnt": {name: one.judging.detector.to_bytes() for name, one in world.watcher.brands.items()},
        "points": {name: one.judging.points for name, one in world.watcher.brands.items()},
        "series": {name: one.judging.noticing.series for name, one in world.watcher.brands.items()},
    }


async def happen(world: Engine, moment: Moment) -> None:
    now = world.clock.now() + timedelta(seconds=moment.seconds)
    world.clock.set(now)
    word = f"{'bad ' if moment.is_bad else ''}{moment.brand.lower()}"
    await world.see(moment.posts, word, moment.source)
    if moment.value is not None:
        hour = timedelta(hours=1)
        point = MetricPoint("press", "views", moment.brand, now - hour, hour, moment.value)
        await world.ingest("press", Batch(metrics=(point,), coverage=(Coverage("press", now - hour, now),)))


async def tick(world: Engine) -> None:
    """Go on to the next tick of the grid."""
    world.clock.set(tick_after(world.clock.now()))
    await world.watcher.tick(world.clock.now())


async def started_again(world: Engine) -> Engine:
    """Return a new process on the same store at the same time."""
    again = engine(*PLANS, store=world.store)
    again.clock.set(world.clock.now())
    again.numbers = world.numbers
    await again.watcher.load_incidents()
    await Checkpoints(again.store, again.watcher, NEVER_KILLS).restore(Tally, again.clock.now(), lambda part: None)
    return again
