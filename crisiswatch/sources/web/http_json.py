"""`http_json`: any JSON API that lists items, read by JMESPath expressions.

*Access*: whatever the API asks for, sent as headers. *Cost*: one request a page. *Limits*: 2 MB a page, 20 pages a
walk; 60 requests a minute where `requests_per_minute` does not say what the API allows: nobody else knows it.
*Look-back*: `look_back` on the first poll, then from the newest item less `overlap` (where the URL has `{since}`), else
what the list shows. *Delay*: the API's own. *Cannot see*: deletions, edits, and items that appear later than `overlap`
after their time. *Quality*: complete with `{since}`; without it a list that rolled over between two polls counts as
partly seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from crisiswatch.core.models import Batch, Coverage, Mention, Quality
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, SourceRejected, SourceUnavailable
from crisiswatch.plugins import Access, Budget, Kind, Options, Past, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.answers import require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.mapping import Markup, Page, check_fields, compile_path, parse_page
from crisiswatch.sources.web.stretches import coverage, mark, via
from crisiswatch.sources.web.walking import (
    PAGES_LIMIT,
    Walk,
    first_url,
    next_url,
    part_of,
    read_duration,
    read_walk,
)

SEEN_LIMIT = 3_000

PAST_PAGES = 2_000
"""Pages of one walk into the past, at most."""

WALK_LIFE = timedelta(hours=1)
"""A walk that could not go on for so long starts again: its next page may have expired."""

Duration = Annotated[timedelta, BeforeValidator(read_duration)]


class HttpJsonOptions(Options):
    """Where the list is, and where in an item each field of a mention stands."""

    model_config = ConfigDict(defer_build=True)

    url: str = Field(pattern=r"^https?://\S+$", max_length=2048, description="Address; {since} is replaced.")
    items: str = Field(description="JMESPath of the list of items.")
    fields: dict[str, str] = Field(description="JMESPath in an item, by field of a mention.")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="Request headers.")
    next: str | None = Field(default=None, description="JMESPath of the next page: a URL, or a token.")
    next_parameter: str | None = Field(default=None, description="Query parameter that takes the next page's token.")
    since_format: Literal["rfc3339", "epoch", "date"] = Field(default="rfc3339", description="How {since} is written.")
    overlap: Duration = Field(default=timedelta(minutes=10), description="How far {since} reaches back each time.")
    look_back: Duration = Field(default=timedelta(hours=1), description="How far the first poll reaches back.")
    markup: Markup = Field(default="html", description="Whether text and title are HTML or plain.")
    requests_per_minute: int = Field(
        default=60,
        ge=1,
        le=60_000,
        description="What the API allows; sources with the same credentials at the same host share it.",
    )

    @field_validator("items", "next")
    @classmethod
    def _is_jmespath(cls, value: str | None) -> str | None:
        if value is not None:
            compile_path(value)
        return value

    @field_validator("fields")
    @classmethod
    def _maps_known_fields(cls, value: dict[str, str]) -> dict[str, str]:
        check_fields(value)
        return value


class HttpJsonCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Until when the list was seen, the newest item's time, marks of ids seen, and the walk that is under way."""

    until: datetime | None = None
    newest: datetime | None = None
    seen: tuple[str, ...] = ()
    walk: Walk | None = None


