"""`youtube`: new videos by search, and the comments on channels of your own.

*Access*: an API key, free. *Cost*: none in money; a search takes one of 100 a day, a page of comments one of 10,000
units. *Limits*: `searches_per_day` (90) is kept to and spread over the day: with q searches videos are looked for
every 16 x q minutes, so set `every` to that; queries of one word or one phrase are asked in one search, joined by
`|`; a used-up quota is waited for until midnight Pacific. A source without queries reads comments at its own rhythm.
*Look-back*: the first poll six hours, an absence 30 days. *Delay*: minutes to hours, for videos are indexed late.
*Cannot see*: what is said in a video, comments on channels that are not listed, more than five replies to a comment,
deletions. *Quality*: a sample for videos, good for comments. YouTube's policy wants texts gone or renewed after 30
days: leave `store.mention_text_days` at 30 or less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import msgspec
from pydantic import ConfigDict, Field, SecretStr, StringConstraints, model_validator

from crisiswatch.core.models import Batch, Quality
from crisiswatch.errors import BadInput, CrisiswatchError, QuotaSpent, RateLimited, SourceRejected
from crisiswatch.plugins import Access, Budget, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Response, Source
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.fields import listed, mapping, words
from crisiswatch.sources.web.sweeping import Page, Reach, Sweep, SweepCursor, begin, conclude, read_cursor, read_page
from crisiswatch.sources.web.youtube_items import parse_comments, parse_statistics, parse_videos, with_statistics

VIDEOS, COMMENTS = 50, 100
"""Items of a page."""

SEARCH_PAGES = 2
DAY = timedelta(days=1)
PACIFIC = ZoneInfo("America/Los_Angeles")
"""Quotas begin anew at midnight there."""

SEARCHES, UNITS = 100, 10_000
"""Searches of a key in a day, and what its other requests may cost, each of them one; whichever sources make them."""

_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_SLOWER = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_CLOSED = frozenset({"commentsDisabled", "channelNotFound"})


QUERY_LIMIT = 200
"""Letters of one search."""

_SIMPLE = re.compile(r'(?![-|])[^\s|"]+|"[^"]+"')
"""One word, or one phrase: what `|` joins without a doubt about what belongs together."""


class YouTubeOptions(Options):
    """What is searched for, and whose comments are read."""

    model_config = ConfigDict(defer_build=True)

    key: SecretStr = Field(min_length=1, description="API key.")
    queries: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=5, description="Searches for videos; `|` means or."
    )
    channels: tuple[Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")], ...] = Field(
        default=(), max_length=20, description="Ids of channels whose comments are read."
    )
    brand: str | None = Field(default=None, description="Brand that those comments are about, whatever their words.")
    language: str | None = Field(default=None, pattern=r"^[A-Za-z-]{2,10}$", description="Language to prefer.")
    searches_per_day: int = Field(default=90, ge=1, le=10_000, description="Searches that may be spent in a day.")
    server: str = Field(
        default="https://www.googleapis.com", pattern=r"^https?://\S+$", description="Address of the API."
    )

    @model_validator(mode="after")
    def _looks_for_something(self) -> YouTubeOptions:
        if not self.queries and not self.channels:
            raise ValueError("neither queries nor channels are given")
        return self


class YouTubeCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the sweep is, and how many searches that day has cost."""

    sweep: SweepCursor = SweepCursor()
    day: str = ""
    searches: int = 0


