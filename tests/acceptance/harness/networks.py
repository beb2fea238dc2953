"""How each network shows a world: its documented rules for order, paging, bounds and limits, in a few lines each."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.truth import Answer, Item, World

from tests.channels.http_server import Reply


@dataclass(frozen=True)
class Network:
    """A network as the contract needs it: the type of its source, options, rules, ids, and lateness it must bear."""

    type: str
    options: Callable[[str], dict[str, Any]]
    answer: Answer
    key: Callable[[Item], str]
    late: timedelta
    per_poll: int = 3
    """Requests that an ordinary poll may take, with nothing new."""


def _json(value: object) -> Reply:
    return Reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _hackernews(world: World, path: str, query: dict[str, str]) -> Reply:
    """Newest first, 1,000 hits of a query at most, numeric bounds on the second, pages from 0."""
    if path == "/v0/updates.json":
        return _json({"items": [1, 2, 3], "profiles": []})
    if path.startswith("/v0/item/"):
        return _json({"id": 1, "type": "story"})
    assert path == "/api/v1/search_by_date"
    bounds = query["numericFilters"].replace("created_at_i", "").split(",")
    low, high = int(bounds[0].removeprefix(">=")), int(bounds[1].removeprefix("<="))
    hits = [item for item in world.visible() if low <= item.published_at.timestamp() <= high]
    size, page = int(query["hitsPerPage"]), int(query["page"])
    shown = hits[:1_000][page * size : (page + 1) * size]
    return _json(
        {"hits": [
            {"objectID": str(item.number), "created_at_i": int(item.published_at.timestamp()), "author": "a",
             "comment_text": f"<p>{item.text}</p>", "parent_id": 1} for item in shown
        ], "nbHits": len(hits), "page": page, "nbPages": min(10, -(-len(hits) // size)), "hitsPerPage": size}
    )  # fmt: skip


def _discourse(step: int) -> Answer:
    """Newest id first. `step` 0: fifty posts below `before`; else the ids up to `before` within that many."""

    def answer(world: World, path: str, query: dict[str, str]) -> Reply:
        assert path == "/posts.json"
        # Every third id belongs to a private topic; a stretch of a hundred ids is private altogether.
        ids = {3 * item.number + (150 if item.number > 60 else 0): item for item in world.visible()}
        before = int(query.get("before", "0"))
        found = sorted(ids, reverse=True)
        if before:
            found = [key for key in found if (before - step < key <= before if step else key < before)]
        return _json(
            {"latest_posts": [
                {"id": key, "username": "bo", "created_at": _iso(ids[key].published_at), "post_number": 2,
                 "cooked": f"<p>{ids[key].text}</p>", "post_url": f"/t/x/{key}"} for key in found[:50]
            ]}
        )  # fmt: skip

    return answer


def _stackexchange(world: World, path: str, query: dict[str, str]) -> Reply:
    """Newest first, bounds in seconds, pages from 1, always gzip; asks for a pause now and then."""
    assert path == "/2.3/search/excerpts"
    low, high = int(query["fromdate"]), int(query["todate"])
    items = [item for item in world.visible() if low <= item.published_at.timestamp() <= high]
    size, page = int(query["pagesize"]), int(query["page"])
    body = {
        "items": [
            {"item_type": "answer", "answer_id": item.number, "question_id": 1, "excerpt": item.text, "body": "...",
             "creation_date": int(item.published_at.timestamp()), "title": "T", "score": 0}
            for item in items[(page - 1) * size : page * size]
        ],
        "has_more": len(items) > page * size,
        "quota_max": 300,
        "quota_remaining": 200,
    }  # fmt: skip
    if page % 3 == 2:
        body["backoff"] = 10
    return Reply(200, gzip.compress(json.dumps(body).encode()), {"Content-Encoding": "gzip"})


def _bluesky(world: World, path: str, query: dict[str, str]) -> Reply:
    """Latest first, since is inclusive and until exclusive, a cursor that may not reach the end of the list."""
    if path.endswith("createSession"):
        return _json({"accessJwt": "t", "refreshJwt": "r", "did": "did:plc:x"})
    since, until = datetime.fromisoformat(query["since"]), datetime.fromisoformat(query["until"])
    posts = [item for item in world.visible() if since <= item.published_at < until]
    start = int(query.get("cursor", "0"))
    shown = posts[start : start + int(query["limit"])]
    return _json(
        {"posts": [
            {"uri": f"at://did:plc:a/app.bsky.feed.post/{item.number}", "author": {"did": "did:plc:a"},
             "record": {"text": item.text, "createdAt": _iso(item.published_at)},
             "indexedAt": _iso(item.published_at)} for item in shown
        ], **({"cursor": str(start + len(shown))} if start + len(shown) < len(posts) else {})}
    )  # fmt: skip


def _youtube(world: World, path: str, query: dict[str, str]) -> Reply:
    """Threads of comments newest first, without a bound of time; pages by a token."""
    assert path == "/youtube/v3/commentThreads"
    items, start = world.visible(), int(query.get("pageToken", "0"))
    shown = items[start : start + int(query["maxResults"])]
    following = start + len(shown)
    return _json(
        {"items": [
            {"id": str(item.number), "snippet": {"topLevelComment": {"id": f"Ug{item.number}", "snippet": {
                "videoId": "v", "textDisplay": item.text, "publishedAt": _iso(item.published_at)}}}} for item in shown
        ], **({"nextPageToken": str(following)} if following < len(items) else {})}
    )  # fmt: skip


def _x(world: World, path: str, query: dict[str, str]) -> Reply:
    """Newest first by id; half a minute behind; `since_id` and `start_time` exclude each other; no data if empty."""
    now = world.clock.now()
    items = [item for item in world.visible() if item.visible_at <= now - timedelta(seconds=30)]
    if path == "/2/tweets/counts/recent":
        start, minute = datetime.fromisoformat(query["start_time"]), timedelta(minutes=1)
        minutes = [start + minute * n for n in range(int((now - start) / minute))]
        return _json({"data": [{"start": _iso(m), "end": _iso(m + minute), "post_count": 1} for m in minutes]})
    assert path == "/2/tweets/search/recent"
    assert not ("since_id" in query and "start_time" in query)
    if "since_id" in query:
        items = [item for item in items if item.number > int(query["since_id"])]
    else:
        items = [item for item in items if item.published_at >= datetime.fromisoformat(query["start_time"])]
    items = sorted(items, key=lambda item: item.number, reverse=True)
    # A token is the id below which the next page goes on: new posts do not move it.
    items = [item for item in items if item.number < int(query.get("next_token", 10**9))]
    shown = items[: int(query["max_results"])]
    data = [{"id": str(i.number), "text": i.text, "created_at": _iso(i.published_at)} for i in shown]
    meta: dict[str, Any] = {"result_count": len(data)}
    meta |= {"newest_id": data[0]["id"]} if data else {}
    meta |= {"next_token": data[-1]["id"]} if len(items) > len(shown) else {}
    return _json(({"data": data} if data else {}) | {"meta": meta})


def _with_id(shift: int = 0) -> Callable[[Item], str]:
    return lambda item: str(3 * item.number + (shift if item.number > 60 else 0))


def _ngrams(world: World, path: str, query: dict[str, str]) -> Reply:
    """A gzip file for every minute that has articles, two minutes later; every tenth stands in the next one again."""
    minute = datetime.strptime(path.rpartition("/")[2].partition(".")[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    shown = [item for item in world.visible() if _minute(item) == minute]
    shown += [item for item in world.visible() if item.number % 10 == 0 and _minute(item) == minute - MINUTE]
    if not shown or world.clock.now() < minute + timedelta(minutes=2):
        return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
    rows = [
        {"date": _iso(item.visible_at), "ngram": word, "lang": "en", "type": 1, "pos": 10, "pre": pre, "post": post,
         "url": f"https://n.example/{item.number}"}
        for item in shown for pre, word, post in (("", "About", item.text), ("About", "acme", str(item.number)))
    ]  # fmt: skip
    return Reply(200, gzip.compress("\n".join(map(json.dumps, rows)).encode()))


def _minute(item: Item) -> datetime:
    return item.visible_at.replace(second=0, microsecond=0)


MINUTE = timedelta(minutes=1)

NETWORKS = {
    "hackernews": Network(
        "hackernews",
        lambda url: {"queries": ["acme"], "search_server": url, "item_server": url},
        _hackernews,
        lambda item: str(item.number),
        timedelta(minutes=14),
        per_poll=6,
    ),
    "discourse": Network("discourse", lambda url: {"url": url}, _discourse(0), _with_id(150), timedelta()),
    "discourse, older": Network("discourse", lambda url: {"url": url}, _discourse(50), _with_id(150), timedelta()),
    "stackexchange": Network(
        "stackexchange",
        lambda url: {"queries": ["acme"], "server": url},
        _stackexchange,
        lambda item: f"answer/{item.number}",
        timedelta(minutes=9),
    ),
    "bluesky search": Network(
        "bluesky",
        lambda url: {
            "search": ["acme"],
            "handle": "h",
            "app_password": "p",
            "service": url,
            "server": "ws://127.0.0.1:9",
        },
        _bluesky,
        lambda item: f"at://did:plc:a/app.bsky.feed.post/{item.number}",
        timedelta(minutes=9),
    ),
    "youtube comments": Network(
        "youtube",
        lambda url: {"key": "k", "channels": ["UC1"], "server": url},
        _youtube,
        lambda item: f"Ug{item.number}",
        timedelta(hours=2),
    ),
    "x": Network(
        "x",
        lambda url: {
            "token": "t",
            "brand": "Acme",
            "query": "acme",
            "dollars_per_day": 1000.0,
            "posts": "always",
            "server": url,
        },
        _x,
        lambda item: str(item.number),
        timedelta(),
    ),
    "gdeltngrams": Network(
        "gdeltngrams",
        lambda url: {"words": ["acme"], "server": url},
        _ngrams,
        lambda item: f"https://n.example/{item.number}",
        timedelta(),
        per_poll=8,
    ),
}
