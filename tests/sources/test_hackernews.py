from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Engagement, Tombstone, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.hackernews import KIND, is_gone, parse_hits
from crisiswatch.sources.web.sweeping import Page

FOLDER = FIXTURES / "hackernews"
FOUND = answer((FOLDER / "search_by_date.json").read_bytes())
NOTHING = answer(b'{"hits": [], "nbHits": 0, "page": 0, "nbPages": 0}')
UNCHANGED = answer(b'{"items": [], "profiles": []}')
MINUTES = timedelta(minutes=5)


def source(*answers, **options):
    return KIND.build("hn", KIND.options(**({"queries": ["norvik"]} | options)), tools(*answers))


def test_a_story_and_a_comment_are_read():
    story, comment = parse_hits(FOUND.body).mentions

    assert (story.external_id, story.kind, story.title) == ("46001234", "post", "Norvik firmware pins heater on")
    assert story.engagement == Engagement(likes=88, replies=41)
    assert story.author == "https://news.ycombinator.com/user?id=pg2"
    assert (comment.kind, comment.title, comment.text) == ("comment", None, "My Norvik did this too")
    assert comment.permalink == "https://news.ycombinator.com/item?id=46001299"
    assert (comment.parent_id, comment.engagement) == ("46001234", Engagement())
    assert comment.published_at == datetime(2026, 11, 21, 9, 8, tzinfo=UTC)


async def test_asks_for_a_stretch_of_time_that_overlaps_the_last_one():
    reader = source(NOTHING, UNCHANGED, NOTHING, UNCHANGED)
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW + MINUTES)
    query = parse_qs(urlsplit(reader._fetcher.urls[2]).query)

    since, end = int((NOW - timedelta(minutes=15)).timestamp()), int((NOW + MINUTES).timestamp())
    assert query["numericFilters"] == [f"created_at_i>={since},created_at_i<={end}"]
    assert (query["query"], query["tags"], query["typoTolerance"]) == (["norvik"], ["(story,comment)"], ["false"])
    assert (first.coverage, second.coverage) == ((), (Coverage("hn", NOW, NOW + MINUTES),))


async def test_the_first_look_is_backfill_and_the_next_is_not():
    recent = json.dumps({"hits": [{"objectID": "1", "title": "x", "created_at_i": NOW.timestamp()}], "nbHits": 1})
    reader = source(answer(recent.encode()), UNCHANGED, answer(recent.encode()), UNCHANGED)

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert [batch.mentions[0].via for batch in (first, second)] == [Via.BACKFILL, Via.POLL]


async def test_what_was_found_and_then_deleted_is_told():
    changed = answer((FOLDER / "updates.json").read_bytes())
    deleted, alive = answer((FOLDER / "item_deleted.json").read_bytes()), answer(b'{"id": 46001234, "type": "story"}')

    batch = await source(FOUND, changed, deleted, alive).fetch(None, NOW)

    assert batch.tombstones == (Tombstone(source="hn", external_id="46001299"),)
    assert batch.cost == 4


async def test_changes_of_what_was_never_found_are_not_looked_up():
    reader = source(NOTHING, answer((FOLDER / "updates.json").read_bytes()))

    await reader.fetch(None, NOW)

    assert len(reader._fetcher.urls) == 2


async def test_deletions_that_cannot_be_looked_up_hold_nothing_back():
    batch = await source(FOUND, SourceUnavailable("down")).fetch(None, NOW)

    assert len(batch.mentions) == 2
    assert "deletions not looked up" in batch.warnings[0]


async def test_a_server_of_items_that_throttles_is_left_alone():
    reader = source(FOUND, answer(status=429, retry_after="600"), FOUND)
    first = await reader.fetch(None, NOW)

    await reader.fetch(first.cursor, NOW + MINUTES)
    await reader.fetch(first.cursor, NOW + 3 * MINUTES)

    assert [("updates" in url) for url in reader._fetcher.urls] == [False, True, False, False, True]


@pytest.mark.parametrize(
    ("item", "gone"),
    [({"deleted": True}, True), ({"dead": True}, True), ({"deleted": "no"}, False), ({}, False), (None, False)],
)
def test_gone_is_what_the_site_calls_so(item, gone):
    assert is_gone(item) is gone


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer(status=403), SourceRejected), (answer(status=429, retry_after="9"), RateLimited),
     (answer(b"<html>"), SourceUnavailable), (answer(b'{"hits": ['), SourceUnavailable),
     (answer(b'{"message": "x"}'), SourceUnavailable), (answer(status=500), SourceUnavailable)],
)  # fmt: skip
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(reply).fetch(None, NOW)


def test_hits_that_cannot_be_read_are_counted():
    page = parse_hits(b'{"hits": [1, {}, {"objectID": "x", "title": "t"}, {"objectID": "5"}], "nbHits": 4}')

    assert page == Page(skipped=4)


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(NOTHING).fetch("{", NOW)


@pytest.mark.parametrize("options", [{"queries": []}, {"queries": [""]}, {"search_server": "ftp://x"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        KIND.options(**({"queries": ["x"]} | options))
