"""`app_store`: reviews of an app in Apple's App Store, country by country.

*Access*: open, but documented nowhere. *Cost*: one request a country and poll, more where there is much to read.
*Limits*: 10 pages of 50 reviews a country. *Look-back*: the last 500 reviews a country. *Delay*: hours to a day.
*Cannot see*: edits and answers, countries that are not named, ratings without words. *Quality*: good for the countries
named; Apple sometimes sends an empty list, from data centres above all: an empty list after a full one is asked for
again and never counts as silence. Several spellings of the answer were described by people who read it and are all
understood; it was never seen live here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import ConfigDict, Field, StringConstraints

from crisiswatch.core.models import TEXT_LIMIT, Batch, Engagement, Mention, Quality
from crisiswatch.errors import BadInput, SourceUnavailable
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import coverage, mark, plausible, via

PAGES = 10
SEEN_LIMIT = 1_000
ENTRY_LIMIT = 200
NAME_LIMIT = 500

Country = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class AppStoreOptions(Options):
    """Which app, and in which countries."""

    model_config = ConfigDict(defer_build=True)

    app: str = Field(pattern=r"^\d{1,20}$", description="Number of the app, as in its App Store address.")
    countries: tuple[Country, ...] = Field(
        default=("us",), min_length=1, max_length=60, description="Two-letter countries, in lower case."
    )


class AppStoreCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Until when all countries were seen, marks of reviews by country, and the walk: its begin, country and page."""

    until: datetime | None = None
    seen: dict[str, tuple[str, ...]] = {}
    started: datetime | None = None
    index: int = 0
    page: int = 1
    is_partial: bool = False


class AppStoreSource:
    """A `Source` that reads one page a fetch."""

    def __init__(self, name: str, options: AppStoreOptions, tools: SourceTools) -> None:
        self.name = name
        self._app = options.app
        self._countries = tuple(dict.fromkeys(options.countries))
        self._tools = tools

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        if known.index >= len(self._countries):
            known = msgspec.structs.replace(known, index=0, page=1)
        country = self._countries[known.index]
        reviews = await self._page(country, known.page, now)
        before = known.seen.get(country, ())
        if not reviews and known.page == 1 and before:
            raise SourceUnavailable(f"{self.name}: an empty list for {country} where reviews were before", "parse")
        return self._batch(known, country, reviews, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _page(self, country: str, page: int, now: datetime) -> tuple[Mention, ...]:
        path = f"{country}/rss/customerreviews/page={page}/id={self._app}/sortby=mostrecent/json"
        response = await self._tools.fetcher.fetch(f"https://itunes.apple.com/{path}")
        require_success(response, now)
        try:
            return parse_reviews(response.body, country)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    def _batch(self, known: AppStoreCursor, country: str, reviews: Sequence[Mention], now: datetime) -> Batch:
        before = frozenset(known.seen.get(country, ()))
        marked = {mark(review.external_id): review for review in reviews}
        fresh = {key: review for key, review in marked.items() if key not in before}
        # A country that was never read has no known review to walk back to: its first page is enough.
        is_further = bool(before) and len(fresh) == len(marked) > 0
        is_cut = is_further and known.page >= PAGES
        following = self._following(known, is_further=is_further and not is_cut)
        seen = tuple(dict.fromkeys((*marked, *known.seen.get(country, ()))))[:SEEN_LIMIT]
        started = known.started or now
        after = msgspec.structs.replace(
            following, seen=known.seen | {country: seen}, started=started, is_partial=known.is_partial or is_cut
        )
        is_over = after.index >= len(self._countries)
        quality = Quality.PARTIAL if after.is_partial else Quality.COMPLETE
        if is_over:
            after = AppStoreCursor(until=started, seen=after.seen)
        until = known.until if before else None
        return Batch(
            mentions=tuple(self._own(review, until, now) for review in fresh.values()),
            coverage=coverage(self.name, known.until, started, quality) if is_over else (),
            cursor=msgspec.json.encode(after).decode(),
            more=not is_over,
            cost=1.0,
        )

    def _following(self, known: AppStoreCursor, *, is_further: bool) -> AppStoreCursor:
        if is_further:
            return msgspec.structs.replace(known, page=known.page + 1)
        return msgspec.structs.replace(known, index=known.index + 1, page=1)

    def _own(self, mention: Mention, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, until, now))


def parse_reviews(body: bytes, country: str) -> tuple[Mention, ...]:
    """Return the reviews on a page, without a source; one review may stand alone, none is no entry at all.

    Raises BadInput.
    """
    document = decode_json(body)
    feed = document.get("feed") if isinstance(document, dict) else None
    if not isinstance(feed, dict):
        raise BadInput("no feed of reviews")
    entry = feed.get("entry", [])
    entries = entry if isinstance(entry, list) else [entry]
    found = (_review(one, country) for one in entries[:ENTRY_LIMIT] if isinstance(one, dict))
    return tuple(review for review in found if review is not None)


def _review(entry: Mapping[str, Any], country: str) -> Mention | None:
    """Return the review in an entry; None for the app's own entry, which some answers begin with."""
    rating, identity = _label(entry, "im:rating"), _label(entry, "id")
    title, text = _label(entry, "title"), _label(entry, "content", TEXT_LIMIT)
    if rating is None or identity is None or not (title or text):
        return None
    author = entry.get("author")
    person = author if isinstance(author, dict) else {}
    name = _label(person, "name")
    return Mention(
        source="",
        instance=country,
        external_id=identity,
        kind="review",
        title=title,
        text=text or title or "",
        author=_label(person, "uri") or name,
        author_name=name,
        permalink=_link(entry.get("link")),
        published_at=_moment(_label(entry, "updated")),
        engagement=Engagement(rating=float(rating) if rating in ("1", "2", "3", "4", "5") else None),
    )


def _label(entry: Mapping[str, Any], key: str, limit: int = NAME_LIMIT) -> str | None:
    held = entry.get(key)
    value = held.get("label") if isinstance(held, dict) else held
    return clean(value.strip(), limit) or None if isinstance(value, str) else None


def _link(held: object) -> str | None:
    attributes = held.get("attributes") if isinstance(held, dict) else None
    link = attributes.get("href") if isinstance(attributes, dict) else None
    is_link = isinstance(link, str) and len(link) <= 2_048 and link.startswith(("https://", "http://"))
    return clean(link, 2_048) if is_link and isinstance(link, str) else None


def _moment(value: str | None) -> datetime | None:
    try:
        return plausible(datetime.fromisoformat(value)) if value else None
    except ValueError:
        return None


def _parse_cursor(cursor: str | None) -> AppStoreCursor:
    return stored(cursor, AppStoreCursor) or AppStoreCursor()


def build(name: str, options: AppStoreOptions, tools: SourceTools) -> AppStoreSource:
    """Return the source that the operator called `name`."""
    return AppStoreSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="app_store",
    summary="Reviews of an app in Apple's App Store.",
    options=AppStoreOptions,
    build=build,
    example={"app": "361309726", "countries": ["us", "es", "fr"]},
    access=Access(
        network="Apple App Store",
        access="free",
        cost="none",
        look_back="500 reviews a country",
        delay="hours to a day",
        tested="fixture only",
    ),
)
