"""Sweeps a stretch of time, query by query and page by page, for APIs that list newest first and take a start time.

The cursor is two-ended: until when everything was read, and the sweep under way with its next page. Only when the last
page was read does the first move; a kill between pages repeats at most one of them and leaves no hole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from crisiswatch.core.models import Batch, Coverage, Mention, Quality
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, RateLimited, SourceUnavailable
from crisiswatch.plugins import Past
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.stretches import coverage, mark, via

SWEEP_LIFE = timedelta(hours=1)
"""A sweep that could not go on for so long starts again: the token of its next page may have expired."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far sweeps reach.

    `overlap` before what was read (items are indexed late), `look_back` of the first sweep, `horizon`: what the API
    still has. `pages` of one list at most; where `slices`, a longer list is read on from its oldest item.
    `quality` is what a whole sweep promises.
    """

    overlap: timedelta
    look_back: timedelta
    horizon: timedelta
    queries: int = 1
    pages: int = 10
    slices: bool = False
    quality: Quality = Quality.COMPLETE


class Sweep(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sweep under way: which query, the token of the page to read ("": the first), the upper end of its slice."""

    started: datetime
    since: datetime
    query: int = 0
    page: str = ""
    before: datetime | None = None
    visited: tuple[str, ...] = ()
    is_cut: bool = False

    @property
    def end(self) -> datetime:
        """Return the upper end of the slice."""
        return self.before or self.started


class SweepCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Until when everything was read, the sweep under way, and until when the API wants to be left alone."""

    until: datetime | None = None
    sweep: Sweep | None = None
    paused_until: datetime | None = None


class Page(msgspec.Struct, frozen=True):
    """One page of a list: mentions (without a source), the token of the next one, items that were not readable.

    `notes` say what could not be read and make the stretch PARTIAL; `cost` counts requests; `pause_until` is when the
    API may be asked again, where it says so in an answer that is otherwise good.
    """

    mentions: tuple[Mention, ...] = ()
    following: str = ""
    skipped: int = 0
    notes: tuple[str, ...] = ()
    cost: float = 1.0
    pause_until: datetime | None = None


def read_cursor(cursor: str | None) -> SweepCursor:
    """Return a stored cursor. Raises BadInput."""
    return stored(cursor, SweepCursor) or SweepCursor()


def begin(known: SweepCursor, reach: Reach, now: datetime) -> Sweep:
    """Return the sweep to go on with: the one under way, or a new one. Raises RateLimited while it has to wait."""
    if known.paused_until is not None and now < known.paused_until:
        raise RateLimited("the API asked for a pause", known.paused_until - now)
    sweep = known.sweep
    if sweep is not None and now - sweep.started <= SWEEP_LIFE and sweep.query < reach.queries:
        return sweep
    start = now - reach.look_back if known.until is None else known.until - reach.overlap
    return Sweep(started=now, since=max(start, now - reach.horizon).replace(microsecond=0))


def conclude(source: str, known: SweepCursor, sweep: Sweep, page: Page, reach: Reach) -> Batch:
    """Return what a page brings, with the cursor behind it; coverage comes with the last page of the last query."""
    following, warnings = _following(sweep, page, reach)
    mentions = tuple(
        msgspec.structs.replace(
            mention, source=source, via=via(mention.published_at or mention.indexed_at, known.until, sweep.started)
        )
        for mention in page.mentions
    )
    cursor = SweepCursor(until=known.until, sweep=following, paused_until=page.pause_until)
    stretch: tuple[Coverage, ...] = ()
    if following is None:
        cursor = SweepCursor(until=sweep.started, paused_until=page.pause_until)
        quality = Quality.PARTIAL if sweep.is_cut or warnings else reach.quality
        seen_from = known.until and max(known.until, sweep.since)
        stretch = coverage(source, seen_from, sweep.started, quality)
    return Batch(
        mentions=mentions,
        coverage=stretch,
        cursor=msgspec.json.encode(cursor).decode(),
        more=following is not None and page.pause_until is None,
        cost=page.cost,
        skipped=page.skipped,
        warnings=warnings,
    )


def resume(cursor: str | None, stretch: Stretch, now: datetime) -> Sweep:
    """Return the sweep over a stretch of the past to go on with. Raises RateLimited while it has to wait."""
    known = read_cursor(cursor)
    if known.paused_until is not None and now < known.paused_until:
        raise RateLimited("the API asked for a pause", known.paused_until - now)
    return known.sweep or Sweep(started=stretch.end, since=stretch.start)


def look_back(source: str, sweep: Sweep, page: Page, reach: Reach) -> Past:
    """Return what a page of the past brings, with the cursor behind it; how long it takes does not matter here."""
    following, warnings = _following(sweep, page, reach)
    batch = Batch(
        mentions=tuple(msgspec.structs.replace(mention, source=source) for mention in page.mentions),
        cursor=msgspec.json.encode(SweepCursor(sweep=following, paused_until=page.pause_until)).decode(),
        more=following is not None,
        cost=page.cost,
        skipped=page.skipped,
        warnings=warnings,
    )
    return Past(batch, 1.0 if following is None else _part(following, page, reach))


def _part(following: Sweep, page: Page, reach: Reach) -> float:
    """Return how much of all queries is read, by the time of the oldest item."""
    times = [moment for mention in page.mentions if (moment := mention.published_at or mention.indexed_at)]
    is_within = following.page or following.before is not None
    oldest = max(following.since, min(times, default=following.end)) if is_within else following.started
    within = (following.started - oldest) / (following.started - following.since)
    return min(1.0, max(0.0, following.query + within) / reach.queries)


def read_page(source: str, parse: Callable[[bytes], Page], body: bytes) -> Page:
    """Return the page in a body. Raises SourceUnavailable: a cut or blocked answer is not an empty one."""
    try:
        return parse(body)
    except BadInput as error:
        raise SourceUnavailable(f"{source}: {error}", "parse") from error


def _following(sweep: Sweep, page: Page, reach: Reach) -> tuple[Sweep | None, tuple[str, ...]]:
    """Return the sweep at its next page, slice or query; None at its end. Say what was not read."""
    if page.notes:
        sweep = msgspec.structs.replace(sweep, is_cut=True)
    if page.following and mark(page.following) not in sweep.visited and len(sweep.visited) < reach.pages - 1:
        visited = (*sweep.visited, mark(page.following))
        return msgspec.structs.replace(sweep, page=page.following, visited=visited), page.notes
    warnings = page.notes
    if page.following:
        further = _slice(sweep, page) if reach.slices else None
        if further is not None:
            return further, warnings
        warnings = (
            *warnings,
            f"a list did not end within {reach.pages} pages: the rest was not read",
        )
        sweep = msgspec.structs.replace(sweep, is_cut=True)
    if sweep.query + 1 < reach.queries:
        nothing = {"page": "", "before": None, "visited": ()}
        return msgspec.structs.replace(sweep, query=sweep.query + 1, **nothing), warnings
    return None, warnings


def _slice(sweep: Sweep, page: Page) -> Sweep | None:
    """Return the sweep over what is older than this page; its last second is read again, for ties."""
    times = [moment for mention in page.mentions if (moment := mention.published_at or mention.indexed_at)]
    before = min(times).replace(microsecond=0) + timedelta(seconds=1) if times else None
    if before is None or not sweep.since < before < sweep.end:
        return None
    return msgspec.structs.replace(sweep, page="", before=before, visited=())
