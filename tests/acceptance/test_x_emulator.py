"""The x source against X's own emulator of its API.

What the emulator cannot show: counts by the minute (it counts whole hours), pages (it has no second one), deletions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from harness.x_emulator import MISSING, PROGRAM, SEARCHES, Emulator, running

from crisiswatch.core.models import Batch, Engagement, Quality
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.errors import RateLimited
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.x import KIND, XSource

pytestmark = [pytest.mark.acceptance, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

CLOCK = SystemClock()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with running() as server:
        yield server


@pytest.fixture
async def tools() -> AsyncIterator[SourceTools]:
    fetcher = HttpFetcher(allow=["127.0.0.0/8"])
    yield SourceTools(fetcher, None)  # type: ignore[arg-type]  # nothing is isolated here
    await fetcher.close()


def source(emulator: Emulator, tools: SourceTools, **options: object) -> XSource:
    given = {"token": "app", "brand": "Acme", "query": "acme kettle", "dollars_per_day": 50.0, "posts": "always"}
    return KIND.build("x", KIND.options(server=emulator.url, **(given | options)), tools)


async def drain(reader: XSource, cursor: str | None) -> list[Batch]:
    batches = [await reader.fetch(cursor, CLOCK.now())]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, CLOCK.now()))
    return batches


def ids(batches: list[Batch]) -> list[str]:
    return sorted(mention.external_id for batch in batches for mention in batch.mentions)


async def test_posts_are_read_once_and_the_next_search_begins_behind_them(emulator, tools):
    reader = source(emulator, tools)
    written = [emulator.post(f"my acme kettle leaks {number}") for number in range(20)]
    emulator.post("the weather")
    first = await drain(reader, None)
    later = [emulator.post("an acme kettle again")]

    second = await drain(reader, first[-1].cursor)
    third = await drain(reader, second[-1].cursor)

    assert (ids(first), ids(second), ids(third)) == (sorted(written), later, [])
    assert second[-1].coverage[0].quality is Quality.COMPLETE
    assert sum(batch.cost for batch in first) == pytest.approx(0.005 * 21)


async def test_a_post_is_read_whole(emulator, tools):
    before = CLOCK.now()
    key = emulator.post("my acme kettle leaks")

    (mention,) = [mention for batch in await drain(source(emulator, tools), None) for mention in batch.mentions]

    assert (mention.external_id, mention.text, mention.language) == (key, "my acme kettle leaks", "en")
    assert mention.permalink == f"https://x.com/i/status/{key}"
    assert mention.author is not None and mention.author.startswith("https://x.com/i/user/")
    assert mention.engagement == Engagement(likes=0, reposts=0, replies=0, views=0)
    assert abs(mention.published_at - before) < timedelta(minutes=1)


async def test_counts_by_the_hour_are_not_taken_for_minutes(emulator, tools):
    (batch,) = await drain(source(emulator, tools, posts="never"), None)

    assert (batch.metrics, batch.coverage) == ((), ())
    assert "by the minute" in batch.warnings[0]


async def test_a_rate_limit_is_waited_out_until_the_time_that_x_names(emulator, tools):
    reader, cursor = source(emulator, tools), None
    for _ in range(SEARCHES):
        cursor = (await drain(reader, cursor))[-1].cursor

    with pytest.raises(RateLimited) as caught:
        await drain(reader, cursor)

    assert caught.value.retry_after is not None
    assert timedelta(minutes=10) < caught.value.retry_after <= timedelta(minutes=15, seconds=5)
