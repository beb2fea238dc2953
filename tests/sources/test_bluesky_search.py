from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Engagement, Quality, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.bluesky import KIND
from crisiswatch.sources.web.bluesky_search import parse_posts

ACCOUNT = {"handle": "ops.example.org", "app_password": "canary", "service": "https://pds.example"}
SESSION = answer(b'{"accessJwt": "token-1", "refreshJwt": "r", "did": "did:plc:x"}')
EXPIRED = answer(b'{"error": "ExpiredToken"}', status=400)
PAGE = (FIXTURES / "bluesky" / "searchPosts.json").read_bytes()


def source(*answers, **options):
    return KIND.build("sky", KIND.options(**({"search": ["norvik"]} | ACCOUNT | options)), tools(*answers))


def found(*keys: str, cursor: str | None = None, at: datetime = NOW):
    posts = [
        {"uri": f"at://did:plc:a/app.bsky.feed.post/{key}", "author": {"did": "did:plc:a", "handle": "a.example"},
         "record": {"text": key, "createdAt": at.isoformat()}, "indexedAt": at.isoformat()}
        for key in keys
    ]  # fmt: skip
    return answer(json.dumps({"posts": posts} | ({"cursor": cursor} if cursor else {})).encode())


def asked(reader) -> list[dict[str, str]]:
    queries = [parse_qs(urlsplit(url).query) for url in reader._tools.fetcher.urls]
    return [{key: value[0] for key, value in query.items()} for query in queries if query]


def test_a_found_post_is_the_same_one_that_the_stream_brings():
    (mention,) = parse_posts(PAGE).mentions

    assert mention.external_id == "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3l3qo2vuowo2b"
    assert mention.author == "https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz"
    assert (mention.author_name, mention.language) == ("Ada", "en")
    assert mention.engagement == Engagement(likes=40, reposts=7, replies=3)
    assert mention.published_at == datetime(2026, 11, 18, 9, 12, 2, 102_000, tzinfo=UTC)


async def test_logs_in_once_and_keeps_the_session():
    reader = source(SESSION, found("a"), found("b"))

    first = await reader.fetch(None, NOW)
    await reader.fetch(first.cursor, NOW + timedelta(minutes=20))
    fetcher = reader._tools.fetcher

    assert [urlsplit(url).path.rpartition(".")[2] for url in fetcher.urls] == [
        "createSession", "searchPosts", "searchPosts",
    ]  # fmt: skip
    assert json.loads(fetcher.bodies[0]) == {"identifier": "ops.example.org", "password": "canary"}
    assert fetcher.headers[1]["Authorization"] == "Bearer token-1"
    assert "canary" not in repr(KIND.options(search=["x"], **ACCOUNT))


async def test_a_session_that_ran_out_is_renewed_once():
    reader = source(SESSION, EXPIRED, SESSION, found("a"))

    batch = await reader.fetch(None, NOW)

    assert len(batch.mentions) == 1


async def test_a_session_that_keeps_running_out_is_an_error():
    with pytest.raises(SourceRejected):
        await source(SESSION, EXPIRED, SESSION, EXPIRED).fetch(None, NOW)


async def test_searches_every_quarter_of_an_hour_with_ten_minutes_of_overlap_and_covers_in_part():
    reader = source(SESSION, found("a"), found("b"))
    first = await reader.fetch(None, NOW)

    early = await reader.fetch(first.cursor, NOW + timedelta(minutes=14))
    second = await reader.fetch(first.cursor, NOW + timedelta(minutes=15))

    assert (early.cursor, early.coverage, early.mentions) == (None, (), ())
    assert asked(reader)[1]["since"] == "2026-11-18T09:50:00Z"
    assert second.coverage == (Coverage("sky", NOW, NOW + timedelta(minutes=15), Quality.PARTIAL),)
    assert (first.mentions[0].via, second.mentions[0].via) == (Via.BACKFILL, Via.POLL)


async def test_walks_every_page_of_every_query_before_it_moves_on():
    reader = source(SESSION, found("a", cursor="100"), found("b"), found("c"), search=["norvik", "tallis"])

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW)
    third = await reader.fetch(second.cursor, NOW)

    assert [(query["q"], query.get("cursor")) for query in asked(reader)] == [
        ("norvik", None), ("norvik", "100"), ("tallis", None),
    ]  # fmt: skip
    assert [first.more, second.more, third.more] == [True, True, False]


async def test_a_list_that_does_not_end_is_read_on_from_its_oldest_post():
    def endless(url: str):
        query = parse_qs(urlsplit(url).query)
        page = int(query.get("cursor", ["0"])[0]) + 1
        until = datetime.fromisoformat(query["until"][0])
        return found(f"{until.minute}-{page}", cursor=str(page), at=until - timedelta(minutes=page))

    reader = source(SESSION, endless)
    batch = await reader.fetch(None, NOW)
    for _ in range(10):
        batch = await reader.fetch(batch.cursor, NOW)

    assert asked(reader)[10]["until"] == "2026-11-18T09:50:01Z"
    assert "cursor" not in asked(reader)[10]


async def test_without_a_search_nothing_is_asked_and_nothing_is_covered():
    reader = KIND.build("sky", KIND.options(), tools(found("a")))

    batch = await reader.fetch(None, NOW)

    assert (batch.mentions, batch.coverage, reader._tools.fetcher.urls) == ((), (), [])


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(b'{"error":"AuthMissing"}', status=403), SourceRejected),
        (answer(b'{"error":"BadQueryString"}', status=400), SourceRejected),
        (answer(b"", status=429, ratelimit_reset="1795000200"), RateLimited),
        (answer(b"", status=502), SourceUnavailable),
        (answer(b"<html>"), SourceUnavailable),
        (answer(b'{"posts": [{"uri"'), SourceUnavailable),
        (answer(b'{"message": "ok"}'), SourceUnavailable),
    ],
)
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(SESSION, reply).fetch(None, NOW)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"accessJwt": 5}', b'{"accessJwt": "a\\nb"}', b"<html>"])
async def test_a_login_without_a_token_is_an_error(body):
    with pytest.raises((SourceRejected, SourceUnavailable)):
        await source(answer(body), found("a")).fetch(None, NOW)


def test_posts_that_cannot_be_read_are_counted():
    page = parse_posts(b'{"posts": [1, {}, {"uri": "at://x", "author": {"did": "d"}, "record": {"text": 5}}]}')

    assert (page.mentions, page.skipped) == ((), 3)


@pytest.mark.parametrize("options", [{"search": ["x"]}, {"search": ["x"], "handle": "h"}, {"server": "https://x"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        KIND.options(**options)


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(SESSION).fetch("{", NOW)
