"""A quoted post is deleted where it stood: the card that quotes it is edited at once, and once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from engine_fakes import Engine, engine, mentions_of, plan

from crisiswatch.core.incidents import Condition, Post
from crisiswatch.core.models import Batch, Tombstone
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.queries import IncidentQuery, Retention
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.retracting import Retractor
from crisiswatch.errors import StoreBusy
from tests.builders import NOON, evidence, incident


async def quoting(**changes: Any) -> tuple[Engine, Retractor]:
    """Return an engine whose one incident quotes posts 1 and 2, told to somebody whose card can be edited."""
    made = engine(plan(edits=frozenset({"team"})))
    posts = mentions_of("1", "2", "other", author="zelda", author_name="Zelda", permalink="https://forum.example/1")
    await made.ingest("press", Batch(mentions=posts))
    seen = tuple(Post(post.uid, post.external_id, post.permalink, NOON) for post in posts[:2])
    fields = {"version": 1, "number": None, "evidence": evidence(posts=seen), "told": {"team": 1, "mail": 1}}
    await made.store.commit_decision(Decision(incident(**(fields | changes)), 0, (), ()))
    await made.watcher.load_incidents()
    retractor = Retractor(made.store, made.clock, made.watcher.incidents, made.watcher.amend)
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


@pytest.mark.parametrize("changes", [{"evidence": None}, {"told": {}}])
async def test_a_card_that_quotes_nothing_or_does_not_exist_is_left_alone(changes):
    made, retractor = await quoting(**changes)
    await delete(made, external_id="1")
    await retractor.look()
    await retractor.look_back()

    assert await edits(made) == []


async def over(condition: Condition) -> tuple[Engine, Retractor]:
    """Return the same, once the incident has closed, or is final and no more in the daemon's memory."""
    made, retractor = await quoting()
    (told,) = made.watcher.incidents()
    ended = replace(told, condition=condition, closed_at=NOON, version=told.version + 1)
    await made.store.commit_decision(Decision(ended, told.version, (), ()))
    made.watcher._incidents.clear()
    await made.watcher.load_incidents()
    return made, retractor


async def test_the_card_of_a_closed_incident_is_edited_at_once():
    made, retractor = await over(Condition.CLOSED)
    await delete(made, external_id="1")

    await retractor.look()

    assert await edits(made) == [("team", NotificationKind.UPDATED)]
    (row,) = await made.store.outbox()
    assert row.notification.deadline - row.notification.not_before == timedelta(days=7)


async def test_the_card_of_an_incident_that_is_over_for_good_is_edited_at_the_next_look_back_and_once():
    made, retractor = await over(Condition.FINAL)
    await retractor.look_back()
    await delete(made, external_id="1")
    await retractor.look()
    before = await edits(made)

    await retractor.look_back()
    await retractor.look_back()

    assert (before, await edits(made)) == ([], [("team", NotificationKind.UPDATED)])


async def test_a_restart_edits_nothing_twice_and_forgets_nothing():
    made, retractor = await over(Condition.FINAL)
    await retractor.look_back()
    await delete(made, external_id="1")
    await retractor.look_back()
    again = Retractor(made.store, made.clock, made.watcher.incidents, made.watcher.amend)

    await again.look_back()
    kept = await edits(made)
    await delete(made, external_id="2")
    await again.look_back()

    assert (len(kept), len(await edits(made))) == (1, 2)


async def test_what_is_kept_of_before_and_cannot_be_read_is_begun_anew():
    made, retractor = await over(Condition.FINAL)
    await made.store.save_checkpoint("retracted", NOON, b"\xff broken")
    await delete(made, external_id="1")

    await retractor.look_back()

    assert len(await edits(made)) == 1


async def test_a_post_whose_text_or_name_has_grown_too_old_is_taken_out_of_cards_too():
    made, retractor = await over(Condition.FINAL)
    await retractor.look_back()
    counts = []
    for days in (6, 8, 29, 31, 32):
        made.clock.set(NOON + timedelta(days=days))
        await made.store.purge(Retention(), made.clock.now())
        await retractor.look_back()
        counts.append(len(await edits(made)))

    assert counts == [0, 1, 1, 2, 2]


async def test_the_link_of_a_deleted_post_leaves_the_evidence_and_that_of_an_old_one_stays():
    made, retractor = await over(Condition.FINAL)
    await delete(made, external_id="1")
    await retractor.look_back()
    made.clock.set(NOON + timedelta(days=31))
    await made.store.purge(Retention(), made.clock.now())
    await retractor.look_back()

    (left,) = await made.store.incidents(IncidentQuery())
    assert left.evidence is not None
    assert [post.permalink is None for post in left.evidence.posts] == [True, False]


async def test_the_next_hour_finds_what_a_store_that_was_away_did_not_say():
    made, retractor = await over(Condition.FINAL)
    looks = []

    async def look_back():
        looks.append(made.clock.now())
        if len(looks) == 1:
            raise StoreBusy("away")
        if len(looks) == 3:
            raise asyncio.CancelledError

    retractor.look_back = look_back
    retractor._clock = Leaping(made.clock)
    with suppress(asyncio.CancelledError):
        await retractor.run_back()

    assert [look - looks[0] for look in looks] == [timedelta(hours=hour) for hour in range(3)]


class Leaping:
    """A clock on which nobody waits."""

    def __init__(self, clock: Any) -> None:
        self._driven = clock

    def now(self) -> Any:
        return self._driven.now()

    async def sleep(self, delay: timedelta) -> None:
        self._driven.set(self._driven.now() + delay)


async def test_a_deletion_is_enough_to_have_it_done_and_a_store_that_is_away_does_not_end_it():
    made, retractor = await quoting()
    failed, edited = asyncio.Event(), asyncio.Event()

    async def amend(id, change):
        if not failed.is_set():
            failed.set()
            raise StoreBusy("away")
        edited.set()

    retractor._amend = amend
    running = asyncio.create_task(retractor.run())
    await delete(made, external_id="1")
    await failed.wait()

    await delete(made, external_id="other")
    await edited.wait()

    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
