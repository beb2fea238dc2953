from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from source_fakes import FILES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Engagement, Quality, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.mastodon import KIND, PAGE, SEEN_LIMIT
from crisiswatch.sources.web.statuses import Statuses, id_at, parse_statuses, time_of

MINUTES = timedelta(minutes=5)


class World:
    """A server with a tag timeline: paging as Mastodon documents it."""

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, object]] = {}

    def post(self, name: str, at: datetime, status_id: int | None = None, **changes: object) -> None:
        status_id = status_id or id_at(at) + len(self.posts)
        self.posts[status_id] = {
            "id": str(status_id), "uri": f"https://s.example/{name}", "created_at": at.isoformat(),
            "content": f"<p>{name}</p>", "visibility": "public", **changes,
        }  # fmt: skip

    def __call__(self, url: str):
        query = parse_qs(urlsplit(url).query)
        low, high = int(query.get("min_id", ["0"])[0]), int(query.get("max_id", [str(2**63)])[0])
        found = sorted(number for number in self.posts if low < number < high)
        page = found[:PAGE] if "min_id" in query else found[-PAGE:]
        return answer(json.dumps([self.posts[number] for number in reversed(page)]).encode())


def source(*answers, **options):
    return KIND.build(
        "fedi", KIND.options(**({"instance": "s.example", "tags": ["norvik"]} | options)), tools(*answers)
    )


def names(*batches) -> list[str]:
    return [mention.external_id.rpartition("/")[2] for batch in batches for mention in batch.mentions]


async def drain(reader, cursor, now):
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


def test_reads_the_example_timeline():
    (mention,) = parse_statuses((FILES / "mastodon_tag.json").read_bytes()).mentions

    assert mention.external_id == "https://other.example/users/bea/statuses/115569999999999999"
    assert mention.text == "Wasserkocher von #norvik geschmolzen & stinkt"
    assert (mention.language, mention.author, mention.author_name) == ("de", "https://other.example/@bea", "Bea")
    assert (mention.author_followers, mention.engagement) == (512, Engagement(likes=9, reposts=6, replies=2))
    assert mention.published_at == datetime(2026, 11, 18, 9, 10, 46, 839_000, tzinfo=UTC)


async def test_asks_the_tag_timeline_with_a_token_only_if_there_is_one():
    reader = source(World(), tags=["#Norvik", "caf\u00e9"], token="canary")

    await reader.fetch(None, NOW)
    fetcher = reader._tools.fetcher

    assert fetcher.urls[0] == "https://s.example/api/v1/timelines/tag/norvik?limit=40"
    assert "caf%C3%A9" in fetcher.urls[1]
    assert fetcher.headers[0]["Authorization"] == "Bearer canary"
    assert "canary" not in repr(KIND.options(instance="s.example", tags=["x"], token="canary"))


async def test_new_posts_come_once_and_the_first_look_is_backfill():
    world = World()
    world.post("old", NOW)
    reader = source(world)
    first = await reader.fetch(None, NOW)
    world.post("new", NOW + MINUTES)

    second = await reader.fetch(first.cursor, NOW + MINUTES)
    third = await reader.fetch(second.cursor, NOW + 2 * MINUTES)

    assert (names(first), names(second), names(third)) == (["old"], ["new"], [])
    assert (first.mentions[0].via, second.mentions[0].via) == (Via.BACKFILL, Via.POLL)
    assert second.coverage == (Coverage("fedi", NOW, NOW + MINUTES, Quality.COMPLETE),)


async def test_a_tag_without_posts_waits_from_now_on():
    world = World()
    reader = source(world)
    first = await reader.fetch(None, NOW)
    world.post("first", NOW + MINUTES)

    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert names(second) == ["first"]
    assert second.mentions[0].via is Via.POLL


async def test_a_burst_is_walked_forward_without_a_hole_and_covered_once_it_is_read():
    world = World()
    reader = source(world)
    first = await reader.fetch(None, NOW)
    for number in range(130):
        world.post(f"p{number}", NOW + timedelta(seconds=number + 1))

    batches = await drain(reader, first.cursor, NOW + MINUTES)

    assert sorted(names(*batches), key=lambda name: int(name[1:])) == [f"p{number}" for number in range(130)]
    assert [len(batch.coverage) for batch in batches] == [0, 0, 0, 1]


