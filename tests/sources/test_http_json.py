from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from json_pages import MINUTES, ids, page, source, walk
from pydantic import ValidationError
from source_fakes import FILES, NOW, answer

from crisiswatch.core.models import Coverage, Engagement, Quality, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.plugins import Budget
from crisiswatch.sources.web.http_json import SEEN_LIMIT
from crisiswatch.sources.web.walking import PAGES_LIMIT


async def test_maps_the_example_answer():
    batch = await source(answer((FILES / "http_json.json").read_bytes())).fetch(None, NOW)

    (mention,) = batch.mentions
    assert (mention.source, mention.external_id, mention.text) == ("api", "778", "Norvik")
    assert (mention.author, mention.permalink) == ("p", "https://x.example/778")
    assert mention.published_at == datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert mention.engagement == Engagement(likes=3)
    assert batch.more


async def test_walks_pages_one_a_fetch_and_covers_at_the_end():
    pages = [answer(page(3, following="/api/items?p=2")), answer(page(2, following="?p=3")), answer(page(1))]
    reader = source(answer(page()), *pages)
    first = await reader.fetch(None, NOW)

    batches = await walk(reader, first.cursor, NOW + MINUTES)

    assert [ids(batch) for batch in batches] == [["3"], ["2"], ["1"]]
    assert reader._tools.fetcher.urls[2:] == ["https://x.example/api/items?p=2", "https://x.example/api/items?p=3"]
    assert [batch.coverage for batch in batches[:2]] == [(), ()]
    assert batches[2].coverage == (Coverage("api", NOW, NOW + MINUTES, Quality.COMPLETE),)


async def test_a_restart_goes_on_in_the_middle_of_a_walk():
    first = await source(answer(page(2, following="?p=2"))).fetch(None, NOW)
    reader = source(answer(page(1)))

    second = await reader.fetch(first.cursor, NOW)

    assert reader._tools.fetcher.urls == ["https://x.example/api/items?p=2"]
    assert ids(second) == ["1"]


async def test_a_walk_that_cannot_go_on_starts_again_after_an_hour():
    first = await source(answer(page(2, following="?p=2"))).fetch(None, NOW)
    reader = source(answer(page(1)))

    await reader.fetch(first.cursor, NOW + timedelta(hours=2))

    assert "after=" in reader._tools.fetcher.urls[0]


@pytest.mark.parametrize("following", ["?p=2", "https://x.example/api/items?p=2"])
async def test_a_loop_of_pages_ends_and_counts_as_partly_seen(following):
    reader = source(answer(page()), answer(page(1, following=following)))
    first = await reader.fetch(None, NOW)

    batches = await walk(reader, first.cursor, NOW + MINUTES)

    assert len(batches) == 2
    assert "read before" in batches[-1].warnings[0]
    assert batches[-1].coverage[0].quality is Quality.PARTIAL


async def test_an_endless_walk_ends_at_the_limit():
    numbers = iter(range(10_000))
    reader = source(lambda url: answer(page(n := next(numbers), following=f"?p={n}")))

    batches = await walk(reader)

    assert len(batches) == PAGES_LIMIT
    assert "pages" in batches[-1].warnings[0]


@pytest.mark.parametrize(
    "following", ["https://evil.example/", "http://x.example/api", "//evil.example/x", "https://["]
)
async def test_a_next_page_on_another_site_is_not_followed(following):
    reader = source(answer(page(1, following=following)), headers={"Authorization": "canary"})

    (batch,) = await walk(reader)

    assert "another site" in batch.warnings[0]
    assert len(reader._tools.fetcher.urls) == 1


async def test_a_token_of_the_next_page_goes_into_its_parameter():
    reader = source(
        answer(page(1, following="a&b")), answer(page(2)), url="https://x.example/api?q=norvik", next_parameter="cursor"
    )

    await walk(reader)

    assert reader._tools.fetcher.urls[1] == "https://x.example/api?q=norvik&cursor=a%26b"


async def test_since_reaches_back_by_look_back_then_by_overlap_before_the_newest():
    reader = source(answer(page(1, at=NOW - timedelta(minutes=30))), overlap="10m", look_back="2h")

    first = await reader.fetch(None, NOW)
    await reader.fetch(first.cursor, NOW + MINUTES)

    assert [url.partition("after=")[2] for url in reader._tools.fetcher.urls] == [
        "2026-11-18T08%3A00%3A00Z",
        "2026-11-18T09%3A20%3A00Z",
    ]


