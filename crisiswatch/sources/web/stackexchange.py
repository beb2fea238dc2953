"""`stackexchange`: questions and answers of Stack Overflow and its sister sites, by search.

*Access*: free; a key (also free) raises the quota. *Cost*: a request a page, query and site. *Limits*: 300 requests a
day without a key, 10,000 with one; a `backoff` in an answer is obeyed, a used-up quota is waited for until midnight
UTC. *Look-back*: years; the first poll reads an hour. *Delay*: a minute: answers are cached so long. *Cannot see*:
comments, edits, deletions, who wrote an item, and what is indexed more than 10 minutes late. *Quality*: complete for
the words of its queries. Texts are CC BY-SA: quote them with their link. The fields of an item were never seen live.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from pydantic import ConfigDict, Field, SecretStr, StringConstraints

from crisiswatch.core.models import TEXT_LIMIT, Batch, Engagement, Mention
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, RateLimited, SourceRejected
from crisiswatch.plugins import Access, Budget, Kind, Options, Past, SourceTools
from crisiswatch.ports import Hook, Response, Source
from crisiswatch.sources.web.answers import decode_json, require_success, seconds
from crisiswatch.sources.web.fields import identity, listed, mapping, moment, number, words
from crisiswatch.sources.web.plain_text import from_markup
from crisiswatch.sources.web.sweeping import (
    Page,
    Reach,
    Sweep,
    begin,
    conclude,
    look_back,
    read_cursor,
    read_page,
    resume,
)

PAGE = 100
THROTTLED = 502
"""The `error_id` of a throttle; it comes with the HTTP status 400."""

_OWN_HOSTS = {
    "stackoverflow": "stackoverflow.com",
    "serverfault": "serverfault.com",
    "superuser": "superuser.com",
    "askubuntu": "askubuntu.com",
    "stackapps": "stackapps.com",
    "mathoverflow": "mathoverflow.net",
}
_WAIT = re.compile(r"available in (\d{1,6}) second")


class StackExchangeOptions(Options):
    """Which sites, and what is searched for."""

    model_config = ConfigDict(defer_build=True)

    queries: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = Field(
        min_length=1, max_length=10, description="Searches; all words of one must occur."
    )
    sites: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9.]{2,60}$")], ...] = Field(
        default=("stackoverflow",), min_length=1, max_length=10, description="Names of sites, as the API has them."
    )
    key: SecretStr | None = Field(default=None, description="Key of an application.")
    server: str = Field(
        default="https://api.stackexchange.com", pattern=r"^https?://\S+$", description="Address of the API."
    )


class StackExchangeSource:
    """A `Source` that reads one page of one query on one site a fetch."""

    def __init__(self, name: str, options: StackExchangeOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._fetcher = tools.fetcher
        self._lists = tuple((site, query) for site in options.sites for query in options.queries)
        self._reach = Reach(
            overlap=timedelta(minutes=10),
            look_back=timedelta(hours=1),
            horizon=timedelta(days=30),
            queries=len(self._lists),
            slices=True,
        )

    @property
    def budget(self) -> Budget:
        """Return how many requests the source allows."""
        return Budget(10_000 if self._options.key else 300, timedelta(days=1))

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = read_cursor(cursor)
        sweep = begin(known, self._reach, now)
        return conclude(self.name, known, sweep, await self._page(sweep, now), self._reach)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch of the past."""
        sweep = resume(cursor, stretch, now)
        return look_back(self.name, sweep, await self._page(sweep, now), self._reach)

    async def _page(self, sweep: Sweep, now: datetime) -> Page:
        site, _ = self._lists[sweep.query]
        response = await self._fetcher.fetch(self._url(sweep), headers={"Accept": "application/json"})
        _require_success(response, now)
        page = read_page(self.name, lambda body: parse_items(body, site, now), response.body)
        if page.following:
            page = msgspec.structs.replace(page, following=str(int(sweep.page or 1) + 1))
        return page

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    def _url(self, sweep: Sweep) -> str:
        site, query = self._lists[sweep.query]
        given = {"q": query, "site": site, "sort": "creation", "order": "desc", "pagesize": str(PAGE)}
        given |= {"fromdate": str(int(sweep.since.timestamp())), "todate": str(int(sweep.end.timestamp()))}
        given |= {"page": sweep.page or "1"}
        if self._options.key:
            given["key"] = self._options.key.get_secret_value()
        return f"{self._options.server.rstrip('/')}/2.3/search/excerpts?{urlencode(given)}"


