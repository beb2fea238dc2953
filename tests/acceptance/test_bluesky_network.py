"""The bluesky source against Bluesky's own servers: accounts, firehose, index and search are real.

Only the last stretch of the stream is not: `servers/bluesky.mjs` writes the firehose as Jetstream would.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from harness.bluesky import Account, Network, missing, running

from crisiswatch.core.models import Batch, Engagement, Mention, Via
from crisiswatch.core.queries import MentionQuery
from crisiswatch.core.stretches import Stretch
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.errors import SourceRejected
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.bluesky import KIND, BlueskySource, StreamCursor
from tests.engine.engine_fakes import engine, plan

pytestmark = [pytest.mark.acceptance, pytest.mark.skipif(bool(missing()), reason=missing())]

CLOCK = SystemClock()
HOUR = timedelta(hours=1)


def now() -> datetime:
    return CLOCK.now()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with running(tmp_path_factory.mktemp("bluesky")) as servers:
        yield servers


@pytest.fixture
def ada(network: Network, request: pytest.FixtureRequest) -> Account:
    """Somebody new for each test."""
    return network.join(f"ada{abs(hash(request.node.name)) % 1_000_000}")


@dataclass(frozen=True)
class Shelf:
    """More posts than one page of the search holds, about one word; the first is liked, one was deleted."""

    word: str
    liked: str
    uris: list[str]


@pytest.fixture(scope="module")
def shelf(network: Network) -> Shelf:
    eve = network.join("eve")
    liked = eve.post("kettle leaks", now())
    written = eve.post_many([f"kettle {number}" for number in range(110)], now())
    gone = written.pop()
    eve.delete(gone)
    eve.like(liked, now())
    network.wait_for(shown=[liked["uri"], written[-1]], hidden=[gone])
    return Shelf("kettle", liked["uri"], [liked["uri"], *written])


@pytest.fixture
async def tools() -> AsyncIterator[SourceTools]:
    fetcher = HttpFetcher(allow=["127.0.0.0/8", "::1/128"])
    yield SourceTools(fetcher, None)  # type: ignore[arg-type]  # nothing is isolated here
    await fetcher.close()


class Reader:
    """The stream as the daemon takes it, into a store in memory.

    Its cursor is of a moment before the first post; what other tests wrote just before comes too and is left aside.
    """

    def __init__(self, network: Network, tools: SourceTools, *accounts: Account) -> None:
        self.middle = engine(plan("Acme", sources=("sky",)))
        self.middle.clock.set(now())
        self.counted: Counter[bytes] = Counter()
        self.batches: list[Batch] = []
        self._options = KIND.options(server=network.jetstream)
        self._tools = tools
        self._dids = tuple(f"at://{account.did}/" for account in accounts)
        self._cursor: str | None = msgspec.json.encode(StreamCursor(now(), now())).decode()
        deliver = self.middle.ingest.deliver
        self.middle.ingest.deliver = lambda delivery: (self._count(delivery), deliver(delivery))[1]

    async def listen(self, until: str) -> None:
        """Take everything up to the post with this text, on a connection of its own; nothing comes after it."""
        stream = KIND.build("sky", self._options, self._tools).stream(self._cursor, CLOCK)
        async with asyncio.timeout(160), aclosing(stream) as batches:
            async for batch in batches:
                self.batches.append(batch)
                await self.middle.ingest("sky", batch)
                self._cursor = batch.cursor
                if until in [mention.text for mention in batch.mentions]:
                    return

    def seen(self, uri: str) -> list[Mention]:
        """Return a post as often as it came."""
        return [one for batch in self.batches for one in batch.mentions if one.external_id == uri]

    async def stored(self) -> dict[str, str]:
        found = await self.middle.store.mentions(MentionQuery(limit=10_000))
        return {
            one.mention.external_id: one.mention.text
            for one in found
            if one.mention.text and one.mention.external_id.startswith(self._dids)
        }

    def _count(self, delivery: Any) -> None:
        self.counted.update(observation.uid for observation in delivery.observations)


def searching(network: Network, account: Account, password: str, tools: SourceTools, query: str) -> BlueskySource:
    given = {"search": [query], "handle": account.handle, "app_password": password, "service": network.pds}
    return KIND.build("sky", KIND.options(**given), tools)


async def drain(source: BlueskySource, cursor: str | None, at: datetime) -> list[Batch]:
    batches = [await source.fetch(cursor, at)]
    while batches[-1].more:
        batches.append(await source.fetch(batches[-1].cursor, at))
    return batches


def keys(batches: list[Batch]) -> list[str]:
    return sorted(mention.external_id for batch in batches for mention in batch.mentions)


async def test_the_stream_brings_every_post_once_over_connections_that_end(network, ada, tools):
    reader = Reader(network, tools, ada)
    written = set()
    for turn in range(4):
        written |= set(ada.post_many([f"acme {turn} {number}" for number in range(20)], now()))
        written.add(ada.post(f"acme {turn} is over", now())["uri"])
        ada.post_many(["the weather"], now())
        await reader.listen(until=f"acme {turn} is over")

    assert set(await reader.stored()) == written
    assert len(reader.counted) >= len(written)
    assert set(reader.counted.values()) == {1}


async def test_a_post_of_the_stream_is_read_whole(network, ada, tools):
    reader = Reader(network, tools, ada)
    written_at = now()
    first = ada.post("acme asks", written_at)
    second = ada.post("acme answers", written_at, reply_to=first)
    await reader.listen(until="acme answers")

    (mention,) = reader.seen(second["uri"])
    place = f"https://bsky.app/profile/{ada.did}"
    assert (mention.author, mention.permalink) == (place, f"{place}/post/{second['uri'].rpartition('/')[2]}")
    assert (mention.language, mention.parent_id, mention.via) == ("en", first["uri"], Via.STREAM)
    assert mention.published_at == written_at
    assert timedelta() <= mention.indexed_at - written_at < timedelta(minutes=1)


async def test_an_edit_is_no_second_mention_and_a_deletion_wipes_the_first(network, ada, tools):
    reader = Reader(network, tools, ada)
    kept, gone = ada.post("acme is fine", now())["uri"], ada.post("acme is a thief", now())["uri"]
    end = ada.post("acme one", now())["uri"]
    await reader.listen(until="acme one")
    before = await reader.stored()
    ada.edit(kept, "acme is very fine", now())
    ada.delete(gone)
    later = ada.post("acme two", now())["uri"]
    await reader.listen(until="acme two")

    assert set(before) == {kept, gone, end}
    assert set(await reader.stored()) == {kept, end, later}
    assert "acme is very fine" in [mention.text for mention in reader.seen(kept)]
    assert set(reader.counted.values()) == {1}


async def test_what_a_deleted_account_wrote_is_wiped(network, ada, tools):
    bob = network.join("bob")
    reader = Reader(network, tools, ada, bob)
    bob.post_many([f"acme {number}" for number in range(5)], now())
    ada.post("acme one", now())
    await reader.listen(until="acme one")
    before = await reader.stored()
    network.expel(bob)
    ada.post("acme two", now())
    await reader.listen(until="acme two")

    assert len(before) == 6
    assert sorted((await reader.stored()).values()) == ["acme one", "acme two"]


async def test_the_search_finds_every_post_once_and_none_that_was_deleted(network, ada, shelf, tools):
    source = searching(network, ada, ada.app_password(), tools, shelf.word)

    batches = await drain(source, None, now() + timedelta(seconds=2))

    assert keys(batches) == sorted(shelf.uris)
    assert len(batches) > 1
    (found,) = [mention for batch in batches for mention in batch.mentions if mention.external_id == shelf.liked]
    assert (found.engagement, found.author_name, found.language) == (
        Engagement(likes=1, reposts=0, replies=0),
        "eve.test",
        "en",
    )


async def test_what_the_stream_brought_the_search_brings_as_the_same_mentions(network, ada, tools):
    reader = Reader(network, tools, ada)
    written = ada.post_many(["acme bends", "acme breaks"], now())
    network.wait_for(shown=written)
    source = searching(network, ada, ada.app_password(), tools, "acme b")
    ada.post("acme is over", now())
    await reader.listen(until="acme is over")

    for batch in await drain(source, None, now() + timedelta(seconds=2)):
        await reader.middle.ingest("sky", batch)

    assert {uri for uri in await reader.stored() if uri in written} == set(written)
    assert set(reader.counted.values()) == {1}


async def test_a_look_back_reads_all_pages_of_the_past(network, ada, shelf, tools):
    source = searching(network, ada, ada.app_password(), tools, shelf.word)
    stretch = Stretch(now() - HOUR, now() + timedelta(seconds=2))

    pages = [await source.backfill(None, stretch, now())]
    while pages[-1].batch.more:
        pages.append(await source.backfill(pages[-1].batch.cursor, stretch, now()))

    assert keys([page.batch for page in pages]) == sorted(shelf.uris)
    assert pages[-1].part == 1.0


async def test_an_app_password_that_was_taken_back_is_for_a_person(network, ada, tools):
    password = ada.app_password()
    ada.revoke()

    with pytest.raises(SourceRejected) as caught:
        await searching(network, ada, password, tools, "acme").fetch(None, now())

    assert caught.value.reason == "auth"
    assert password not in str(caught.value)
