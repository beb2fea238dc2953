from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Engagement, Quality, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.discourse import KIND, PAGES, parse_posts

FOLDER = FIXTURES / "discourse"
BASE = "https://forum.example"
MINUTES = timedelta(minutes=5)


def source(*answers, **options):
    return KIND.build("forum", KIND.options(**({"url": f"{BASE}/"} | options)), tools(*answers))


def posts(*ids: int, **changes: object):
    found = [
        {"id": key, "cooked": f"<p>{key}</p>", "created_at": NOW.isoformat(), "post_number": 2, **changes}
        for key in ids
    ]  # fmt: skip
    return answer(json.dumps({"latest_posts": found}).encode())


def ids(batch) -> list[int]:
    return [int(mention.external_id) for mention in batch.mentions]


def test_the_example_is_read():
    (mention,) = parse_posts((FOLDER / "posts_latest.json").read_bytes(), BASE).mentions

    assert (mention.external_id, mention.instance, mention.kind) == ("880012", "forum.example", "comment")
    assert (mention.text, mention.title) == ("the Norvik lid melted again", None)
    assert (mention.author, mention.author_name) == ("https://forum.example/u/bo", "Bo")
    assert mention.permalink == "https://forum.example/t/norvik-k2/4410/3"
    assert mention.published_at == datetime(2026, 11, 18, 9, 5, 12, tzinfo=UTC)
    assert (mention.engagement, mention.reach) == (Engagement(replies=1), 40)


def test_the_first_post_of_a_topic_has_its_title():
    (mention,) = parse_posts(posts(1, post_number=1, topic_title="Norvik K2").body, BASE).mentions

    assert (mention.kind, mention.title) == ("post", "Norvik K2")


def test_likes_are_counted_only_where_they_are_told():
    (liked,) = parse_posts(posts(1, actions_summary=[{"id": 2, "count": 5}]).body, BASE).mentions

    assert liked.engagement.likes == 5


async def test_the_first_poll_reads_a_page_and_the_next_ones_what_is_newer():
    reader = source(posts(5, 4), posts(8, 7, 5, 4))
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert (ids(first), first.more, second.more) == ([5, 4], False, False)
    assert second.coverage == (Coverage("forum", NOW, NOW + MINUTES),)
    assert (first.mentions[0].via, second.mentions[0].via) == (Via.BACKFILL, Via.POLL)


async def test_walks_down_to_what_is_known_over_holes_in_the_ids():
    reader = source(posts(5), posts(300, 290), posts(), posts(150), posts(), posts(60), posts())
    first = await reader.fetch(None, NOW)

    batches = [await reader.fetch(first.cursor, NOW)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, NOW))

    assert [url.partition("?before=")[2] for url in reader._fetcher.urls[1:]] == [
        "", "290", "241", "150", "101", "60", "11",
    ]  # fmt: skip
    assert [key for batch in batches for key in ids(batch)] == [300, 290, 150, 60]


async def test_a_walk_without_end_is_cut_and_covers_in_part():
    reader = source(posts(5), posts(100_000), lambda url: posts())
    batch = await reader.fetch(None, NOW)
    count = 0
    while count == 0 or batch.more:
        batch = await reader.fetch(batch.cursor, NOW + MINUTES)
        count += 1

    assert count == PAGES
    assert batch.coverage == (Coverage("forum", NOW, NOW + MINUTES, Quality.PARTIAL),)
    assert "not read" in batch.warnings[0]


async def test_hidden_and_deleted_posts_are_not_ours_to_read():
    body = json.loads(posts(3, 2, 1).body)
    body["latest_posts"][0]["hidden"] = True
    body["latest_posts"][1]["user_deleted"] = True

    found = parse_posts(json.dumps(body).encode(), BASE)

    assert ([mention.external_id for mention in found.mentions], found.highest, found.skipped) == (["1"], 3, 0)


async def test_a_key_goes_with_every_request_and_is_never_shown():
    reader = source(posts(1), api_key="canary", api_username="watch")

    await reader.fetch(None, NOW)

    assert reader._fetcher.headers[0]["Api-Key"] == "canary"
    assert reader._fetcher.headers[0]["Api-Username"] == "watch"
    assert "canary" not in repr(KIND.options(url=BASE, api_key="canary", api_username="watch"))


async def test_a_wait_in_the_body_is_kept():
    body = json.dumps(json.loads((FOLDER / "error_429.json").read_bytes())["body"]).encode()

    with pytest.raises(RateLimited) as caught:
        await source(answer(body, status=429)).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(seconds=24)


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer(status=403), SourceRejected), (answer(b"<html>", status=429), RateLimited),
     (answer(status=429, retry_after="9"), RateLimited), (answer(b"<html>"), SourceUnavailable),
     (answer(b'{"latest_posts": [{'), SourceUnavailable), (answer(b"{}"), SourceUnavailable)],
)  # fmt: skip
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(reply).fetch(None, NOW)


def test_posts_that_cannot_be_read_are_counted():
    found = parse_posts(b'{"latest_posts": [1, {}, {"id": 7}, {"id": "8", "raw": "x", "post_url": "//evil"}]}', BASE)

    assert (len(found.mentions), found.skipped, found.highest) == (1, 3, 8)


@pytest.mark.parametrize("options", [{"url": "x"}, {"api_key": "k"}, {"api_username": "u"}, {"url": "https://x/?a"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        KIND.options(**({"url": BASE} | options))


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(posts()).fetch("{", NOW)
