"""Walks lists of the Graph API: newest first, from a time on, page by page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from crisiswatch.core.models import Batch, Mention, Quality
from crisiswatch.errors import BadInput, QuotaSpent, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Response
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import coverage, mark, plausible, via

SEEN_LIMIT = 3_000
PAGES_LIMIT = 20
ITEM_LIMIT = 1_000
NAME_LIMIT = 500
OVERLAP = timedelta(hours=1)
FIRST = timedelta(days=1)

_THROTTLED = frozenset({4, 17, 32, 613, 80000, 80001, 80002})
_FORBIDDEN = frozenset({10, 102, 190, 200})
_PASSING = frozenset({1, 2})


class Page(msgspec.Struct, frozen=True):
    """One page of a list: its mentions (without a source), the next page, items that could not be read."""

    mentions: tuple[Mention, ...]
    next: str | None = None
    skipped: int = 0


class GraphCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Until when the lists were seen, marks of items seen, and the walk: its begin, list, next page and pages read.

    `spent` counts requests of the day `day`, where the network counts them.
    """

    until: datetime | None = None
    seen: tuple[str, ...] = ()
    started: datetime | None = None
    index: int = 0
    next: str = ""
    pages: int = 0
    is_partial: bool = False
    day: str = ""
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is walked: `lists` gives the addresses of their first pages from a time on; `daily` requests at most."""

    host: str
    token: str
    lists: Callable[[datetime], Sequence[str]]
    parse: Callable[[bytes], Page]
    daily: int | None = None


class GraphReader:
    """Reads one page a call."""

    def __init__(self, name: str, plan: Plan, tools: SourceTools) -> None:
        self.name = name
        self._plan = plan
        self._tools = tools

    async def read(self, cursor: str | None, now: datetime) -> Batch:
        """Return the mentions on the next page. Raises what a `Source` raises."""
        known = _counted(parse_cursor(cursor), now)
        self._require_budget(known, now)
        started = known.started or now
        since = (known.until - OVERLAP) if known.until else now - FIRST
        lists = self._plan.lists(since)
        if known.index >= len(lists):
            # The operator took lists away while they were being walked.
            known = msgspec.structs.replace(known, index=0, next="", pages=0)
        url = known.next or lists[known.index]
        page = self._parsed((await self.get(url, now)).body)
        following = self._following(known, page, url, since)
        seen = tuple(dict.fromkeys((*(mark(one.external_id) for one in page.mentions), *known.seen)))[:SEEN_LIMIT]
        is_over = following.index >= len(lists)
        after = msgspec.structs.replace(following, seen=seen, started=started, spent=known.spent + 1)
        if is_over:
            after = GraphCursor(until=started, seen=seen, day=known.day, spent=known.spent + 1)
        before = frozenset(known.seen)
        fresh = {mark(one.external_id): one for one in page.mentions if mark(one.external_id) not in before}
        quality = Quality.PARTIAL if following.is_partial else Quality.COMPLETE
        return Batch(
            mentions=tuple(self._own(one, known.until, now) for one in fresh.values()),
            coverage=coverage(self.name, known.until, started, quality) if is_over else (),
            cursor=msgspec.json.encode(after).decode(),
            more=not is_over,
            cost=1.0,
            skipped=page.skipped,
        )

    async def get(self, url: str, now: datetime) -> Response:
        """Return an answer that is none of the API's errors; the token travels in a header, out of sight of logs."""
        headers = {"Authorization": f"Bearer {self._plan.token}", "Accept": "application/json"}
        response = await self._tools.fetcher.fetch(url, headers=headers)
        require_answer(response, now)
        return response

    def _parsed(self, body: bytes) -> Page:
        try:
            return self._plan.parse(body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error

    def _require_budget(self, known: GraphCursor, now: datetime) -> None:
        if self._plan.daily is not None and known.spent >= self._plan.daily:
            tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            raise QuotaSpent(f"{self.name}: {self._plan.daily} requests of today are spent", tomorrow - now)

    def _following(self, known: GraphCursor, page: Page, url: str, since: datetime) -> GraphCursor:
        """Return the walk at its next page, or at the next list where a page brings nothing that is new."""
        target = inside(page.next, self._plan.host) if page.next else None
        before = frozenset(known.seen)
        recent = (one for one in page.mentions if one.published_at is None or one.published_at >= since)
        is_further = target not in (None, url) and any(mark(one.external_id) not in before for one in recent)
        if is_further and known.pages + 1 < PAGES_LIMIT:
            return msgspec.structs.replace(known, next=target or "", pages=known.pages + 1)
        return msgspec.structs.replace(
            known, index=known.index + 1, next="", pages=0, is_partial=known.is_partial or is_further
        )

    def _own(self, mention: Mention, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, until, now))


