from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Engagement, Quality
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.youtube import KIND, midnight, packed
from crisiswatch.sources.web.youtube_items import parse_comments, parse_statistics, parse_videos, with_statistics

FOLDER = FIXTURES / "youtube"
EARLY = NOW - timedelta(days=1)
COMMENTS = (FOLDER / "commentThreads_list.json").read_bytes()
NO_ITEMS = answer(b'{"items": []}')


def source(*answers, **options):
    return KIND.build("tube", KIND.options(**({"key": "canary"} | options)), tools(*answers))


def refused(name: str):
    wrapped = json.loads((FOLDER / name).read_bytes())
    return answer(json.dumps(wrapped["body"]).encode(), status=wrapped["_status"])


def videos(*keys: str, token: str = ""):
    found = [{"id": {"videoId": key}, "snippet": {"title": key, "publishedAt": NOW.isoformat()}} for key in keys]
    return answer(json.dumps({"items": found, "nextPageToken": token}).encode())


def paths(reader) -> list[str]:
    return [urlsplit(url).path.rpartition("/")[2] for url in reader._fetcher.urls]


def test_a_found_video_is_read_with_its_statistics():
    (video,) = parse_videos((FOLDER / "search_list.json").read_bytes()).mentions
    video = with_statistics(video, parse_statistics((FOLDER / "videos_list.json").read_bytes()))

    assert (video.external_id, video.kind, video.title, video.text) == (
        "abcDEF12345", "video", "Norvik K2 teardown", "what melted",
    )  # fmt: skip
    assert (video.engagement, video.reach) == (Engagement(views=48211, likes=2001, replies=312), 48211)
    assert video.author == "https://www.youtube.com/channel/UCxxxxxxxxxxxxxxxxxxxxxx"
    assert video.permalink == "https://www.youtube.com/watch?v=abcDEF12345"


def test_titles_of_a_search_are_written_as_html():
    body = b'{"items": [{"id": {"videoId": "v"}, "snippet": {"title": "Norvik&#39;s &amp; co"}}]}'

    (video,) = parse_videos(body).mentions

    assert video.title == "Norvik's & co"


def test_a_comment_is_read():
    (comment,) = parse_comments(COMMENTS, EARLY, ("Norvik",)).mentions

    assert (comment.external_id, comment.kind, comment.text) == ("Ugz1", "comment", "Mine melted too")
    assert (comment.author, comment.author_name) == ("https://www.youtube.com/channel/UCyyy", "@dee")
    assert comment.permalink == "https://www.youtube.com/watch?v=abcDEF12345&lc=Ugz1"
    assert comment.published_at == datetime(2026, 11, 18, 9, 1, tzinfo=UTC)
    assert (comment.engagement, comment.brands) == (Engagement(likes=18), ("Norvik",))


def test_replies_are_read_with_their_thread():
    document = json.loads(COMMENTS)
    document["items"][0]["replies"] = {
        "comments": [{"id": "r1", "snippet": {"textDisplay": "same", "parentId": "Ugz1"}}]
    }

    replies = parse_comments(json.dumps(document).encode(), EARLY, ()).mentions

    assert [(mention.external_id, mention.parent_id) for mention in replies] == [
        ("Ugz1", "abcDEF12345"),
        ("r1", "Ugz1"),
    ]


def test_comments_are_walked_until_they_are_older_than_what_was_read():
    assert parse_comments(COMMENTS, EARLY, ()).following == "Z2V0"
    assert parse_comments(COMMENTS, NOW, ()).following == ""


async def test_the_key_goes_in_a_header_and_is_never_shown():
    reader = source(NO_ITEMS, queries=["norvik"])

    await reader.fetch(None, NOW)

    assert reader._fetcher.headers[0]["X-Goog-Api-Key"] == "canary"
    assert "canary" not in reader._fetcher.urls[0] + repr(KIND.options(key="canary", queries=["x"]))


async def test_searches_are_spread_over_the_day():
    reader = source(NO_ITEMS, queries=["a kettle", "b kettle"])
    first = await reader.fetch(None, NOW)
    first = await reader.fetch(first.cursor, NOW)

    early = await reader.fetch(first.cursor, NOW + timedelta(minutes=31))
    due = await reader.fetch(first.cursor, NOW + timedelta(minutes=32))

    assert (early.cursor, early.coverage) == (None, ())
    assert due.more
    assert len(reader._fetcher.urls) == 3


