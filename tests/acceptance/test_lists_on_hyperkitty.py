"""The mailman source, and a feed, against HyperKitty itself: letters come in where Mailman's core would bring them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from harness.lists import MISSING, Archive, running

from crisiswatch.core.models import Batch, Mention, Quality
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.errors import SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Source
from crisiswatch.sources.web import rss
from crisiswatch.sources.web.mail import mailman

pytestmark = [pytest.mark.acceptance, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

CLOCK = SystemClock()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with running(tmp_path_factory.mktemp("lists")) as site:
        yield site


@pytest.fixture
async def tools() -> AsyncIterator[SourceTools]:
    fetcher, isolator = HttpFetcher(allow=["127.0.0.0/8"]), WorkerIsolator()
    yield SourceTools(fetcher, isolator)
    await fetcher.close()
    await isolator.close()


def reader(archive: Archive, tools: SourceTools, list: str) -> Source:
    return mailman.build("list", mailman.MailmanOptions(url=archive.url, list=list), tools)


async def drain(source: Source, cursor: str | None) -> list[Batch]:
    batches = [await source.fetch(cursor, CLOCK.now())]
    while batches[-1].more:
        batches.append(await source.fetch(batches[-1].cursor, CLOCK.now()))
    return batches


def mentions(batches: list[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


async def test_a_letter_is_read_whole_without_what_it_quotes_and_without_an_address(archive, tools):
    name, at = "whole@lists.example", CLOCK.now().replace(microsecond=0)
    archive.write(name, "First.", at - timedelta(hours=1))
    first = archive.write(name, "My acme kettle leaks.", at - timedelta(minutes=2))
    second = archive.write(name, "> My acme kettle leaks.\n\nMine too.", at, subject="Re: kettles", reply_to=first)

    found = {mention.external_id: mention for mention in mentions(await drain(reader(archive, tools, name), None))}

    assert len(found) == 3
    letter, reply = found[first], found[second]
    assert (letter.text, letter.title, letter.published_at) == (
        "My acme kettle leaks.",
        "kettles",
        at - timedelta(minutes=2),
    )
    assert (reply.text, reply.title) == ("Mine too.", "Re: kettles")
    assert letter.permalink is not None and letter.permalink.startswith(f"{archive.url}/list/{name}/message/")
    assert reply.parent_id is not None and f"/{reply.parent_id}/" in letter.permalink
    assert letter.author is not None and "@" not in letter.author


async def test_letters_are_read_once_also_one_with_an_old_date_that_comes_later(archive, tools):
    name, now = "once@lists.example", CLOCK.now()
    source = reader(archive, tools, name)
    written = [archive.write(name, f"kettle {number}", now) for number in range(3)]
    first = await drain(source, None)
    late = archive.write(name, "sent long ago", now - timedelta(days=3))

    second = await drain(source, first[-1].cursor)
    third = await drain(source, second[-1].cursor)

    assert sorted(mention.external_id for mention in mentions(first)) == sorted(written)
    assert [mention.external_id for mention in mentions(second)] == [late]
    assert mentions(third) == []
    assert second[-1].coverage[0].quality is Quality.COMPLETE


async def test_more_letters_than_a_page_holds_are_all_read(archive, tools):
    name, now = "busy@lists.example", CLOCK.now()
    source = reader(archive, tools, name)
    archive.write(name, "the first", now)
    first = await drain(source, None)
    written = [archive.write(name, f"kettle {number}", now) for number in range(60)]

    second = await drain(source, first[-1].cursor)

    assert sorted(mention.external_id for mention in mentions(second)) == sorted(written)
    assert second[-1].coverage[0].quality is Quality.COMPLETE


async def test_a_list_that_is_not_there_is_a_failure_and_no_silence(archive, tools):
    with pytest.raises(SourceUnavailable):
        await drain(reader(archive, tools, "nobody@lists.example"), None)


async def test_the_feed_of_a_list_is_read_as_any_feed(archive, tools):
    name, at = "feed@lists.example", CLOCK.now().replace(microsecond=0)
    archive.write(name, "My acme kettle leaks.", at, subject="a leak")
    source = rss.build("feed", rss.RssOptions(url=f"{archive.url}/list/{name}/feed/"), tools)

    (mention,) = mentions(await drain(source, None))

    assert (mention.title, mention.text, mention.published_at) == ("a leak", "My acme kettle leaks.", at)
    assert mention.permalink is not None and "/message/" in mention.permalink