async def test_a_post_with_an_id_of_the_past_is_found_by_the_hourly_walk_back():
    world = World()
    reader = source(world)
    batch = await reader.fetch(None, NOW)
    later = NOW + timedelta(minutes=10)
    for number in range(60):
        world.post(f"p{number}", later + timedelta(seconds=number))
    (*_, batch) = await drain(reader, batch.cursor, later + MINUTES)
    world.post("backdated", NOW + MINUTES, status_id=id_at(NOW + MINUTES))

    before = await drain(reader, batch.cursor, NOW + timedelta(minutes=50))
    after = await drain(reader, before[-1].cursor, NOW + timedelta(minutes=70))

    assert names(*before) == []
    assert names(*after) == ["backdated"]


async def test_the_walk_back_visits_every_tag_once_an_hour_and_stops_at_six_hours():
    world = World()
    for number in range(100):
        world.post(f"p{number}", NOW - timedelta(minutes=6 * number))
    reader = source(world, tags=["a", "b"])
    batch = (await drain(reader, None, NOW))[-1]
    reader._tools.fetcher.urls.clear()

    batches = await drain(reader, batch.cursor, NOW + timedelta(hours=1))
    again = await drain(reader, batches[-1].cursor, NOW + timedelta(hours=1, minutes=30))
    walked = [url for url in reader._tools.fetcher.urls if "max_id" in url]

    assert ["/a?" in url for url in walked] == [True, True, False, False]
    assert len(again) == 1


async def test_an_unknown_tag_is_an_empty_one():
    batch = await source(answer(b'{"error": "Record not found"}', status=404)).fetch(None, NOW)

    assert batch.mentions == ()


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer(b'{"error":"The access token is invalid"}', status=401), SourceRejected),
        (answer(status=503), SourceUnavailable),
        (answer(b"<html>"), SourceUnavailable),
        (answer(b'[{"id": "1"'), SourceUnavailable),
        (answer(b'{"error": "disabled"}'), SourceUnavailable),
    ],
)
async def test_other_answers_are_errors_never_silence(response, error):
    with pytest.raises(error):
        await source(response).fetch(None, NOW)


async def test_a_429_is_waited_out_until_its_reset():
    response = answer(status=429, x_ratelimit_reset="2026-11-18T10:15:00.000Z")

    with pytest.raises(RateLimited) as caught:
        await source(response).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(minutes=15)


async def test_private_posts_are_not_ours_to_read():
    world = World()
    world.post("secret", NOW, visibility="private")
    world.post("open", NOW)

    batch = await source(world).fetch(None, NOW)

    assert (names(batch), batch.skipped) == (["open"], 0)


def test_statuses_that_cannot_be_read_are_counted():
    body = b'[1, null, {}, {"uri": "https://a.example/1", "content": "x"}, {"uri": 5, "content": "x"}]'

    page = parse_statuses(body)

    assert (len(page.mentions), page.skipped, page.listed) == (1, 4, 5)


async def test_the_cursor_stays_small():
    cursor, world = None, World()
    for start in range(100):
        for number in range(40):
            world.post(f"p{start * 40 + number}", NOW + timedelta(minutes=start, seconds=number))
        batch = (await drain(source(world), cursor, NOW + timedelta(minutes=start + 1)))[-1]
        cursor = batch.cursor

    assert len(cursor) < 64_000
    assert len(json.loads(cursor)["seen"]) == SEEN_LIMIT


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(World()).fetch("{", NOW)


@pytest.mark.parametrize(
    "change",
    [{"instance": "https://s.example"}, {"instance": "s.example/x"}, {"instance": "a@b"}, {"tags": []},
     {"tags": ["a/b"]}, {"tags": ["a b"]}, {"tags": ["x?y"]}],
)  # fmt: skip
def test_wrong_options_are_refused(change):
    with pytest.raises(ValidationError):
        KIND.options(**({"instance": "s.example", "tags": ["x"]} | change))


def test_ids_tell_the_time():
    assert time_of(id_at(NOW)) == NOW
    assert time_of(2**200) is None


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["url", "acct", "id"]), inner),
    max_leaves=5,
)
_keys = st.sampled_from(
    ["id", "uri", "url", "content", "created_at", "account", "visibility", "language", "spoiler_text", "reblogs_count"]
)


@given(st.lists(st.dictionaries(_keys, _values), max_size=3))
def test_any_statuses_are_read_or_counted(statuses):
    assert isinstance(parse_statuses(json.dumps(statuses).encode()), Statuses)


@given(st.binary(max_size=100) | st.text(alphabet='{}[]":,id1\\u', max_size=40).map(str.encode))
def test_any_body_is_a_page_or_bad_input(body):
    try:
        assert isinstance(parse_statuses(body), Statuses)
    except BadInput:
        return
