"""`hackernews`: stories and comments of Hacker News, found by Algolia's search.

*Access*: free, no key. *Cost*: a request a page and query, and one a poll that asks what was deleted. *Limits*: about
10,000 requests an hour and address, by hearsay; no promise is made. *Look-back*: years; the first poll reads an hour.
*Delay*: seconds to minutes; comments of users who asked for it come minutes late. *Cannot see*: what is indexed more
than 15 minutes late, and deletions of what is not among the 300 items found last. *Quality*: complete for the words of
its queries; a list of more than 1,000 hits is read in slices of time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from pydantic import ConfigDict, Field, StringConstraints

from crisiswatch.core.models import TEXT_LIMIT, Batch, Engagement, Mention, Tombstone
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, CrisiswatchError, RateLimited, SourceUnavailable
from crisiswatch.plugins import Access, Budget, Kind, Options, Past, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.fields import identity, listed, mapping, moment, number, words
from crisiswatch.sources.web.plain_text import from_markup
from crisiswatch.sources.web.sweeping import (
    Page,
    Reach,
    Sweep,
    SweepCursor,
    begin,
    conclude,
    look_back,
    read_cursor,
    read_page,
    resume,
)

PAGE = 100
ALGOLIA = "https://hn.algolia.com"
FIREBASE = "https://hacker-news.firebaseio.com"
REMEMBERED = 300
PAUSE = timedelta(minutes=15)
RECHECKED = 20
"""Changed items that are looked at in one poll, at most."""


class HackerNewsOptions(Options):
    """What is searched for."""

    model_config = ConfigDict(defer_build=True)

    queries: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = Field(
        min_length=1, max_length=20, description="Searches; all words of one must occur, quotes make a phrase."
    )
    search_server: str = Field(default=ALGOLIA, pattern=r"^https?://\S+$", description="Server of the search.")
    item_server: str = Field(default=FIREBASE, pattern=r"^https?://\S+$", description="Server of the items.")


class HackerNewsCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the sweep is, and the ids found last, which are looked up when the site says that they changed.

    `quiet_until` is when the server of items may be asked again.
    """

    sweep: SweepCursor = SweepCursor()
    recent: tuple[str, ...] = ()
    quiet_until: datetime | None = None


