"""`x`: how many posts of X match a query, minute by minute; and the posts themselves when there are unusually many.

*Access*: paid; a bearer token of an app with credits. *Cost*: in US dollars: 0.005 for a request that counts, 0.005 for
every post that is read; `dollars_per_day` has no default and is never gone beyond, counted from midnight UTC. One
count every five minutes is 1.44 dollars a day. *Limits*: 300 counts and 450 searches in 15 minutes. *Look-back*: seven
days; an absence longer than that leaves a gap. *Delay*: half a minute. *Cannot see*: retweets, deletions, authors'
followers (they cost extra), and anything while the budget is used up: that stretch is not covered. *Quality*: counts
are not filtered for compliance and differ a little from what a search finds. Posts that are read only while counts
are unusual are evidence, not news: counted as news they would raise the alarm by being read. Prices are of 2026; X's
terms ask that what is deleted there be deleted here: `crisiswatch erase`. Names of fields were never seen live; both
spellings are read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode, urlsplit

import msgspec
from pydantic import ConfigDict, Field, SecretStr

from crisiswatch.core.models import Batch, Coverage, Mention, MetricPoint, Quality, Via
from crisiswatch.errors import BadInput, QuotaSpent, SourceUnavailable
from crisiswatch.plugins import Access, Budget, Kind, Options, SourceTools, Spending
from crisiswatch.ports import Hook, Response, Source
from crisiswatch.sources.web.answers import require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.stretches import coverage, via
from crisiswatch.sources.web.x_items import Counts, Found, is_capped, is_unusual, parse_counts, parse_search

PRICE = 0.005
"""Dollars for a request that counts, and for a post that is read."""

COUNTS, SEARCHES, WINDOW = 300, 450, timedelta(minutes=15)
"""Requests of one app in that stretch, whichever sources make them."""

PAGE, SMALLEST = 100, 10
PAGES = 20
STEP = timedelta(minutes=5)
COUNTED = timedelta(days=1)
LOOK_BACK = timedelta(days=7) - timedelta(minutes=1)
LAG = timedelta(seconds=30)
FIELDS = "author_id,conversation_id,created_at,lang,public_metrics,referenced_tweets"


class XOptions(Options):
    """What is counted, when posts are read, and what that may cost."""

    model_config = ConfigDict(defer_build=True)

    token: SecretStr = Field(min_length=1, description="Bearer token of the app.")
    brand: str = Field(min_length=1, max_length=200, description="Brand whose series the counts are.")
    query: str = Field(min_length=1, max_length=512, description="Query in X's words; -is:retweet saves money.")
    dollars_per_day: float = Field(ge=0.0, le=10_000.0, description="What may be spent in a day; 0 asks nothing.")
    dollars_per_month: float | None = Field(
        default=None, ge=0.0, le=300_000.0, description="What may be spent in a month (UTC); default: no further cap."
    )
    posts: Literal["never", "unusual", "always"] = Field(
        default="unusual", description="When posts are read: never, while counts are unusually high, always."
    )
    server: str = Field(default="https://api.x.com", pattern=r"^https?://\S+$", description="Address of the API.")


class Search(msgspec.Struct, frozen=True, omit_defaults=True):
    """A walk over new posts: when it began, the highest id of its first page, its next page, pages read."""

    started: datetime
    highest: str | None = None
    token: str = ""
    pages: int = 0


class XCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Until when was counted and read, the highest id read, what day and month cost, and the walk under way.

    `is_told`: that the dollars are spent was said.
    """

    counted: datetime | None = None
    until: datetime | None = None
    since_id: str | None = None
    day: str = ""
    dollars: float = 0.0
    month: str = ""
    month_dollars: float = 0.0
    search: Search | None = None
    is_told: bool = False