def parse_items(body: bytes, site: str, now: datetime) -> Page:
    """Return a page of questions and answers; `following` is not empty where there are more. Raises BadInput."""
    document = mapping(decode_json(body))
    if not isinstance(document.get("items"), list):
        raise BadInput("no list of items")
    items = listed(document["items"], PAGE)
    mentions = tuple(mention for mention in (_mention(item, site) for item in items) if mention is not None)
    return Page(
        mentions=mentions,
        following="more" if document.get("has_more") is True and items else "",
        skipped=len(document["items"]) - len(mentions),
        pause_until=_pause(document, now),
    )


def _pause(document: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return until when the API wants to be left alone: some seconds, or until its day ends."""
    backoff = seconds(number(document.get("backoff")))
    if document.get("quota_remaining") == 0:
        return (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return now + backoff if backoff else None


def _require_success(response: Response, now: datetime) -> None:
    """Raise what an answer means; errors carry their own number in the body."""
    if response.status == 400:
        try:
            document = mapping(decode_json(response.body))
        except BadInput:
            document = {}
        told = words(document.get("error_message"), 200) or "bad request"
        if document.get("error_id") == THROTTLED:
            wait = _WAIT.search(told)
            raise RateLimited(f"throttled: {told}", seconds(int(wait[1])) if wait else None)
        raise SourceRejected(f"{words(document.get('error_name'), 60) or 400}: {told}")
    require_success(response, now)


def _mention(item: Mapping[str, Any], site: str) -> Mention | None:
    kind = item.get("item_type")
    key = identity(item.get(f"{kind}_id")) if kind in ("question", "answer") else None
    texts = [from_markup(text, TEXT_LIMIT) for text in (item.get("body"), item.get("excerpt")) if isinstance(text, str)]
    title = item.get("title")
    if key is None or not key.isdecimal() or not texts:
        return None
    return Mention(
        source="",
        external_id=f"{kind}/{key}",
        instance=site,
        kind="post" if kind == "question" else "comment",
        # An answer carries its question's title, which somebody else wrote.
        title=from_markup(title, 500) or None if isinstance(title, str) and kind == "question" else None,
        text=max(texts, key=len),
        permalink=f"https://{host_of(site)}/{'q' if kind == 'question' else 'a'}/{key}",
        published_at=moment(item.get("creation_date")),
        engagement=Engagement(likes=number(item.get("score")), replies=number(item.get("answer_count"))),
        parent_id=identity(item.get("question_id")) if kind == "answer" else None,
    )


def host_of(site: str) -> str:
    """Return the host name of a site."""
    return _OWN_HOSTS.get(site) or (site if site.endswith((".com", ".net")) else f"{site}.stackexchange.com")


def build(name: str, options: StackExchangeOptions, tools: SourceTools) -> StackExchangeSource:
    """Return the source that the operator called `name`."""
    return StackExchangeSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="stackexchange",
    summary="Questions and answers of Stack Overflow and its sister sites, by search.",
    options=StackExchangeOptions,
    build=build,
    example={"queries": ["acme"], "sites": ["stackoverflow", "superuser"]},
    access=Access(
        network="Stack Exchange",
        access="free",
        cost="none; 300 requests a day, 10,000 with a key",
        look_back="years by backfill; the first poll one hour",
        delay="a minute",
        tested="emulated",
    ),
)