class YouTubeSource:
    """A `Source` that reads one page of one search, or of one channel's comments, a fetch."""

    def __init__(self, name: str, options: YouTubeOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._fetcher = tools.fetcher
        self._base = f"{options.server.rstrip('/')}/youtube/v3"
        # A header, not a parameter: addresses end up in logs.
        self._headers = {"Accept": "application/json", "X-Goog-Api-Key": options.key.get_secret_value()}
        self._queries = packed(options.queries)
        self._pace = DAY * len(self._queries) / options.searches_per_day
        self._reach = Reach(
            overlap=timedelta(hours=6),
            look_back=timedelta(hours=6),
            horizon=timedelta(days=30),
            queries=len(self._queries) + len(options.channels),
            pages=20,
            quality=Quality.PARTIAL if options.queries else Quality.COMPLETE,
        )

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        seen = known.sweep
        if seen.sweep is None and seen.until is not None and now - seen.until < self._pace:
            return Batch()
        sweep = begin(seen, self._reach, now)
        today = now.astimezone(PACIFIC).date().isoformat()
        spent = known.searches if known.day == today else 0
        if sweep.query >= len(self._queries):
            page = await self._comments(sweep, now)
        elif spent < self._options.searches_per_day:
            page, spent = await self._videos(sweep, now), spent + 1
        else:
            page = Page(notes=("the searches of today are used up: no videos were looked for",), cost=0.0)
        batch = conclude(self.name, seen, sweep, page, self._reach)
        following = YouTubeCursor(read_cursor(batch.cursor), today, spent)
        return msgspec.structs.replace(batch, cursor=msgspec.json.encode(following).decode())

    def budget_for(self, url: str) -> Budget | None:
        """Return the budget under which a request to that address comes."""
        if urlsplit(url).path.endswith("/search"):
            return Budget(max(SEARCHES, self._options.searches_per_day), DAY, "searches")
        return Budget(UNITS, DAY, "units")

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _videos(self, sweep: Sweep, now: datetime) -> Page:
        given = {"part": "snippet", "type": "video", "order": "date", "maxResults": str(VIDEOS)}
        given |= {"q": self._queries[sweep.query], "publishedAfter": sweep.since.strftime("%Y-%m-%dT%H:%M:%SZ")}
        given |= {"relevanceLanguage": self._options.language} if self._options.language else {}
        response = await self._get("search", given | _token(sweep), now)
        page = read_page(self.name, parse_videos, response.body)
        if page.following and len(sweep.visited) >= SEARCH_PAGES - 1:
            notes = (f"more than {SEARCH_PAGES * VIDEOS} new videos: the oldest were not read",)
            page = msgspec.structs.replace(page, following="", notes=notes)
        return await self._with_statistics(page, now)

    async def _with_statistics(self, page: Page, now: datetime) -> Page:
        """Return the videos with their views and likes; a failure is not worth a second search."""
        if not page.mentions:
            return page
        ids = ",".join(mention.external_id for mention in page.mentions)
        try:
            response = await self._get("videos", {"part": "statistics", "id": ids, "maxResults": str(VIDEOS)}, now)
            found = parse_statistics(response.body)
        except CrisiswatchError as error:
            return msgspec.structs.replace(page, notes=(*page.notes, f"without statistics: {error}"))
        mentions = tuple(with_statistics(mention, found) for mention in page.mentions)
        return msgspec.structs.replace(page, mentions=mentions, cost=page.cost + 1)

    async def _comments(self, sweep: Sweep, now: datetime) -> Page:
        channel = self._options.channels[sweep.query - len(self._queries)]
        given = {"part": "snippet,replies", "allThreadsRelatedToChannelId": channel, "order": "time"}
        given |= {"maxResults": str(COMMENTS), "textFormat": "plainText"}
        try:
            response = await self._get("commentThreads", given | _token(sweep), now)
        except SourceRejected as error:
            if error.reason not in _CLOSED:
                raise
            return Page(notes=(f"channel {channel}: {error}",))
        brands = (self._options.brand,) if self._options.brand else ()
        return read_page(self.name, lambda body: parse_comments(body, sweep.since, brands), response.body)

    async def _get(self, path: str, query: dict[str, str], now: datetime) -> Response:
        response = await self._fetcher.fetch(f"{self._base}/{path}?{urlencode(query)}", headers=self._headers)
        _require_success(response, now)
        return response


def _token(sweep: Sweep) -> dict[str, str]:
    return {"pageToken": sweep.page} if sweep.page else {}


def _require_success(response: Response, now: datetime) -> None:
    """Raise what an answer means; the reason in the body tells a used-up quota from a wrong key."""
    if response.status not in (400, 403, 404):
        require_success(response, now)
        return
    try:
        error = mapping(mapping(decode_json(response.body)).get("error"))
    except BadInput:
        error = {}
    reason = next((words(one.get("reason"), 60) for one in listed(error.get("errors"), 10)), None) or ""
    told = f"{response.status} {reason}: {words(error.get('message'), 200) or 'refused'}"
    if reason in _QUOTA:
        raise QuotaSpent(told, midnight(now) - now)
    if reason in _SLOWER:
        raise RateLimited(told)
    raise SourceRejected(told, reason if reason in _CLOSED else "not_found" if response.status == 404 else "auth")


def midnight(now: datetime) -> datetime:
    """Return when the quotas begin anew."""
    local = now.astimezone(PACIFIC)
    return (local + DAY).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def _parse_cursor(cursor: str | None) -> YouTubeCursor:
    return stored(cursor, YouTubeCursor) or YouTubeCursor()


def packed(queries: Sequence[str]) -> tuple[str, ...]:
    """Return as few searches as find what all the queries would: a search costs the same whatever it asks for."""
    simple = [query for query in queries if _SIMPLE.fullmatch(query)]
    joined: list[str] = []
    for query in simple:
        if joined and len(joined[-1]) + 1 + len(query) <= QUERY_LIMIT:
            joined[-1] += f"|{query}"
        else:
            joined.append(query)
    return (*joined, *(query for query in queries if query not in simple))


def build(name: str, options: YouTubeOptions, tools: SourceTools) -> YouTubeSource:
    """Return the source that the operator called `name`."""
    return YouTubeSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="youtube",
    summary="New videos by search, and comments on your own channels.",
    options=YouTubeOptions,
    build=build,
    example={"key": "${YOUTUBE_KEY}", "queries": ["acme"], "channels": ["UCxxxxxxxxxxxxxxxxxxxxxx"], "brand": "Acme"},
    access=Access(
        network="YouTube",
        access="key",
        cost="none; 100 searches and 10,000 units a day",
        look_back="30 days; the first poll six hours",
        delay="minutes to hours",
        tested="emulated",
    ),
)
