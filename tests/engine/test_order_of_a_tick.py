"""The order of a tick: all brands are judged, the worst is decided upon first, and batches that wait come after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from builders import NOON, after
from engine_fakes import Engine, engine, plan

from crisiswatch.core import keeping
from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Batch, Coverage, Mention, Quality
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.transactions import Decision, Enriched
from crisiswatch.engine.watched import Watched, hand_over
from crisiswatch.errors import StoreBusy
from crisiswatch.store.memory import MemoryStore
from tests.builders import mention


class Telling(MemoryStore):
    """A store that notes what it is asked, in its order; decisions about `failing` fail."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.failing = ""

    async def commit_decision(self, decision: Decision) -> Incident:
        if decision.incident.brand == self.failing:
            raise StoreBusy("locked")
        self.told.append(decision.incident.brand)
        return await super().commit_decision(decision)

    async def mentions_by_uid(self, uids: Sequence[bytes]) -> Mapping[bytes, Mention]:
        self.told.append("texts")
        return await super().mentions_by_uid(uids)


class Slow(MemoryStore):
    """A store that lets others run in the middle of every batch."""

    async def commit_batch(self, enriched: Enriched) -> frozenset[bytes]:
        for _ in range(3):
            await asyncio.sleep(0)
        return await super().commit_batch(enriched)


async def names(world: Engine) -> list[tuple[int, str]]:
    return sorted((one.number, one.brand) for one in await world.store.incidents(IncidentQuery()))


async def test_the_brand_that_is_critical_is_decided_upon_before_those_that_stand_before_it() -> None:
    world = engine(plan("Globex"), plan("Acme"), store=Telling())
    await world.see(7, "bad globex")
    await world.see(1, "acme user injured")

    await world.tick()

    decided = [one for one in world.store.told if one != "texts"]
    assert decided == ["Acme", "Globex"]


async def test_a_brand_whose_score_is_critical_comes_first_too_and_others_keep_their_order() -> None:
    world = engine(plan("Globex"), plan("Acme"), store=Telling())
    await world.see(7, "bad globex")
    await world.see(9, "bad acme")

    await world.tick()

    assert [one for one in world.store.told if one != "texts"] == ["Acme", "Globex"]


async def test_a_tick_waits_for_one_batch_and_not_for_those_behind_it() -> None:
    world = engine(store=Slow())
    seen_at_tick: list[int] = []
    judged = world.watcher.learning.learn

    async def learn(before: object) -> None:
        seen_at_tick.append(len(world.watcher.brands["Acme"].inbox))
        await judged(NOON)

    world.watcher.learning.learn = learn  # type: ignore[method-assign]  # the first thing a tick does with the lock
    batches = [asyncio.ensure_future(_batch(world, number)) for number in range(5)]
    await asyncio.sleep(0)  # all of them have asked for their turn
    await world.watcher.tick(after(seconds=15))
    await asyncio.gather(*batches)

    assert seen_at_tick == [1]
    assert len(world.watcher.brands["Acme"].inbox) + _copies(world) == 5


async def _batch(world: Engine, number: int) -> None:
    post = mention(external_id=f"b{number}", text=f"{number} acme")
    await world.ingest("press", Batch(mentions=(post,), coverage=()))


def _copies(world: Engine) -> int:
    return sum(bucket.copies for bucket in world.watcher.brands["Acme"].counting.open.values())


async def test_what_was_judged_when_a_tick_failed_is_decided_upon_by_the_next_one() -> None:
    world = engine(plan("Acme"), plan("Globex"), store=Telling())
    world.store.failing = "Acme"
    await world.see(7, "bad acme")
    await world.see(7, "bad globex")

    with pytest.raises(StoreBusy):
        await world.tick()
    undecided = [name for name, watched in world.watcher.brands.items() if watched.is_undecided]
    world.store.failing = ""
    await world.tick()
    await world.tick()

    assert undecided == ["Acme", "Globex"]
    assert await names(world) == [(1, "Acme"), (2, "Globex")]
    assert not any(watched.is_undecided for watched in world.watcher.brands.values())


def watched(*, sources: tuple[str, ...] = ("press",)) -> Watched:
    return engine(plan("Acme", sources=sources)).watcher.brands["Acme"]


def test_pieces_of_coverage_that_go_on_are_one_piece_for_every_brand() -> None:
    one, other = watched(), watched()
    for second in range(30):
        hand_over(Coverage("press", after(seconds=second), after(seconds=second + 1)), (one, other))

    assert one.coverage == other.coverage == [Coverage("press", NOON, after(seconds=30))]
    assert one.coverage[0] is other.coverage[0]


def test_pieces_of_coverage_with_a_hole_between_them_or_of_another_kind_stay_apart() -> None:
    one = watched(sources=("press", "forum"))
    pieces = [
        Coverage("press", NOON, after(seconds=10)),
        Coverage("press", after(seconds=11), after(seconds=20)),
        Coverage("press", after(seconds=20), after(seconds=30), Quality.UNKNOWN),
        Coverage("forum", after(seconds=30), after(seconds=40)),
        Coverage("forum", after(seconds=5), after(seconds=35)),
        Coverage("elsewhere", NOON, after(seconds=40)),
    ]
    for piece in pieces:
        hand_over(piece, (one,))

    assert one.coverage == pieces[:5]


async def test_all_brands_together_keep_no_more_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "ITEMS_IN_ALL", 30)
    world = engine(plan("Acme"), plan("Globex"))
    for _ in range(8):
        await world.see(10, "good acme")
        await world.see(2, "good globex")
        await world.tick(minutes=5)

    kept = {name: one.counting.kept for name, one in world.watcher.brands.items()}
    totals = {name: sum(b.copies for b in one.counting.closed) for name, one in world.watcher.brands.items()}
    assert totals == {"Acme": 60, "Globex": 12}
    assert kept["Globex"] == 12 and kept["Acme"] <= 18
    assert world.watcher.brands["Acme"].counting.levels.items <= 18
