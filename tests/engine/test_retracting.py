"""A quoted post is deleted where it stood: the card that quotes it is edited at once, and once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from engine_fakes import Engine, engine, mentions_of, plan

from crisiswatch.core.incidents import Condition, Post
from crisiswatch.core.models import Batch, Tombstone
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.retracting import Retractor
from crisiswatch.errors import StoreBusy
from tests.builders import NOON, evidence, incident


async def quoting(**changes: Any) -> tuple[Engine, Retractor]:
    """Return an engine whose one incident quotes posts 1 and 2, told to somebody whose card can be edited."""
    made = engine(plan(edits=frozenset({"team"})))
    posts = mentions_of("1", "2", "other", author="zelda")
    await made.ingest("press", Batch(mentions=posts))
    seen = tuple(Post(post.uid, post.external_id, post.permalink, NOON) for post in posts[:2])
    fields = {"version": 1, "number": None, "evidence": evidence(posts=seen), "told": {"team": 1, "mail": 1}}
    await made.store.commit_decision(Decision(incident(**(fields | changes)), 0, (), ()))
    await made.watcher.load_incidents()
    retractor = Retractor(made.store, made.clock, made.watcher.incidents, made.watcher.edit)
    made.ingest.on_deleted = retractor.wake
    return made, retractor


async def delete(made: Engine, **what: str) -> None:
    await made.ingest("press", Batch(tombstones=(Tombstone("press", **what),)))


async def edits(made: Engine) -> list[tuple[str, NotificationKind]]:
    return [(row.notification.receiver, row.notification.kind) for row in await made.store.outbox()]


@pytest.mark.parametrize("what", [{"external_id": "1"}, {"author": "zelda"}])
async def test_the_card_is_edited_where_that_can_be_done_and_nobody_else_is_told(what):
    made, retractor = await quoting()
    await delete(made, **what)

    await retractor.look()

    assert await edits(made) == [("team", NotificationKind.UPDATED)]


async def test_each_deletion_edits_once_and_one_of_something_else_not_at_all():
    made, retractor = await quoting()
    for what, expected in (("other", 0), ("1", 1), ("other", 1), ("1", 1), ("2", 2)):
        await delete(made, external_id=what)
        await retractor.look()

        assert len(await edits(made)) == expected, what


async def test_a_card_that_is_closed_or_quotes_nothing_is_left_alone():
    for changes in ({"condition": Condition.CLOSED}, {"evidence": None}):
        made, retractor = await quoting(**changes)
        await delete(made, external_id="1")
        await retractor.look()

        assert await edits(made) == []


async def test_a_deletion_is_enough_to_have_it_done_and_a_store_that_is_away_does_not_end_it():
    made, retractor = await quoting()
    failed, edited = asyncio.Event(), asyncio.Event()

    async def edit(id, now):
        if not failed.is_set():
            failed.set()
            raise StoreBusy("away")
        edited.set()

    retractor._edit = edit
    running = asyncio.create_task(retractor.run())
    await delete(made, external_id="1")
    await failed.wait()

    await delete(made, external_id="other")
    await edited.wait()

    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
