"""What is wiped, and what stays, on every store."""

from __future__ import annotations

from datetime import timedelta

from store_builders import NOON, a_batch, a_mention, all_of, minutes, stamped

from crisiswatch.core.models import (
    Coverage,
    Tombstone,
)
from crisiswatch.core.queries import MentionQuery, Retention
from crisiswatch.ports import Store


async def test_a_tombstone_wipes_text_and_author_and_keeps_the_count(store: Store) -> None:
    gone = a_mention("1", author="hash", author_name="Jo", permalink="https://x.example/1", title="t")
    await store.commit_batch(a_batch(gone, a_mention("2")))
    await store.commit_batch(a_batch(tombstones=(Tombstone("press", external_id="1"),)))

    found = (await store.mentions_by_uid([gone.uid]))[gone.uid]
    observations = await all_of(store.observations(NOON, NOON + minutes(1)))
    assert (found.text, found.title, found.author, found.author_name, found.permalink) == ("", None, None, None, None)
    assert sorted((item.uid == gone.uid, item.author) for item in observations) == [(False, None), (True, None)]


async def test_a_tombstone_in_the_batch_of_its_mention_wipes_it(store: Store) -> None:
    mention = a_mention("1")
    await store.commit_batch(a_batch(mention, tombstones=(Tombstone("press", external_id="1"),)))

    assert (await store.mentions_by_uid([mention.uid]))[mention.uid].text == ""


async def test_a_tombstone_of_an_author_stays_within_its_source(store: Store) -> None:
    here, there = a_mention("1", author="hash"), a_mention("1", source="forum", author="hash")
    await store.commit_batch(a_batch(here))
    await store.commit_batch(a_batch(there))
    await store.commit_batch(a_batch(tombstones=(Tombstone("press", author="hash"),)))

    found = await store.mentions_by_uid([here.uid, there.uid])
    assert (found[here.uid].text, found[there.uid].text) == ("", there.text)


async def test_old_text_and_names_are_wiped_when_their_time_is_over(store: Store) -> None:
    ages = {"31 days": 31, "8 days": 8, "6 days": 6}
    mentions = {name: a_mention(name, author_name="Jo", author="hash") for name in ages}
    for name, days in ages.items():
        await store.commit_batch(a_batch(mentions[name], at=NOON - timedelta(days=days)))
    counts = await store.purge(Retention(), NOON)

    found = await store.mentions_by_uid([mention.uid for mention in mentions.values()])
    left = {item.external_id: (bool(item.text), item.author_name, item.author) for item in found.values()}
    assert left == {"31 days": (False, None, "hash"), "8 days": (True, None, "hash"), "6 days": (True, "Jo", "hash")}
    assert (counts["mention_text"], counts["author_name"]) == (1, 1)


async def test_old_observations_go_and_a_mention_that_returns_is_not_new(store: Store) -> None:
    old = NOON - timedelta(days=401)
    await store.commit_batch(a_batch(*(a_mention(str(n)) for n in range(2_100)), at=old))
    await store.commit_batch(a_batch(a_mention("today"), coverage=(Coverage("press", old, old + minutes(5)),)))
    counts = await store.purge(Retention(), NOON)

    assert (counts["observations"], counts["coverage"]) == (2_100, 1)
    assert len(await all_of(store.observations(old, NOON + minutes(1)))) == 1
    assert await store.commit_batch(a_batch(a_mention("7"))) == frozenset()


async def test_erases_everything_of_an_author(store: Store) -> None:
    theirs = [a_mention(str(n), author="hash") for n in range(3)]
    await store.commit_batch(a_batch(*theirs, a_mention("other", author="else")))

    assert await store.erase(author="hash") == 3
    assert {item.text for item in (await store.mentions_by_uid([m.uid for m in theirs])).values()} == {""}
    assert {item.author for item in await all_of(store.observations(NOON, NOON + minutes(1)))} == {None, "else"}
    assert await store.erase(author="hash") == 0


async def test_erases_by_link_also_what_has_lost_its_text(store: Store) -> None:
    mention = a_mention("1", permalink="https://x.example/1", author="hash")
    await store.commit_batch(a_batch(mention))
    await store.purge(Retention(), NOON + timedelta(days=40))

    assert await store.erase(permalink="https://x.example/1") == 1
    assert (await store.mentions_by_uid([mention.uid]))[mention.uid] == stamped(
        a_mention("1", text="", permalink=None), NOON
    )


async def test_erases_nothing_when_nobody_is_named(store: Store) -> None:
    await store.commit_batch(a_batch(a_mention("1", author=None)))

    assert await store.erase() == 0
    assert (await store.mentions(MentionQuery()))[0].mention.text
