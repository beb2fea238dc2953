"""The past of each source that has one: page by page over a stretch, then no more."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from source_fakes import NOW, answer, tools

from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import RateLimited, SourceRejected
from crisiswatch.plugins import Backfilling, Budget
from crisiswatch.sources import CATALOGUE
from crisiswatch.sources.web.statuses import id_at

WEEK = Stretch(NOW - timedelta(days=7), NOW)
DAY = timedelta(days=1)


def source(type_, *answers, **options):
    kind = CATALOGUE[type_]
    return kind.build("x", kind.options.model_validate(options or dict(kind.example)), tools(*answers))


def page(document):
    return answer(json.dumps(document).encode())


async def everything(reader, stretch=WEEK):
    cursor, pasts = None, []
    while not pasts or pasts[-1].batch.more:
        pasts.append(await reader.backfill(cursor, stretch, NOW))
        cursor = pasts[-1].batch.cursor
        assert len(pasts) < 20, "it does not end"
    assert [past.part for past in pasts] == sorted(past.part for past in pasts)
    assert pasts[-1].part == 1.0
    return [mention.external_id for past in pasts for mention in past.batch.mentions]


async def test_mastodon_walks_every_tag_down_to_the_beginning():
    def status(at):
        return {"id": str(id_at(at)), "uri": f"https://m.example/{id_at(at)}", "content": "acme",
                "created_at": at.isoformat(), "account": {"url": "https://m.example/@a"}}  # fmt: skip

    pages = [page([status(NOW - DAY)]), page([status(NOW - 8 * DAY)]), page([])]
    reader = source("mastodon", *pages, instance="m.example", tags=["acme", "kettle"])

    found = await everything(reader)

    asked = [urlsplit(url) for url in reader._tools.fetcher.urls]
    assert [address.path.rpartition("/")[2] for address in asked] == ["acme", "acme", "kettle"]
    assert parse_qs(asked[0].query)["max_id"] == [str(id_at(NOW))]
    assert len(found) == 2


async def test_stackexchange_asks_for_the_stretch_and_waits_when_it_is_told_to():
    item = {"item_type": "question", "question_id": 5, "title": "Acme", "body": "x", "creation_date": 1795000000}
    reader = source("stackexchange", page({"items": [item], "has_more": True, "backoff": 10}), page({"items": []}),
                    queries=["acme"])  # fmt: skip
    first = await reader.backfill(None, WEEK, NOW)

    with pytest.raises(RateLimited):
        await reader.backfill(first.batch.cursor, WEEK, NOW)
    last = await reader.backfill(first.batch.cursor, WEEK, NOW + timedelta(seconds=11))

    query = parse_qs(urlsplit(reader._fetcher.urls[0]).query)
    assert query["fromdate"] == [str(int(WEEK.start.timestamp()))]
    assert (first.batch.more, last.batch.more) == (True, False)
    assert reader.budget == Budget(300, DAY)


async def test_bluesky_searches_its_past_and_says_what_it_lacks_without_a_search():
    with pytest.raises(SourceRejected, match="search"):
        await source("bluesky").backfill(None, WEEK, NOW)


async def test_a_json_api_is_walked_from_the_beginning_of_the_stretch():
    def items(*days, following=None):
        rows = [{"id": f"i{day}", "at": (NOW - day * DAY).isoformat(), "text": "acme"} for day in days]
        return page({"items": rows, "next": following})

    options = {"url": "https://api.example/i?after={since}", "items": "items", "next": "next",
               "fields": {"external_id": "id", "published_at": "at", "text": "text"}}  # fmt: skip
    reader = source("http_json", items(7, 5, following="https://api.example/i?p=2"), items(3, 1), **options)

    assert await everything(reader) == ["i7", "i5", "i3", "i1"]
    assert reader._tools.fetcher.urls[0].endswith("after=2026-11-11T10%3A00%3A00Z")


async def test_a_json_api_without_pages_covers_only_what_lies_between_its_items():
    rows = [{"id": str(day), "at": (NOW - day * DAY).isoformat(), "text": "acme"} for day in (3, 2)]
    fields = {"external_id": "id", "published_at": "at", "text": "text"}
    url = "https://api.example/i?after={since}"

    past = await source("http_json", page(rows), url=url, items="@", fields=fields).backfill(None, WEEK, NOW)
    with pytest.raises(SourceRejected, match="out of reach"):
        await source("http_json", url="https://api.example/i", items="@", fields=fields).backfill(None, WEEK, NOW)

    assert past.says_coverage
    assert [(piece.start, piece.end) for piece in past.batch.coverage] == [(NOW - 3 * DAY, NOW - 2 * DAY)]


async def test_a_file_gives_what_lies_before_the_end_and_covers_no_more_than_it_holds(tmp_path):
    file = tmp_path / "old.jsonl"
    lines = [{"external_id": str(day), "published_at": (NOW - day * DAY).isoformat(), "text": "acme"} for day in (3, 2)]
    file.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")

    past = await source("replay", path=str(file)).backfill(None, WEEK, NOW)

    assert (past.part, past.says_coverage, len(past.batch.mentions)) == (1.0, True, 2)
    assert [(piece.start, piece.end) for piece in past.batch.coverage] == [(NOW - 3 * DAY, NOW - 2 * DAY)]


@pytest.mark.parametrize("type_", ["rss", "imap", "webhook", "telegram", "app_store"])
def test_what_cannot_be_asked_for_its_past_does_not_say_so(type_):
    assert not isinstance(source(type_), Backfilling)