class HackerNewsSource:
    """A `Source` that reads one page of one query a fetch; after the last one it asks what was deleted."""

    budget = Budget(10_000, timedelta(hours=1))

    def __init__(self, name: str, options: HackerNewsOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._fetcher = tools.fetcher
        self._reach = Reach(
            overlap=timedelta(minutes=15),
            look_back=timedelta(hours=1),
            horizon=timedelta(days=30),
            queries=len(options.queries),
            slices=True,
        )

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        sweep = begin(known.sweep, self._reach, now)
        response = await self._fetcher.fetch(self._url(sweep))
        require_success(response, now)
        batch = conclude(self.name, known.sweep, sweep, read_page(self.name, parse_hits, response.body), self._reach)
        found = (mention.external_id for mention in batch.mentions)
        recent = tuple(dict.fromkeys((*found, *known.recent)))[:REMEMBERED]
        following = HackerNewsCursor(read_cursor(batch.cursor), recent, known.quiet_until)
        is_quiet = known.quiet_until is not None and now < known.quiet_until
        return _with(batch, following) if batch.more or is_quiet else await self._with_deletions(batch, following, now)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch of the past."""
        sweep = resume(cursor, stretch, now)
        response = await self._fetcher.fetch(self._url(sweep))
        require_success(response, now)
        return look_back(self.name, sweep, read_page(self.name, parse_hits, response.body), self._reach)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    def _url(self, sweep: Sweep) -> str:
        since, end = int(sweep.since.timestamp()), int(sweep.end.timestamp())
        query = {
            "query": self._options.queries[sweep.query],
            "tags": "(story,comment)",
            "numericFilters": f"created_at_i>={since},created_at_i<={end}",
            "hitsPerPage": str(PAGE),
            "page": sweep.page or "0",
            "typoTolerance": "false",
        }
        return f"{self._options.search_server.rstrip('/')}/api/v1/search_by_date?{urlencode(query)}"

    async def _with_deletions(self, batch: Batch, following: HackerNewsCursor, now: datetime) -> Batch:
        """Return the batch with tombstones. What was found is not held back because this did not work."""
        recent = frozenset(following.recent)
        try:
            changed = await self._json("updates.json", now)
            ours = [key for key in _ids(changed) if key in recent][:RECHECKED]
            items = [(key, await self._json(f"item/{key}.json", now)) for key in ours]
        except CrisiswatchError as error:
            wait = (error.retry_after or PAUSE) if isinstance(error, RateLimited) else timedelta()
            batch = msgspec.structs.replace(batch, warnings=(*batch.warnings, f"deletions not looked up: {error}"))
            return _with(batch, msgspec.structs.replace(following, quiet_until=now + wait))
        gone = (key for key, item in items if is_gone(item))
        tombstones = tuple(Tombstone(source=self.name, external_id=key) for key in gone)
        return _with(msgspec.structs.replace(batch, tombstones=tombstones, cost=batch.cost + 1 + len(items)), following)

    async def _json(self, path: str, now: datetime) -> object:
        response = await self._fetcher.fetch(f"{self._options.item_server.rstrip('/')}/v0/{path}")
        require_success(response, now)
        try:
            return decode_json(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error


def parse_hits(body: bytes) -> Page:
    """Return a page of stories and comments. Raises BadInput."""
    document = mapping(decode_json(body))
    if not isinstance(document.get("hits"), list):
        raise BadInput("no list of hits")
    mentions = tuple(mention for mention in map(_mention, listed(document["hits"], PAGE)) if mention is not None)
    page, total = number(document.get("page")) or 0, number(document.get("nbHits")) or 0
    has_more = bool(mentions) and (page + 1) * PAGE < total
    return Page(mentions, str(page + 1) if has_more else "", len(document["hits"]) - len(mentions))


def is_gone(item: object) -> bool:
    """Tell whether the site calls an item deleted or dead."""
    return isinstance(item, dict) and (item.get("deleted") is True or item.get("dead") is True)


def _mention(hit: Mapping[str, Any]) -> Mention | None:
    """Return the hit as a mention; None if it has no identity or says nothing."""
    key = identity(hit.get("objectID"))
    is_comment = isinstance(hit.get("comment_text"), str)
    title = None if is_comment else words(hit.get("title"))
    markup = hit.get("comment_text") if is_comment else hit.get("story_text")
    text = from_markup(markup, TEXT_LIMIT) if isinstance(markup, str) else ""
    if key is None or not key.isdecimal() or not (title or text):
        return None
    author = words(hit.get("author"), 100)
    return Mention(
        source="",
        external_id=key,
        kind="comment" if is_comment else "post",
        title=title,
        text=text,
        author=f"https://news.ycombinator.com/user?{urlencode({'id': author})}" if author else None,
        author_name=author,
        permalink=f"https://news.ycombinator.com/item?id={key}",
        published_at=moment(hit.get("created_at_i")) or moment(hit.get("created_at")),
        engagement=Engagement(likes=number(hit.get("points")), replies=number(hit.get("num_comments"))),
        parent_id=identity(hit.get("parent_id")),
    )


def _with(batch: Batch, cursor: HackerNewsCursor) -> Batch:
    return msgspec.structs.replace(batch, cursor=msgspec.json.encode(cursor).decode())


def _ids(changed: object) -> list[str]:
    items = mapping(changed).get("items")
    return [str(key) for key in items[:1_000] if isinstance(key, int)] if isinstance(items, list) else []


def _parse_cursor(cursor: str | None) -> HackerNewsCursor:
    return stored(cursor, HackerNewsCursor) or HackerNewsCursor()


def build(name: str, options: HackerNewsOptions, tools: SourceTools) -> HackerNewsSource:
    """Return the source that the operator called `name`."""
    return HackerNewsSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="hackernews",
    summary="Stories and comments of Hacker News, by search.",
    options=HackerNewsOptions,
    build=build,
    example={"queries": ["acme"]},
    access=Access(
        network="Hacker News",
        access="free",
        cost="none",
        look_back="years by backfill; the first poll one hour",
        delay="seconds to minutes",
        tested="emulated",
    ),
)
