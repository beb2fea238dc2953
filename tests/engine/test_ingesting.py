"""The way in: enriched, committed with the cursor, counted, handed on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from engine_fakes import engine, mentions_of, value

from crisiswatch.core.models import Batch, Coverage
from crisiswatch.core.queries import MentionQuery
from crisiswatch.core.transactions import Enriched
from crisiswatch.engine.ingesting import Delivery
from crisiswatch.errors import StoreBusy
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after


class BusyStore(MemoryStore):
    """A store whose next commit fails."""

    is_busy = True

    async def commit_batch(self, enriched: Enriched) -> frozenset[bytes]:
        if self.is_busy:
            raise StoreBusy("database is locked")
        return await super().commit_batch(enriched)


async def test_matching_mentions_are_stored_with_the_cursor() -> None:
    world = engine()

    new = await world.ingest("press", Batch(mentions=(*mentions_of("1"), *mentions_of("2", text="else")), cursor="c1"))

    stored = await world.store.mentions(MentionQuery())
    assert new == 1
    assert [one.mention.external_id for one in stored] == ["1"]
    assert await world.store.cursor("press") == "c1"


async def test_a_mention_without_a_time_of_observation_is_stamped_now() -> None:
    world = engine()
    world.clock.set(after(minutes=7))

    await world.ingest("press", Batch(mentions=mentions_of("1")))

    [stored] = await world.store.mentions(MentionQuery())
    assert stored.mention.observed_at == after(minutes=7)


async def test_only_new_mentions_are_handed_on_with_the_coverage() -> None:
    world = engine()
    handed: list[Delivery] = []
    world.ingest.deliver = handed.append
    seen = (Coverage("press", NOON, after(minutes=5)),)

    await world.ingest("press", Batch(mentions=mentions_of("1")))
    await world.ingest("press", Batch(mentions=mentions_of("1", "2"), coverage=seen))

    assert [len(delivery.observations) for delivery in handed] == [1, 1]
    assert handed[1].coverage == seen


async def test_a_mention_that_comes_twice_in_one_batch_counts_once_with_its_first_text() -> None:
    world = engine()
    handed: list[Delivery] = []
    world.ingest.deliver = handed.append

    await world.ingest("press", Batch(mentions=(*mentions_of("1", text="acme"), *mentions_of("1", text="bad acme"))))
    (stored,) = await world.store.mentions(MentionQuery())

    assert [len(delivery.observations) for delivery in handed] == [1]
    assert (stored.mention.text, stored.negativity) == ("acme", 0.1)
    assert value(world.metrics, "mentions_dropped", "press", "duplicate") == 1


async def test_a_commit_that_fails_hands_on_nothing_and_loses_no_cursor() -> None:
    store = BusyStore()
    world = engine(store=store)
    handed: list[Delivery] = []
    world.ingest.deliver = handed.append
    batch = Batch(mentions=mentions_of("1"), cursor="c1")

    with pytest.raises(StoreBusy):
        await world.ingest("press", batch)
    before = (handed.copy(), await store.cursor("press"))
    store.is_busy = False
    await world.ingest("press", batch)

    assert before == ([], None)
    assert (len(handed), await store.cursor("press")) == (1, "c1")


async def test_what_is_dropped_is_counted_by_reason() -> None:
    world = engine()
    batch = Batch(mentions=(*mentions_of("1", "2"), *mentions_of("3", text="nothing")), skipped=4)

    await world.ingest("press", batch)
    await world.ingest("press", batch)

    dropped = {reason: value(world.metrics, "mentions_dropped", "press", reason)
               for reason in ("no_match", "duplicate", "invalid")}  # fmt: skip
    assert dropped == {"no_match": 2, "duplicate": 2, "invalid": 8}


async def test_new_mentions_are_counted_by_sentiment_and_language() -> None:
    world = engine()

    await world.ingest("press", Batch(mentions=mentions_of("1", text="bad acme")))
    await world.ingest("press", Batch(mentions=mentions_of("2", text="acme", language="pt-BR")))

    assert value(world.metrics, "mentions", "Acme", "press", "en", "negative") == 1
    assert value(world.metrics, "mentions", "Acme", "press", "pt", "positive") == 1


async def test_the_lock_is_held_from_the_stamp_to_the_commit() -> None:
    world = engine()
    async with world.ingest.lock:
        waiting = asyncio.ensure_future(world.ingest("press", Batch(mentions=mentions_of("1"))))
        await asyncio.sleep(0)
        world.clock.set(NOON + timedelta(seconds=15))

    await waiting

    [stored] = await world.store.mentions(MentionQuery())
    assert stored.mention.observed_at == after(seconds=15), "stamped after the lock was free, not before"