class HttpJsonSource:
    """A `Source` that reads one page a fetch, and asks to be called again while there are more."""

    def __init__(self, name: str, options: HttpJsonOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools
        self._since_known = "{since}" in options.url
        self.budget: Budget | None = Budget(options.requests_per_minute, timedelta(minutes=1))

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        walk = known.walk
        if walk is None or now - walk.started > WALK_LIFE:
            walk = Walk(url=self._first(known, now), started=now)
        return self._batch(known, walk, await self._page(walk, now), now)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch of the past."""
        if not self._since_known and self._options.next is None:
            raise SourceRejected("its past is out of reach: `url` has no {since}, and `next` is not set")
        url = first_url(self._options.url, stretch.start, self._options.since_format)
        walk = read_walk(cursor) or Walk(url=url, started=now)
        page = await self._page(walk, now)
        following, warnings = self._onward(walk, page, PAST_PAGES)
        times = [mention.published_at for mention in page.mentions if mention.published_at is not None]
        if not self._since_known and times and max(times) < stretch.start:
            following, warnings = None, ()
        is_only = self._options.next is None and bool(times)
        batch = Batch(
            mentions=tuple(msgspec.structs.replace(mention, source=self.name) for mention in page.mentions),
            # Without further pages nobody knows what the list left out: only what lies between its items was seen.
            coverage=(Coverage(self.name, min(times), max(times), Quality.PARTIAL),) if is_only else (),
            cursor=msgspec.json.encode(following).decode() if following else None,
            more=following is not None,
            cost=1.0,
            skipped=page.skipped,
            warnings=(*warnings, *page.reasons),
        )
        return Past(batch, part_of(times, stretch) if following else 1.0, says_coverage=is_only)

    async def _page(self, walk: Walk, now: datetime) -> Page:
        headers = {name: value.get_secret_value() for name, value in self._options.headers.items()}
        response = await self._tools.fetcher.fetch(walk.url, headers={"Accept": "application/json"} | headers)
        require_success(response, now)
        options = self._options
        try:
            return parse_page(response.body, options.items, options.fields, options.next, options.markup)
        except BadInput as error:
            # A cut or blocked answer is not an empty one: the same page is asked for again.
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    def _first(self, known: HttpJsonCursor, now: datetime) -> str:
        newest = min(known.newest or known.until or now, now)
        since = now - self._options.look_back if known.until is None else newest - self._options.overlap
        return first_url(self._options.url, since, self._options.since_format)

    def _batch(self, known: HttpJsonCursor, walk: Walk, page: Page, now: datetime) -> Batch:
        before = frozenset(known.seen)
        marked = {mark(mention.external_id): mention for mention in page.mentions}
        fresh = {key: mention for key, mention in marked.items() if key not in before}
        walk = walk.after(overlapped=bool(before) and len(fresh) < len(marked), had_seen=bool(before))
        following, warnings = self._following(walk, page, fresh)
        seen = tuple(dict.fromkeys((*marked, *known.seen)))[:SEEN_LIMIT]
        newest = max((*self._times(page, now), *([known.newest] if known.newest else [])), default=None)
        cursor = HttpJsonCursor(until=known.until, newest=newest, seen=seen, walk=following)
        stretch: tuple[Coverage, ...] = ()
        if following is None:
            cursor = msgspec.structs.replace(cursor, until=walk.started)
            quality = self._quality(walk, warnings)
            stretch = coverage(self.name, known.until, walk.started, quality)
        return Batch(
            mentions=tuple(self._own(mention, known.until, now) for mention in fresh.values()),
            coverage=stretch,
            cursor=msgspec.json.encode(cursor).decode(),
            more=following is not None,
            cost=1.0,
            skipped=page.skipped,
            warnings=(*warnings, *page.reasons),
        )

    def _following(self, walk: Walk, page: Page, fresh: Mapping[str, Mention]) -> tuple[Walk | None, tuple[str, ...]]:
        """Return the walk at its next page, or None and why it ended too early."""
        if not fresh and not self._since_known:
            return None, ()
        return self._onward(walk, page, PAGES_LIMIT)

    def _onward(self, walk: Walk, page: Page, limit: int) -> tuple[Walk | None, tuple[str, ...]]:
        if page.next is None:
            return None, ()
        url = next_url(self._options.url, walk.url, page.next, self._options.next_parameter)
        if url is None:
            return None, ("the next page is on another site: not followed",)
        if mark(url) in walk.visited or url == walk.url:
            return None, ("the next page is one that was read before: the walk ends here",)
        if len(walk.visited) >= limit - 1:
            return None, (f"more than {limit} pages: the rest was not read",)
        return msgspec.structs.replace(walk, url=url, visited=(*walk.visited, mark(walk.url))), ()

    def _quality(self, walk: Walk, warnings: tuple[str, ...]) -> Quality:
        rolled_over = not self._since_known and walk.had_seen and not walk.overlapped
        return Quality.PARTIAL if warnings or rolled_over else Quality.COMPLETE

    def _times(self, page: Page, now: datetime) -> list[datetime]:
        # A time ahead of ours must not push {since} over items that are still to come.
        times = [mention.published_at for mention in page.mentions]
        return [moment for moment in times if moment is not None and moment <= now]

    def _own(self, mention: Mention, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, until, now))


def _parse_cursor(cursor: str | None) -> HttpJsonCursor:
    return stored(cursor, HttpJsonCursor) or HttpJsonCursor()


def build(name: str, options: HttpJsonOptions, tools: SourceTools) -> HttpJsonSource:
    """Return the source that the operator called `name`."""
    return HttpJsonSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="http_json",
    summary="Any JSON API that lists items, mapped by JMESPath.",
    options=HttpJsonOptions,
    build=build,
    example={
        "url": "https://api.example/items?after={since}",
        "headers": {"Authorization": "Bearer ${API_TOKEN}"},
        "items": "items",
        "fields": {"external_id": "to_string(id)", "published_at": "created", "text": "body", "permalink": "url"},
        "next": "page.next",
    },
    access=Access(
        network="Any HTTP JSON API",
        access="key",
        cost="one request a page",
        look_back="the API's own",
        delay="the API's own",
        tested="emulated",
    ),
)