class XSource:
    """A `Source` that counts in one fetch, and reads a page of posts in each further one while that is called for."""

    def __init__(self, name: str, options: XOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._fetcher = tools.fetcher
        self._base = f"{options.server.rstrip('/')}/2/tweets"
        self._headers = {"Accept": "application/json", "Authorization": f"Bearer {options.token.get_secret_value()}"}

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _on_this_day(_parse_cursor(cursor), now)
        left = self._left(known)
        if known.search is not None and left >= PRICE * SMALLEST:
            found = await self._search(known, known.search, left, now)
            return self._read(known, known.search, found, now)
        if left >= PRICE:
            return self._counted(known, await self._counts(now), now)
        told = msgspec.json.encode(msgspec.structs.replace(known, is_told=True)).decode()
        spending = self.spending(cursor, now)
        spent = f"{spending.spent:.3f} of {spending.cap:g} dollars are spent: nothing is asked until midnight UTC"
        if spending.stops_until is not None and spending.cap == self._options.dollars_per_month:
            spent = f"{spent} of {spending.stops_until:%Y-%m-%d}"
        return Batch() if known.is_told else Batch(cursor=told, warnings=(spent,))

    def spending(self, cursor: str | None, now: datetime) -> Spending:
        """Return what was spent of which cap, and until when nothing is asked."""
        known, cap = _on_this_day(_parse_cursor(cursor), now), self._options.dollars_per_month
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if cap is not None and cap - known.month_dollars <= self._options.dollars_per_day - known.dollars:
            following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
            return Spending(known.month_dollars, cap, following if self._left(known) < PRICE else None)
        is_spent = self._left(known) < PRICE
        cap = self._options.dollars_per_day
        return Spending(known.dollars, cap, today + timedelta(days=1) if is_spent else None)

    def _left(self, known: XCursor) -> float:
        """Return the dollars that may still be spent now: of the day, and of the month where that has a cap."""
        day = self._options.dollars_per_day - known.dollars
        month = self._options.dollars_per_month
        left = day if month is None else min(day, month - known.month_dollars)
        return round(left, 9)  # sums of prices are no sums of cents

    def budget_for(self, url: str) -> Budget | None:
        """Return the budget under which a request to that address comes."""
        is_count = urlsplit(url).path.endswith("/counts/recent")
        return Budget(COUNTS, WINDOW, "counts") if is_count else Budget(SEARCHES, WINDOW, "searches")

    def investigate(self, cursor: str | None, brand: str, now: datetime) -> Batch | None:
        """Return the batch that has posts about the brand read soon, None where that is not possible now."""
        known = _on_this_day(_parse_cursor(cursor), now)
        can_pay = self._left(known) >= PRICE * SMALLEST
        is_idle = known.search is None and not (known.until and now - known.until < STEP)
        if brand != self._options.brand or self._options.posts != "unusual" or not (can_pay and is_idle):
            return None
        return Batch(cursor=msgspec.json.encode(msgspec.structs.replace(known, search=Search(now))).decode())

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _counts(self, now: datetime) -> Counts:
        start = (now - COUNTED).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = {"query": self._options.query, "granularity": "minute", "start_time": start}
        response = await self._get("counts/recent", query, now)
        try:
            return parse_counts(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    async def _search(self, known: XCursor, search: Search, left: float, now: datetime) -> Found:
        most = min(PAGE, int(left / PRICE + 1e-9))
        query = {
            "query": self._options.query,
            "max_results": str(most),
            "sort_order": "recency",
            "tweet.fields": FIELDS,
        }
        is_known = known.since_id is not None and known.until is not None and now - known.until < LOOK_BACK
        if is_known and known.since_id is not None:
            query["since_id"] = known.since_id  # not together with start_time: X refuses that
        else:
            back = LOOK_BACK if known.until else timedelta(hours=1)
            query["start_time"] = (search.started - back).strftime("%Y-%m-%dT%H:%M:%SZ")
        query |= {"next_token": search.token} if search.token else {}
        response = await self._get("search/recent", query, now)
        try:
            return parse_search(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    async def _get(self, path: str, query: dict[str, str], now: datetime) -> Response:
        response = await self._fetcher.fetch(f"{self._base}/{path}?{urlencode(query)}", headers=self._headers)
        if response.status in (402, 403, 429) and is_capped(response.body):
            # Trying again is of no use before the cycle, or the credits, change.
            raise QuotaSpent("X says that the usage cap is reached", timedelta(days=1))
        require_success(response, now)
        return response

    def _counted(self, known: XCursor, counts: Counts, now: datetime) -> Batch:
        """Return the counts of whole steps that are new, and whether posts are to be read now."""
        end, mode = now - LAG, self._options.posts
        steps = counts.steps(STEP, end)
        first = known.counted - STEP * 2 if known.counted else None
        is_wanted = mode == "always" or (mode == "unusual" and is_unusual(tuple(steps.values())))
        search = known.search or (Search(now) if is_wanted else None)
        cursor = msgspec.structs.replace(_paid(known, PRICE), counted=end, search=search)
        can_pay = self._left(cursor) >= PRICE * SMALLEST
        seen_from = known.counted and max(known.counted, now - COUNTED)
        is_counted = counts.fits(STEP)
        warnings = ("too few dollars are left to read posts",) if search and not can_pay else ()
        return Batch(
            metrics=tuple(
                MetricPoint(self.name, "posts", self._options.brand, start, STEP, float(count))
                for start, count in steps.items()
                if first is None or start >= first
            ),
            coverage=coverage(self.name, seen_from, end, Quality.COMPLETE) if is_counted and mode != "always" else (),
            cursor=msgspec.json.encode(cursor).decode(),
            more=search is not None and can_pay,
            cost=PRICE,
            warnings=warnings if is_counted else (*warnings, "X did not count by the minute, as it was asked to"),
        )

    def _read(self, known: XCursor, search: Search, found: Found, now: datetime) -> Batch:
        """Return a page of posts; the highest id moves when the walk is at its end, to that of its first page."""
        cost = PRICE * found.listed
        highest = search.highest or found.highest or known.since_id
        # The same token again would be the same posts again, and paid again.
        is_cut = bool(found.following) and (search.pages + 1 >= PAGES or found.following == search.token)
        is_done = not found.following or is_cut
        cursor = _paid(known, cost)
        if is_done:
            cursor = msgspec.structs.replace(cursor, search=None, since_id=highest, until=search.started)
        else:
            following = Search(search.started, highest, found.following, search.pages + 1)
            cursor = msgspec.structs.replace(cursor, search=following)
        return Batch(
            mentions=tuple(
                msgspec.structs.replace(mention, source=self.name, via=self._via(mention, known, now))
                for mention in found.mentions
            ),
            coverage=self._stretch(known, search, Quality.PARTIAL if is_cut else Quality.COMPLETE) if is_done else (),
            cursor=msgspec.json.encode(cursor).decode(),
            more=not is_done,
            cost=cost,
            skipped=found.skipped,
            warnings=("the list of posts did not end: the oldest were not read",) if is_cut else (),
        )

    def _via(self, mention: Mention, known: XCursor, now: datetime) -> Via:
        is_news = self._options.posts == "always"
        return via(mention.published_at, known.until, now) if is_news else Via.BACKFILL

    def _stretch(self, known: XCursor, search: Search, quality: Quality) -> tuple[Coverage, ...]:
        if self._options.posts != "always":
            return ()
        seen_from = known.until and max(known.until, search.started - LOOK_BACK)
        # The newest half minute is not searched yet; the next walk begins at an id and does not miss it.
        return coverage(self.name, seen_from, search.started, quality)


def _on_this_day(known: XCursor, now: datetime) -> XCursor:
    """Return the cursor with what this day, and this month, has cost so far."""
    day = now.astimezone(UTC).date().isoformat()
    if known.day == day:
        return known
    month_dollars = known.month_dollars if known.month == day[:7] else 0.0
    fresh = msgspec.structs.replace(known, day=day, dollars=0.0, is_told=False)
    return msgspec.structs.replace(fresh, month=day[:7], month_dollars=month_dollars)


def _paid(known: XCursor, cost: float) -> XCursor:
    return msgspec.structs.replace(known, dollars=known.dollars + cost, month_dollars=known.month_dollars + cost)


def _parse_cursor(cursor: str | None) -> XCursor:
    return stored(cursor, XCursor) or XCursor()


def build(name: str, options: XOptions, tools: SourceTools) -> XSource:
    """Return the source that the operator called `name`."""
    return XSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="x",
    summary="Counts of posts on X, and the posts when there are unusually many; paid, with a budget.",
    options=XOptions,
    build=build,
    example={"token": "${X_TOKEN}", "brand": "Acme", "query": "acme -is:retweet", "dollars_per_day": 2.0},
    access=Access(
        network="X (Twitter)",
        access="paid",
        cost="0.005 dollars a count and a post; 1.44 a day for counts",
        look_back="7 days",
        delay="half a minute",
        tested="emulated",
    ),
)