async def test_no_more_searches_are_spent_in_a_day_than_allowed_and_comments_are_read_nevertheless():
    reader = source(NO_ITEMS, queries=["a"], channels=["UC1"], searches_per_day=2)
    batch, moment = None, NOW.replace(hour=9)
    spent = []
    for _ in range(30):
        batch = await reader.fetch(batch.cursor if batch else None, moment)
        while batch.more:
            batch = await reader.fetch(batch.cursor, moment)
        spent.append(paths(reader).count("search"))
        moment += timedelta(hours=12, minutes=1)

    days = (moment - NOW).days
    assert spent[-1] <= 2 * (days + 1)
    assert paths(reader).count("commentThreads") == 30


async def test_used_up_searches_make_the_stretch_partly_seen():
    reader = source(NO_ITEMS, queries=["a"], searches_per_day=1)
    first = await reader.fetch(None, NOW)
    cursor = json.loads(first.cursor)
    cursor["searches"] = 1
    cursor["sweep"]["until"] = (NOW - timedelta(days=2)).isoformat()

    batch = await reader.fetch(json.dumps(cursor), NOW)

    assert "used up" in batch.warnings[0]
    assert batch.coverage == (Coverage("tube", NOW - timedelta(days=2), NOW, Quality.PARTIAL),)
    assert batch.cost == 0


async def test_only_two_pages_of_videos_are_read():
    reader = source(videos("a", token="2"), NO_ITEMS, videos("b", token="3"), NO_ITEMS, queries=["x"])
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW)

    assert [parse_qs(urlsplit(url).query).get("pageToken") for url in reader._fetcher.urls[::2]] == [None, ["2"]]
    assert (first.more, second.more) == (True, False)
    assert "not read" in second.warnings[0]


async def test_statistics_that_fail_hold_no_video_back():
    batch = await source(videos("a"), SourceUnavailable("down"), queries=["x"]).fetch(None, NOW)

    assert [mention.external_id for mention in batch.mentions] == ["a"]


async def test_a_used_up_quota_is_waited_for_until_midnight_in_the_pacific():
    with pytest.raises(RateLimited) as caught:
        await source(refused("error_quota.json"), queries=["x"]).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(hours=22)
    assert midnight(NOW) == datetime(2026, 11, 19, 8, tzinfo=UTC)


async def test_a_channel_without_comments_is_noted_and_the_next_one_read():
    reader = source(refused("error_comments_disabled.json"), answer(COMMENTS), channels=["UC1", "UC2"])

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW)

    assert "UC1" in first.warnings[0]
    assert len(second.mentions) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer(b'{"error": {"errors": [{"reason": "keyInvalid"}]}}', status=400), SourceRejected),
     (answer(b'{"error": {"errors": [{"reason": "rateLimitExceeded"}]}}', status=403), RateLimited),
     (answer(b"<html>", status=403), SourceRejected), (answer(status=500), SourceUnavailable),
     (answer(b"<html>"), SourceUnavailable), (answer(b"{}"), SourceUnavailable)],
)  # fmt: skip
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(reply, channels=["UC1"]).fetch(None, NOW)


def test_items_that_cannot_be_read_are_counted():
    assert parse_videos(b'{"items": [1, {}, {"id": {"videoId": "v"}, "snippet": {}}]}').skipped == 3
    assert parse_comments(b'{"items": [1, {}]}', EARLY, ()).skipped == 2


@pytest.mark.parametrize("options", [{}, {"queries": [""]}, {"channels": ["a b"]}, {"queries": ["x"], "key": ""}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        KIND.options(**({"key": "k"} | options))


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(NO_ITEMS, queries=["x"]).fetch("{", NOW)


async def test_one_search_serves_many_brands():
    reader = source(videos("a"), NO_ITEMS, queries=["norvik", '"tallis one"', "globex"])

    batch = await reader.fetch(None, NOW)

    assert not batch.more
    assert paths(reader) == ["search", "videos"]
    assert parse_qs(urlsplit(reader._fetcher.urls[0]).query)["q"] == ['norvik|"tallis one"|globex']


@pytest.mark.parametrize(
    ("queries", "searches"),
    [
        (["norvik kettle", "norvik", "tallis"], ("norvik|tallis", "norvik kettle")),
        (["norvik -game", "-x", "a|b", '"open'], ("norvik -game", "-x", "a|b", '"open')),
        (["n" * 120, "t" * 120], ("n" * 120, "t" * 120)),
        (["n" * 100, "t" * 99], ("n" * 100 + "|" + "t" * 99,)),
    ],
)
def test_only_words_and_phrases_are_joined_within_the_length_of_a_search(queries, searches):
    assert packed(queries) == searches