async def test_an_item_from_the_future_does_not_push_since_over_what_is_to_come():
    reader = source(answer(page(1, at=NOW + timedelta(days=300))))

    first = await reader.fetch(None, NOW)
    await reader.fetch(first.cursor, NOW + MINUTES)

    assert "2026-11-18T09%3A50" in reader._tools.fetcher.urls[1]


@pytest.mark.parametrize(("format", "written"), [("epoch", str(int(NOW.timestamp()) - 600)), ("date", "2026-11-18")])
async def test_since_is_written_as_the_api_wants_it(format, written):
    reader = source(answer(page()), since_format=format)

    first = await reader.fetch(None, NOW)
    await reader.fetch(first.cursor, NOW + MINUTES)

    assert reader._tools.fetcher.urls[1] == f"https://x.example/api/items?after={written}"


async def test_overlapping_pages_bring_each_item_once():
    reader = source(answer(page(2, 1, 2)), answer(page(1, 3, 2)))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert (ids(first), ids(second)) == (["2", "1"], ["3"])
    assert (first.mentions[0].via, second.mentions[0].via) == (Via.BACKFILL, Via.POLL)


async def test_a_list_without_since_is_walked_until_known_items_and_partly_seen_if_none_is_left():
    url = "https://x.example/new"
    known = answer(page(2, 1, following="?p=2"))
    reader = source(answer(page(2, 1)), known, answer(page(9, 8)), url=url)
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW + MINUTES)
    third = await reader.fetch(second.cursor, NOW + 2 * MINUTES)

    assert (second.more, second.coverage[0].quality) == (False, Quality.COMPLETE)
    assert third.coverage[0].quality is Quality.PARTIAL


async def test_items_that_cannot_be_read_are_counted():
    items = [{"uid": 1, "body": {"html": "ok"}}, {"uid": None}, {"uid": 2}, "x", None, {"uid": 3, "body": {"html": 5}}]
    body = json.dumps({"items": items}).encode()

    batch = await source(answer(body)).fetch(None, NOW)

    assert (ids(batch), batch.skipped) == (["1"], 5)
    assert batch.warnings[0].startswith("item 2:")


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer(b'{"items": [{"uid": 1'), SourceUnavailable),
        (answer(b"<html>blocked</html>"), SourceUnavailable),
        (answer(b""), SourceUnavailable),
        (answer(b'{"error": "quota"}'), SourceUnavailable),
        (answer(b"[" * 200_000), SourceUnavailable),
        (answer(b"\xff\xfe"), SourceUnavailable),
        (answer((FILES / "discourse_429.json").read_bytes(), status=429, retry_after="24"), RateLimited),
        (answer(status=401), SourceRejected),
    ],
)
async def test_a_broken_answer_is_an_error_never_an_empty_list(response, error):
    with pytest.raises(error):
        await source(response).fetch(None, NOW)


async def test_headers_are_sent_and_never_shown():
    reader = source(answer(page()), headers={"X-Key": "canary"})

    await reader.fetch(None, NOW)

    assert reader._tools.fetcher.headers[0]["X-Key"] == "canary"
    assert "canary" not in repr(reader._options)


async def test_the_cursor_stays_small():
    cursor = None
    for start in range(0, 6_000, 1_000):
        batch = await source(answer(page(*range(start, start + 1_000)))).fetch(cursor, NOW)
        cursor = batch.cursor

    assert len(cursor) < 64_000
    assert len(json.loads(cursor)["seen"]) == SEEN_LIMIT


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(answer(page())).fetch("nonsense", NOW)


def test_an_api_is_asked_as_often_as_the_operator_says_or_sixty_times_a_minute():
    assert source(answer()).budget == Budget(60, timedelta(minutes=1))
    assert source(answer(), requests_per_minute=7).budget == Budget(7, timedelta(minutes=1))


@pytest.mark.parametrize("nonsense", [0, -1, 1.5, 10**9])
def test_a_budget_that_is_none_is_refused(nonsense):
    with pytest.raises(ValidationError):
        source(answer(), requests_per_minute=nonsense)
