"""Reading the past: paced, within its stretch, resumable, and asked for once."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from engine_fakes import Engine, engine

from crisiswatch.core.models import Batch, Coverage, Quality, Via
from crisiswatch.core.stretches import Stretch, merged, missing
from crisiswatch.engine.backfilling import Backfiller, wanted
from crisiswatch.errors import RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.plugins import Budget, Past
from tests.builders import NOON, mention

WEEK = Stretch(NOON - timedelta(days=7), NOON - timedelta(days=1))
HOUR = timedelta(hours=1)


class Archive:
    """Gives a page a call, of one mention, `pages` of them; raises what the script has for a call first."""

    name = "press"

    def __init__(self, pages: int = 3, budget: Budget | None = None, **script: Any) -> None:
        self.pages, self.budget, self.script = pages, budget, script
        self.asked: list[tuple[str | None, Stretch, datetime]] = []

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        self.asked.append((cursor, stretch, now))
        trouble = self.script.pop(f"call_{len(self.asked)}", None)
        if trouble is not None:
            raise trouble
        page = int(cursor or 0) + 1
        at = stretch.end - HOUR * page
        found = mention(external_id=f"{stretch.end}-{page}", text=f"{page} acme", published_at=at, observed_at=at)
        batch = Batch(mentions=(found,), cursor=str(page), more=page < self.pages)
        return Past(batch, page / self.pages)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        raise AssertionError("the past is not polled for")

    async def close(self) -> None:
        """Have nothing to release."""


async def fill(world: Engine, source: Archive, stretch: Stretch = WEEK, asked: str = "a") -> Any:
    return await Backfiller(world.store, world.ingest, world.clock).fill(source, stretch, asked, lambda part: None)


async def observations(world: Engine) -> list[Any]:
    return [seen async for page in world.store.observations(NOON - 30 * 24 * HOUR, NOON + 99 * HOUR) for seen in page]


async def test_what_it_brings_is_history_and_lies_at_its_own_time() -> None:
    world = engine()

    filled = await fill(world, Archive())

    seen = await observations(world)
    assert (filled.mentions, filled.requests, [each.live for each in seen]) == (3, 3, [False] * 3)
    assert sorted(each.bucket_time for each in seen) == [WEEK.end - HOUR * n for n in (3, 2, 1)]
    kept = await world.store.mentions_by_uid([each.uid for each in seen])
    assert {each.via for each in kept.values()} == {Via.BACKFILL}
    assert await world.store.coverage(WEEK.start, NOON) == [
        Coverage("press:backfill", WEEK.start, WEEK.end, Quality.COMPLETE)
    ]


async def test_what_lies_outside_the_stretch_is_left_to_the_live_source() -> None:
    world = engine()
    late = Stretch(NOON - 2 * HOUR, NOON)

    filled = await fill(world, Archive(pages=5), late)

    assert (filled.read, filled.mentions) == (5, 2)


async def test_an_error_on_the_way_is_gone_on_from() -> None:
    world = engine()
    with pytest.raises(SourceRejected):
        await fill(world, Archive(call_2=SourceRejected("no")))
    again = Archive()

    await fill(world, again)

    assert [cursor for cursor, _, _ in again.asked] == ["1", "2"]


async def test_another_wish_begins_anew_and_the_same_one_is_done() -> None:
    world = engine()
    await fill(world, Archive())
    same, other = Archive(), Archive()

    await fill(world, same)
    filled = await fill(world, other, asked="another query")

    assert (len(same.asked), len(other.asked), filled.mentions) == (0, 3, 0)


async def test_no_more_than_thirty_percent_of_the_budget_is_used() -> None:
    world = engine()
    source = Archive(pages=20, budget=Budget(20, HOUR))

    await fill(world, source)

    times = [now for _, _, now in source.asked]
    assert max(sum(at <= other < at + HOUR for other in times) for at in times) == 6
    assert min(after - before for before, after in pairwise(times)) >= timedelta(seconds=1)


async def test_a_short_pause_is_waited_for_and_a_long_one_ends_the_run() -> None:
    world = engine()
    short = await fill(world, Archive(call_2=RateLimited("wait", timedelta(minutes=5)), call_3=SourceUnavailable("x")))
    long = await fill(world, Archive(call_2=RateLimited("wait", timedelta(hours=5))), asked="b")

    assert (short.paused, short.mentions) == (None, 3)
    assert long.paused is not None and long.requests == 1


def test_whole_days_are_wanted_and_the_last_hours_are_not() -> None:
    stretch = wanted(3, NOON)

    assert stretch == Stretch((NOON - timedelta(days=3)).replace(hour=0), NOON - 6 * HOUR)


def test_what_is_missing_comes_newest_first_and_trifles_are_let_go() -> None:
    done = [Stretch(NOON - 50 * HOUR, NOON - 40 * HOUR), Stretch(NOON - 30 * HOUR, NOON - 0.5 * HOUR)]

    found = missing(Stretch(NOON - 60 * HOUR, NOON), done, HOUR)

    assert found == [Stretch(NOON - 40 * HOUR, NOON - 30 * HOUR), Stretch(NOON - 60 * HOUR, NOON - 50 * HOUR)]
    assert merged([*done, *found]) == (Stretch(NOON - 60 * HOUR, NOON - 0.5 * HOUR),)
