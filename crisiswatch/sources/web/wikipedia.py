"""`wikipedia`: how often articles are edited and read: attention in numbers, not mentions.

*Access*: free, no key; Wikimedia asks for a contact in the User-Agent, so set `egress.contact`. *Cost*: a request an
article and poll, a second one every six hours. *Limits*: three requests at once, and limits that are not published;
a wait that is asked for is kept. *Look-back*: the first poll reads a day of edits and 30 days of views. *Delay*:
minutes for edits, a day for views. *Cannot see*: what an edit says and who made it: neither is kept; articles of other
languages than those listed. *Quality*: complete for edits in steps of 15 minutes (`edits`, and `reverts` among them);
page views (`views`, a day each) are without known robots, and corrected by Wikimedia for some days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
from pydantic import ConfigDict, Field, StringConstraints

from crisiswatch.core.models import Batch, MetricPoint, Quality
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Response, Source
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.fields import listed, mapping, moment, number, words
from crisiswatch.sources.web.stretches import coverage

STEP = timedelta(minutes=15)
LOOK_BACK = timedelta(days=1)
VIEWS_EVERY, VIEWS_BACK, VIEWS_AGAIN = timedelta(hours=6), timedelta(days=30), timedelta(days=3)
DAY = timedelta(days=1)
LIMIT = 500
REVERTING = frozenset({"mw-undo", "mw-rollback", "mw-manual-revert"})

_BUSY = frozenset({"maxlag", "ratelimited", "readonly"})


class WikipediaOptions(Options):
    """Which articles, and which brand they are about."""

    model_config = ConfigDict(defer_build=True)

    brand: str = Field(min_length=1, max_length=200, description="Brand whose series these are.")
    titles: tuple[Annotated[str, StringConstraints(pattern=r"^[^|#<>\[\]{}\x00-\x1f]{1,250}$")], ...] = Field(
        min_length=1, max_length=20, description="Titles of articles."
    )
    wiki: str = Field(
        default="en.wikipedia.org", pattern=r"^[a-z0-9-]{2,20}\.wikipedia\.org$", description="Host of the wiki."
    )
    server: str | None = Field(
        default=None, pattern=r"^https?://\S+$", description="Address of the wiki's API, if not its own."
    )
    views_server: str = Field(
        default="https://wikimedia.org", pattern=r"^https?://\S+$", description="Address of the page views' API."
    )


class WikipediaCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Until when edits were counted, when views were asked for, and which article comes next."""

    until: datetime | None = None
    viewed: datetime | None = None
    title: int = 0
    started: datetime | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk over the articles: when it began, the whole steps it counts, and whether views are due."""

    started: datetime
    start: datetime
    end: datetime
    is_due: bool


class Edits(msgspec.Struct, frozen=True):
    """When an article was edited, and when an edit took another one back; `is_whole` unless there were too many."""

    edits: tuple[datetime, ...] = ()
    reverts: tuple[datetime, ...] = ()
    is_whole: bool = True
    is_missing: bool = False


class WikipediaSource:
    """A `Source` that counts the edits of one article a fetch, and its views when these are due."""

    def __init__(self, name: str, options: WikipediaOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._fetcher = tools.fetcher
        self._api = f"{(options.server or f'https://{options.wiki}').rstrip('/')}/w/api.php"
        self._views = f"{options.views_server.rstrip('/')}/api/rest_v1/metrics/pageviews/per-article"

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        walk = _walk(known, now)
        if walk.start >= walk.end and not walk.is_due:
            return Batch()
        title = self._options.titles[min(known.title, len(self._options.titles) - 1)]
        edits = await self._edits(title, walk.start, now) if walk.start < walk.end else Edits()
        views = await self._view_counts(title, known.viewed, now) if walk.is_due else ()
        counted = (("edits", edits.edits), ("reverts", edits.reverts))
        points = [point for what, moments in counted for point in self._points(what, title, moments, walk)]
        return self._batch(known, (*points, *views), edits, walk)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _edits(self, title: str, start: datetime, now: datetime) -> Edits:
        query = {"action": "query", "format": "json", "formatversion": "2", "prop": "revisions", "titles": title}
        query |= {"rvprop": "timestamp|tags", "rvlimit": str(LIMIT), "rvend": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
        response = await self._fetcher.fetch(f"{self._api}?{urlencode(query | {'maxlag': '5'})}")
        require_success(response, now)
        try:
            return parse_revisions(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    async def _view_counts(self, title: str, viewed: datetime | None, now: datetime) -> tuple[MetricPoint, ...]:
        first = now - (VIEWS_BACK if viewed is None else max(VIEWS_AGAIN, now - viewed + VIEWS_AGAIN))
        article = quote(title.replace(" ", "_"), safe="")
        path = f"{self._options.wiki.removesuffix('.org')}/all-access/user/{article}/daily/{first:%Y%m%d}/{now:%Y%m%d}"
        response: Response = await self._fetcher.fetch(f"{self._views}/{path}")
        if response.status == 404:
            # There is nothing yet: that is not zero.
            return ()
        require_success(response, now)
        try:
            found = parse_views(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error
        series, brand = f"views: {title}", self._options.brand
        return tuple(MetricPoint(self.name, series, brand, day, DAY, float(count)) for day, count in found)

    def _points(self, what: str, title: str, moments: Sequence[datetime], walk: Walk) -> tuple[MetricPoint, ...]:
        """Return a point for every whole step of a stretch, zeros too: that nothing happened was seen."""
        counts = dict.fromkeys((walk.start + STEP * n for n in range(max(0, (walk.end - walk.start) // STEP))), 0)
        for edited_at in moments:
            if (step := floor(edited_at)) in counts:
                counts[step] += 1
        series, brand = f"{what}: {title}", self._options.brand
        return tuple(MetricPoint(self.name, series, brand, step, STEP, float(count)) for step, count in counts.items())

    def _batch(self, known: WikipediaCursor, points: tuple[MetricPoint, ...], edits: Edits, walk: Walk) -> Batch:
        following = known.title + 1
        is_last = following >= len(self._options.titles)
        title = self._options.titles[min(known.title, following - 1, len(self._options.titles) - 1)]
        missing = f"there is no article {title!r}" if edits.is_missing else ""
        cut = "" if edits.is_whole else f"more than {LIMIT} edits of {title!r}: the oldest were not counted"
        warnings = tuple(warning for warning in (missing, cut) if warning)
        if is_last:
            cursor = WikipediaCursor(walk.end, walk.started if walk.is_due else known.viewed)
        else:
            cursor = WikipediaCursor(known.until, known.viewed, following, walk.started)
        quality = Quality.PARTIAL if warnings else Quality.COMPLETE
        return Batch(
            metrics=points,
            coverage=coverage(self.name, known.until, walk.end, quality) if is_last else (),
            cursor=msgspec.json.encode(cursor).decode(),
            more=not is_last,
            cost=float((walk.start < walk.end) + walk.is_due),
            warnings=warnings,
        )


def _walk(known: WikipediaCursor, now: datetime) -> Walk:
    """Return the walk over the articles: the one under way, or a new one."""
    started = known.started or now
    end = floor(started)
    is_due = known.viewed is None or started - known.viewed >= VIEWS_EVERY
    return Walk(started, floor(known.until) if known.until else end - LOOK_BACK, end, is_due)


def parse_revisions(body: bytes) -> Edits:
    """Return when an article was edited. Raises BadInput, RateLimited or SourceRejected, for errors come as 200 too."""
    document = mapping(decode_json(body))
    error = mapping(document.get("error"))
    if error:
        told = f"{words(error.get('code'), 60)}: {words(error.get('info'), 200)}"
        raise RateLimited(told) if error.get("code") in _BUSY else SourceRejected(told)
    pages = listed(mapping(document.get("query")).get("pages"), 1)
    if not pages:
        raise BadInput("no page")
    if pages[0].get("missing") is True or pages[0].get("invalid") is True:
        return Edits(is_missing=True)
    found = listed(pages[0].get("revisions"), LIMIT)
    times = [(moment(revision.get("timestamp")), revision.get("tags")) for revision in found]
    known = [(at, frozenset(map(str, tags)) if isinstance(tags, list) else frozenset()) for at, tags in times if at]
    return Edits(
        edits=tuple(at for at, _ in known),
        reverts=tuple(at for at, tags in known if tags & REVERTING),
        is_whole="continue" not in document,
    )


def parse_views(body: bytes) -> tuple[tuple[datetime, int], ...]:
    """Return views by day. Raises BadInput."""
    document = mapping(decode_json(body))
    if not isinstance(document.get("items"), list):
        raise BadInput("no list of items")
    rows = [(item.get("timestamp"), number(item.get("views"))) for item in listed(document["items"], 1_000)]
    days = [(_day(at), count) for at, count in rows]
    return tuple((day, count) for day, count in days if day is not None and count is not None)


def floor(moment: datetime) -> datetime:
    """Return the beginning of the step that a moment lies in."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // STEP * STEP


def _day(value: object) -> datetime | None:
    text = value[:8] if isinstance(value, str) else ""
    return moment(f"{text[:4]}-{text[4:6]}-{text[6:]}T00:00:00Z") if text.isascii() and text.isdecimal() else None


def _parse_cursor(cursor: str | None) -> WikipediaCursor:
    return stored(cursor, WikipediaCursor) or WikipediaCursor()


def build(name: str, options: WikipediaOptions, tools: SourceTools) -> WikipediaSource:
    """Return the source that the operator called `name`."""
    return WikipediaSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="wikipedia",
    summary="Edits and page views of articles, as metric series.",
    options=WikipediaOptions,
    build=build,
    example={"brand": "Acme", "titles": ["Acme Corporation"], "wiki": "en.wikipedia.org"},
    access=Access(
        network="Wikipedia",
        access="free",
        cost="none",
        look_back="edits one day, views 30 days",
        delay="minutes for edits, a day for views",
        tested="fixture only",
    ),
)
