"""`gdelt`: how much the world's news writes about something, and in which tone, as GDELT's DOC 2.0 API counts it.

*Access*: free, no key. *Cost*: one request a poll; volume and tone take turns. *Limits*: one request in 5 seconds, by
the API's own words; it sheds load with 429 even on first requests: best effort. Poll every 15 minutes or less often.
*Look-back*: three months; the first poll reads a day. *Delay*: 15 minutes to an hour: its time is that of its crawler.
*Cannot see*: the articles themselves (their text is not published), who wrote them, social media. *Quality*: a trend,
not a census: `articles` is a count, `share` of all articles that GDELT saw, `tone` runs from about -10 to 10, each for
15 minutes. An answer without points says nothing, and is not taken for silence. Articles
themselves come from `gdeltngrams`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from pydantic import ConfigDict, Field

from crisiswatch.core.models import Batch, MetricPoint, Quality
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.fields import listed, mapping, words
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import coverage, plausible

STEP = timedelta(minutes=15)
OVERLAP, LOOK_BACK, HORIZON = timedelta(hours=2), timedelta(days=1), timedelta(days=2)
"""The API counts in steps of 15 minutes for spans of at most about three days."""

POINTS = 1_000
WAIT = timedelta(minutes=5)

Mode = Literal["timelinevolraw", "timelinetone"]

_CONTROLS = re.compile(rb"[\x00-\x1f]")
_LONE_BACKSLASH = re.compile(rb'\\(?!["\\/bfnrtu])')


class GdeltOptions(Options):
    """What is counted, and for which brand."""

    model_config = ConfigDict(defer_build=True)

    brand: str = Field(min_length=1, max_length=200, description="Brand whose series these are.")
    query: str = Field(min_length=3, max_length=500, description="Query in GDELT's words: phrases in quotes, (a OR b).")
    server: str = Field(
        default="https://api.gdeltproject.org", pattern=r"^https?://\S+$", description="Address of the API."
    )


class GdeltCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Until when each series was read, and which is read next."""

    volume: datetime | None = None
    tone: datetime | None = None
    is_tone_next: bool = False


class GdeltSource:
    """A `Source` that reads one timeline a poll."""

    def __init__(self, name: str, options: GdeltOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._fetcher = tools.fetcher

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        until = known.tone if known.is_tone_next else known.volume
        start = now - LOOK_BACK if until is None else max(until - OVERLAP, now - HORIZON)
        mode: Mode = "timelinetone" if known.is_tone_next else "timelinevolraw"
        response = await self._fetcher.fetch(self._url(mode, start, now), headers={"Accept": "application/json"})
        if response.status == 429:
            raise RateLimited("GDELT sheds load", WAIT)
        require_success(response, now)
        try:
            timeline = parse_timeline(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error
        return self._batch(known, mode, timeline, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    def _url(self, mode: Mode, start: datetime, end: datetime) -> str:
        query = {"query": self._options.query, "mode": mode, "format": "json"}
        query |= {"startdatetime": f"{start:%Y%m%d%H%M%S}", "enddatetime": f"{end:%Y%m%d%H%M%S}"}
        return f"{self._options.server.rstrip('/')}/api/v2/doc/doc?{urlencode(query)}"

    def _batch(self, known: GdeltCursor, mode: Mode, timeline: Timeline, now: datetime) -> Batch:
        # The last step is still being counted.
        whole = [point for point in timeline.points if point.start + STEP <= now]
        is_tone = mode == "timelinetone"
        points = [(("tone" if is_tone else "articles"), point.start, point.value) for point in whole]
        points += [("share", point.start, point.value / point.norm) for point in whole if point.norm and not is_tone]
        if is_tone:
            cursor = GdeltCursor(known.volume, now if whole else known.tone, is_tone_next=False)
        else:
            cursor = GdeltCursor(now if whole else known.volume, known.tone, is_tone_next=True)
        seen_from = None if known.volume is None else max(known.volume, now - HORIZON)
        is_seen = bool(whole) and not is_tone
        return Batch(
            metrics=tuple(
                MetricPoint(self.name, series, self._options.brand, start, STEP, value, is_mood=is_tone)
                for series, start, value in points
            ),
            coverage=coverage(self.name, seen_from, now, Quality.PARTIAL) if is_seen else (),
            cursor=msgspec.json.encode(cursor).decode(),
            cost=1.0,
            skipped=timeline.skipped,
            warnings=() if whole or timeline.points else ("an answer without points: that says nothing",),
        )


class Point(msgspec.Struct, frozen=True):
    """One step of a timeline; `norm` is how many articles there were at all, where the API says so."""

    start: datetime
    value: float
    norm: float | None = None


class Timeline(msgspec.Struct, frozen=True):
    """The points of one series, and how many could not be read."""

    points: tuple[Point, ...] = ()
    skipped: int = 0


def parse_timeline(body: bytes) -> Timeline:
    """Return the first series in an answer.

    Raises BadInput; RateLimited or SourceRejected for a sentence in place of JSON, which is how errors are told.
    """
    text = body.strip()
    if text and not text.startswith((b"{", b"<")):
        _refuse(clean(text[:300].decode("utf-8", "replace"), 200))
    try:
        document = mapping(decode_json(text))
    except BadInput:
        document = mapping(decode_json(_LONE_BACKSLASH.sub(rb"\\\\", _CONTROLS.sub(b" ", text))))
    series = listed(document.get("timeline"), 1)
    if not series:
        return Timeline()
    if isinstance(resolution := mapping(document.get("query_details")).get("date_resolution"), str):
        _require_steps(resolution)
    data = listed(series[0].get("data"), POINTS)
    points = tuple(point for point in map(_point, data) if point is not None)
    return Timeline(points, len(data) - len(points))


def _require_steps(resolution: str) -> None:
    if resolution not in ("15m", "15min", "15 minutes"):
        raise BadInput(f"steps of {clean(resolution, 20)} where 15 minutes were expected")


def _refuse(told: str) -> None:
    if "limit" in told.lower():
        raise RateLimited(f"GDELT says: {told}", WAIT)
    raise SourceRejected(f"GDELT says: {told}")


def _point(row: Mapping[str, Any]) -> Point | None:
    start, value, norm = _moment(words(row.get("date"), 20)), _value(row.get("value")), _value(row.get("norm"))
    return Point(start, value, norm) if start is not None and value is not None else None


def _value(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) and abs(value) < 1e12 else None


def _moment(text: str | None) -> datetime | None:
    try:
        return plausible(datetime.strptime(text or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
    except ValueError:
        return None


def _parse_cursor(cursor: str | None) -> GdeltCursor:
    return stored(cursor, GdeltCursor) or GdeltCursor()


def build(name: str, options: GdeltOptions, tools: SourceTools) -> GdeltSource:
    """Return the source that the operator called `name`."""
    return GdeltSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="gdelt",
    summary="Volume and tone of the world's news about something, as metric series; best effort.",
    options=GdeltOptions,
    build=build,
    example={"brand": "Acme", "query": '"acme corporation"'},
    access=Access(
        network="World news (GDELT)",
        access="free",
        cost="none",
        look_back="two days",
        delay="15 minutes to an hour",
        tested="fixture only",
    ),
)