def require_answer(response: Response, now: datetime) -> None:
    """Raise what an error of the API means; throttling comes as 400 or 403, with a code in the body."""
    error = _error(response.body)
    host = urlsplit(response.url).hostname
    if error is None:
        require_success(response, now)
        return
    code = error.get("code")
    message = f"{host}: {clean(str(error.get('message', '')), 150)} ({code})"
    if code in _THROTTLED or response.status == 429:
        raise RateLimited(message, regain(response.headers))
    if code in _FORBIDDEN or (isinstance(code, int) and 200 <= code < 300):
        raise SourceRejected(message, "auth")
    if code in _PASSING or response.status >= 500:
        raise SourceUnavailable(message, "http_5xx")
    raise SourceRejected(message, "http_4xx")


def regain(headers: Mapping[str, str]) -> timedelta | None:
    """Return the longest wait that the usage header asks for, in its minutes; None where it asks for none."""
    try:
        usage = json.loads(headers.get("x-business-use-case-usage", "null")[:10_000])
    except (ValueError, RecursionError):
        return None
    uses = [use for found in usage.values() for use in found] if isinstance(usage, dict) else []
    minutes = [use.get("estimated_time_to_regain_access") for use in uses if isinstance(use, dict)]
    waits = [timedelta(minutes=wait) for wait in minutes if isinstance(wait, int) and 0 < wait < 10_000]
    return max(waits, default=None)


def inside(url: str, host: str) -> str | None:
    """Return the address of a next page, without the token that it may repeat; None if it leads to another host."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return None
    if parts.scheme != "https" or parts.netloc != host or len(url) > 4_000:
        return None
    return urlunsplit(parts._replace(query=urlencode([pair for pair in pairs if pair[0] != "access_token"])))


def parse_list(body: bytes, read: Callable[[Mapping[str, Any]], Sequence[Mention]]) -> Page:
    """Return a page of a list whose items `read` makes mentions of. Raises BadInput."""
    document = decode_json(body)
    items = document.get("data") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(items, list):
        raise BadInput("no list of data")
    found: list[Mention] = []
    skipped = max(0, len(items) - ITEM_LIMIT)
    for item in items[:ITEM_LIMIT]:
        mentions = read(item) if isinstance(item, dict) else ()
        skipped += not mentions
        found += mentions
    paging = document.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    return Page(tuple(found), following if isinstance(following, str) else None, skipped)


def words(value: object, limit: int = NAME_LIMIT) -> str | None:
    """Return a string or whole number as clean words; None if it is none, or empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = value.strip() if isinstance(value, str) else str(value)[:limit]
    return clean(text, limit) or None


def count(value: object) -> int | None:
    """Return a number of reactions."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else None


def moment(value: object) -> datetime | None:
    """Return the time in ISO 8601 or in seconds of the epoch."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return plausible(datetime.fromtimestamp(value, UTC))
        return plausible(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def parse_cursor(cursor: str | None) -> GraphCursor:
    """Return a stored cursor. Raises BadInput."""
    return stored(cursor, GraphCursor) or GraphCursor()


def _counted(known: GraphCursor, now: datetime) -> GraphCursor:
    today = now.date().isoformat()
    return known if known.day == today else msgspec.structs.replace(known, day=today, spent=0)


def _error(body: bytes) -> Mapping[str, Any] | None:
    if b'"error"' not in body[:2_000]:
        return None
    try:
        document = decode_json(body)
    except BadInput:
        return None
    error = document.get("error") if isinstance(document, dict) else None
    return error if isinstance(error, dict) else None
