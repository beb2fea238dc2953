"""Facebook, Instagram and Threads on the written examples and on an emulated Graph API."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import NOW, answer, tools

from crisiswatch.core.abilities import Greeter
from crisiswatch.core.models import Engagement, Quality, Tombstone, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.meta import facebook, instagram, threads
from crisiswatch.sources.web.meta.graph import PAGES_LIMIT, inside, regain

FIXTURES = Path(__file__).parents[1] / "fixtures"
MINUTES = timedelta(minutes=5)


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def page(world, **options):
    given = {"page": "1000", "token": "canary", "app_secret": "s3cret", "verify_token": "word"} | options
    return facebook.build("page", facebook.FacebookOptions(**given), tools(world))


def searching(world, *terms: str):
    return threads.build("threads", threads.ThreadsOptions(token="canary", terms=terms or ("norvik",)), tools(world))


def tagged(world, *tags: str):
    options = {"account": "178400000", "token": "canary", "hashtags": tags or ("norvik",)}
    return instagram.build("ig", instagram.InstagramOptions(**options), tools(world))


class Graph:
    """Lists of posts, newest first, two on a page; `broken_at` says which answers are cut."""

    def __init__(self) -> None:
        self.posts: dict[str, list[dict]] = {}
        self.broken_at: set[int] = set()
        self.asked: list[str] = []

    def post(self, where: str, name: str, at: datetime) -> None:
        stamp = at.isoformat()
        item = {"id": name, "message": name, "text": name, "caption": name, "created_time": stamp, "timestamp": stamp}
        self.posts.setdefault(where, []).insert(0, item)

    def __call__(self, url: str):
        self.asked.append(url)
        parts = urlsplit(url)
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        if "ig_hashtag_search" in parts.path:
            return answer(json.dumps({"data": [{"id": str(abs(hash(query["q"])))}]}).encode())
        if len(self.asked) in self.broken_at:
            return answer(b'{"data": [{"id"')
        where = query.get("q", parts.path.rpartition("/")[2])
        after = int(query.get("after", 0))
        items = self.posts.get(where, [])
        body = {"data": items[after : after + 2]}
        if after + 2 < len(items):
            following = f"{url.split('&after=', maxsplit=1)[0]}&after={after + 2}&access_token=canary"
            body["paging"] = {"next": following}
        return answer(json.dumps(body).encode(), url=url)


async def drain(reader, cursor, now):
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


def ids(*batches) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def test_reads_the_example_posts_and_tags():
    (post,) = facebook.parse_posts(fixture("facebook/page_feed.json")).mentions
    (tag,) = facebook.parse_posts(fixture("facebook/tagged.json")).mentions

    assert (post.external_id, post.text) == ("1000_2000", "Our statement on the K2 kettle")
    assert post.engagement == Engagement(likes=140, replies=88, reposts=12)
    assert post.published_at == datetime(2026, 11, 18, 9, 5, tzinfo=UTC)
    assert (tag.text, tag.published_at) == ("Thanks for nothing Norvik", datetime(2026, 11, 18, 8, 59, tzinfo=UTC))


def test_comments_come_with_their_post():
    document = json.loads(fixture("facebook/page_feed.json"))
    document["data"][0]["comments"] |= json.loads(fixture("facebook/comments.json"))

    _, comment = facebook.parse_posts(json.dumps(document).encode()).mentions

    assert (comment.kind, comment.external_id, comment.parent_id) == ("comment", "2000_3001", "1000_2000")
    assert comment.engagement == Engagement(likes=4)


def test_reads_the_example_thread_and_media():
    (thread,) = threads.parse_posts(fixture("threads/keyword_search.json")).mentions
    (media,) = instagram.parse_media(fixture("instagram/recent_media.json")).mentions

    assert (thread.author, thread.permalink) == ("cleo", "https://www.threads.net/@cleo/post/Dabcdefg")
    assert (media.text, media.author, media.engagement) == ("melted #norvik", None, Engagement(likes=12, replies=3))
    assert instagram.parse_hashtag(fixture("instagram/ig_hashtag_search.json")) == "17841593698074073"


@pytest.mark.parametrize(("build", "where"), [(page, "feed"), (searching, "norvik")])
async def test_new_posts_come_once_over_several_pages_and_the_first_look_is_history(build, where):
    world = Graph()
    world.post(where, "old", NOW)
    reader = build(world)
    first = await drain(reader, None, NOW)
    for number in range(5):
        world.post(where, f"p{number}", NOW + timedelta(seconds=number))

    second = await drain(reader, first[-1].cursor, NOW + MINUTES)
    third = await drain(reader, second[-1].cursor, NOW + 2 * MINUTES)

    assert (ids(*first), sorted(ids(*second)), ids(*third)) == (["old"], [f"p{n}" for n in range(5)], [])
    assert first[0].mentions[0].via is Via.BACKFILL
    assert (second[-1].coverage[0].start, second[-1].coverage[0].end) == (NOW, NOW + MINUTES)
    assert "canary" not in "".join(world.asked) + "".join(batch.cursor for batch in second)


@pytest.mark.parametrize("moment", range(3, 7))
async def test_a_cut_answer_anywhere_is_asked_for_again(moment):
    world = Graph()
    world.post("feed", "old", NOW)
    reader = page(world)
    cursor = (await drain(reader, None, NOW))[-1].cursor
    for number in range(5):
        world.post("feed", f"p{number}", NOW + timedelta(seconds=number))
    world.broken_at, batches = {moment}, []

    for _ in range(10):
        try:
            batches.append(await reader.fetch(cursor, NOW + MINUTES))
        except SourceUnavailable:
            continue
        cursor = batches[-1].cursor

    assert sorted(ids(*batches)) == [f"p{number}" for number in range(5)]


async def test_a_hashtag_is_looked_up_once_and_a_long_absence_leaves_a_hole():
    world = Graph()
    reader = tagged(world, "#Norvik")

    first = await drain(reader, None, NOW)
    second = await drain(reader, first[-1].cursor, NOW + timedelta(days=3))

    assert sum("ig_hashtag_search" in url for url in world.asked) == 1
    assert second[-1].coverage[0].start == NOW + timedelta(days=2)


async def test_an_endless_list_is_cut_and_counts_as_partly_seen():
    world = Graph()
    reader = searching(world)
    first = (await drain(reader, None, NOW))[-1]
    for number in range(3 * PAGES_LIMIT):
        world.post("norvik", f"p{number}", NOW + timedelta(seconds=number))

    batches = await drain(reader, first.cursor, NOW + MINUTES)

    assert len(batches) == PAGES_LIMIT
    assert batches[-1].coverage[0].quality is Quality.PARTIAL


async def test_the_daily_requests_are_not_overspent_and_come_back_the_next_day():
    world = Graph()
    reader = searching(world)
    cursor = json.loads((await drain(reader, None, NOW))[-1].cursor) | {"spent": threads.DAILY}

    with pytest.raises(RateLimited) as caught:
        await reader.fetch(json.dumps(cursor), NOW)
    tomorrow = await reader.fetch(json.dumps(cursor), NOW + timedelta(days=1))

    assert caught.value.retry_after == timedelta(hours=14)
    assert json.loads(tomorrow.cursor)["spent"] == 1


async def test_throttling_comes_as_400_and_says_when_to_come_back():
    document = json.loads(fixture("facebook/error_rate.json"))
    headers = {name.lower().replace("-", "_"): value for name, value in document["_headers"].items()}
    response = answer(json.dumps(document["body"]).encode(), status=document["_status"], **headers)

    with pytest.raises(RateLimited) as caught:
        await page(response).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(minutes=19)
    assert regain({"x-business-use-case-usage": "[1]"}) is None


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [(190, 400, SourceRejected), (10, 403, SourceRejected), (2, 500, SourceUnavailable), (100, 400, SourceRejected),
     (None, 503, SourceUnavailable)],
)  # fmt: skip
async def test_other_errors_have_their_consequence(code, status, error):
    body = json.dumps({"error": {"message": "no", "code": code}}).encode()

    with pytest.raises(error):
        await page(answer(body, status=status)).fetch(None, NOW)


@pytest.mark.parametrize(
    "url",
    ["http://graph.facebook.com/x", "https://evil.example/x", "https://graph.facebook.com@evil.example/", "https://["],
)
def test_a_next_page_elsewhere_is_not_followed(url):
    assert inside(url, "graph.facebook.com") is None


def signed(body: bytes, secret: bytes = b"s3cret") -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, sha256).hexdigest()}


def test_a_delivered_comment_is_the_one_that_a_poll_would_bring_and_a_removed_one_is_wiped():
    added, removed = fixture("facebook/webhook_feed_comment.json"), fixture("facebook/webhook_feed_remove.json")

    (comment,) = page(Graph()).receive(signed(added), added, NOW).mentions
    wiped = page(Graph()).receive(signed(removed), removed, NOW)

    assert (comment.source, comment.external_id, comment.kind, comment.via) == (
        "page", "2000_3001", "comment", Via.PUSH
    )  # fmt: skip
    assert wiped.tombstones == (Tombstone(source="page", external_id="2000_3001"),)


def test_a_mention_on_instagram_comes_as_numbers_and_is_counted():
    batch = instagram.parse_delivery(fixture("instagram/webhook_mention.json"), "ig")
    comment = {
        "entry": [{"changes": [{"field": "comments", "value": {"id": "5", "text": "hot", "from": {"id": "9"}}}]}]
    }

    assert (batch.mentions, batch.skipped) == ((), 1)
    assert instagram.parse_delivery(json.dumps(comment).encode(), "ig").mentions[0].author == "9"


@pytest.mark.parametrize("headers", [{}, signed(b"{}", b"guess"), {"x-hub-signature-256": "sha256=é"}])
def test_deliveries_that_are_not_signed_are_refused(headers):
    with pytest.raises(SourceRejected):
        page(Graph()).receive(headers, b"{}", NOW)


def test_without_a_secret_nothing_can_be_delivered():
    quiet = page(Graph(), app_secret=None, verify_token=None)

    with pytest.raises(SourceRejected):
        quiet.receive(signed(b"{}", b""), b"{}", NOW)
    with pytest.raises(SourceRejected):
        quiet.greet({"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "5"})


def test_a_subscription_is_answered_to_who_knows_the_word():
    hello = {"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "1158201444"}

    assert page(Graph()).greet(hello) == "1158201444"
    with pytest.raises(SourceRejected):
        page(Graph()).greet(hello | {"hub.verify_token": "guess"})


def test_a_page_is_polled_and_delivered():
    assert isinstance(page(Graph()), Source)
    assert isinstance(page(Graph()), Hook)
    assert isinstance(page(Graph()), Greeter)
    assert not isinstance(searching(Graph()), Hook)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"data": 5}', b'{"entry": 5}'])
def test_what_is_no_list_is_bad_input(body):
    with pytest.raises(BadInput):
        facebook.parse_posts(body)
    with pytest.raises(BadInput):
        facebook.parse_delivery(body, "page")


@pytest.mark.parametrize("change", [{"page": "a/b"}, {"version": "23"}, {"verify_token": None}, {"token": ""}])
def test_wrong_pages_are_refused(change):
    with pytest.raises(ValidationError):
        page(Graph(), **change)
