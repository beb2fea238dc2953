"""Reading the past of a source: page by page under a share of its budget, each committed with where to go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from crisiswatch.core.history import LANE
from crisiswatch.core.models import Batch, Coverage, Mention, Quality, Via
from crisiswatch.core.stretches import Stretch, merged, missing
from crisiswatch.core.transactions import cursor_name
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.errors import RateLimited, SourceUnavailable
from crisiswatch.plugins import Backfilling, Budget, Past
from crisiswatch.ports import Clock, Store

BUDGET_SHARE = 0.3
"""The part of a source's budget that its past may cost: the rest is for what happens now."""

LEAST_GAP = timedelta(seconds=1)
"""Between two requests, whatever the budget."""

LIVE_MARGIN = timedelta(hours=6)
"""What is younger is left to the live source: what is stored as history never counts as news."""

WORTHWHILE = timedelta(hours=1)
"""A shorter stretch that is missing is not asked for."""

LONGEST_WAIT = timedelta(minutes=15)
"""A source that wants to be left alone for longer is left alone: the next run goes on there."""

SAME_WISH = timedelta(days=7)
"""A stretch under way is finished if it begins at most this much before the one that is asked for now."""


class Lane(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the backfill of a source stands.

    `asked` is a hash of what is looked for: under another one nothing is done yet. `under` way is a stretch with the
    source's own cursor and whether a part of it was out of reach; those `done` are disjoint.
    """

    asked: str
    done: tuple[Stretch, ...] = ()
    under: Stretch | None = None
    cursor: str | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """What a backfill of one source came to; `paused` says until when it wants to be left alone."""

    source: str
    mentions: int = 0
    read: int = 0
    requests: int = 0
    warnings: tuple[str, ...] = ()
    paused: datetime | None = None


def wanted(days: int, now: datetime) -> Stretch:
    """Return the stretch that so many days of history are, whole days at its beginning."""
    begin = (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Stretch(begin, (now - LIVE_MARGIN).replace(second=0, microsecond=0))


class Pace:
    """Holds requests back so that no more than a share of the budget is used in any stretch of its length."""

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self._most = max(1, int(budget.requests * BUDGET_SHARE))
        self._per = budget.per
        self._clock = clock
        self._asked: deque[datetime] = deque()

    async def turn(self) -> None:
        """Wait until a request is due."""
        now = self._clock.now()
        due = self._asked[-1] + LEAST_GAP if self._asked else now
        if len(self._asked) >= self._most:
            due = max(due, self._asked[0] + self._per)
        if due > now:
            await self._clock.sleep(due - now)
        self._asked.append(self._clock.now())
        while len(self._asked) > self._most:
            self._asked.popleft()


class Backfiller:
    """Fetches history into the store; what a kill leaves undone the next call goes on with."""

    def __init__(self, store: Store, ingest: Ingest, clock: Clock) -> None:
        self._store = store
        self._ingest = ingest
        self._clock = clock

    async def fill(
        self, source: Backfilling, stretch: Stretch, asked: str, progress: Callable[[float], None]
    ) -> Filled:
        """Read what is missing of a stretch; `asked` is a hash of what is looked for. Raises what the source raises."""
        lane = await self._lane(source.name, asked)
        if lane.under is not None and lane.under.start < stretch.start - SAME_WISH:
            lane = Lane(asked, lane.done)
        pieces = [lane.under] if lane.under is not None else []
        pieces += missing(stretch, merged((*lane.done, *pieces)), WORTHWHILE)
        pace = None if source.budget is None else Pace(source.budget, self._clock)
        filled = Filled(source.name)
        for number, piece in enumerate(pieces):
            if lane.under != piece:
                lane = Lane(asked, lane.done, piece)
            while lane.under is not None and filled.paused is None:
                past = await self._ask(source, lane, pace)
                if isinstance(past, datetime):
                    return replace(filled, paused=past)
                batch, lane = _commitment(source.name, past, lane)
                fresh = await self._ingest(source.name, batch)
                filled = _added(filled, past.batch, fresh)
                progress((number + past.part) / len(pieces))
        progress(1.0)
        return filled

    async def _lane(self, name: str, asked: str) -> Lane:
        """Return where the backfill stands; at its beginning if something else was looked for before."""
        stored = await self._store.cursor(cursor_name(name, LANE))
        try:
            lane = msgspec.json.decode(stored, type=Lane) if stored else Lane(asked)
        except msgspec.MsgspecError:
            return Lane(asked)  # of another version: asking again brings nothing twice
        return lane if lane.asked == asked else Lane(asked)

    async def _ask(self, source: Backfilling, lane: Lane, pace: Pace | None) -> Past | datetime:
        """Return the next page, or until when the source wants to be left alone."""
        assert lane.under is not None, "asked for while a stretch is under way"
        while True:
            try:
                return await self._retried(source, lane.cursor, lane.under, pace)
            except RateLimited as error:
                wait = error.retry_after or timedelta(minutes=1)
                if wait > LONGEST_WAIT:
                    return self._clock.now() + wait
                await self._clock.sleep(wait)

    async def _retried(self, source: Backfilling, cursor: str | None, stretch: Stretch, pace: Pace | None) -> Past:
        async def once() -> Past:
            if pace is not None:
                await pace.turn()
            return await source.backfill(cursor, stretch, self._clock.now())

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(SourceUnavailable),
            stop=stop_after_attempt(3),
            wait=wait_exponential_jitter(initial=1, max=10),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(once)

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep(timedelta(seconds=seconds))


def _commitment(name: str, past: Past, lane: Lane) -> tuple[Batch, Lane]:
    """Return what is committed of a page, and where the backfill stands behind it."""
    assert lane.under is not None, "a page is of the stretch under way"
    stretch, batch = lane.under, past.batch
    is_cut = lane.is_cut or bool(batch.warnings)
    following = Lane(lane.asked, lane.done, stretch, batch.cursor, is_cut)
    quality = Quality.PARTIAL if is_cut else Quality.COMPLETE
    whole: tuple[Coverage, ...] = ()
    if not batch.more:
        following = Lane(lane.asked, merged((*lane.done, stretch)))
        whole = (Coverage(name, stretch.start, stretch.end, quality),)
    committed = Batch(
        mentions=tuple(_as_history(mention) for mention in batch.mentions if _is_within(mention, stretch)),
        coverage=_in_lane(batch.coverage if past.says_coverage else whole, stretch),
        cursor=msgspec.json.encode(following).decode(),
        cost=batch.cost,
        skipped=batch.skipped,
        lane=LANE,
    )
    return committed, following


def _is_within(mention: Mention, stretch: Stretch) -> bool:
    published = mention.published_at or mention.indexed_at
    return published is not None and stretch.start <= published < stretch.end


def _as_history(mention: Mention) -> Mention:
    # Observed when it is fetched, whatever a file says: before that nobody could know of it.
    published = mention.published_at or mention.indexed_at
    return msgspec.structs.replace(mention, via=Via.BACKFILL, published_at=published, observed_at=None)


def _in_lane(coverage: Sequence[Coverage], stretch: Stretch) -> tuple[Coverage, ...]:
    """Return coverage under a name of its own: seen afterwards is not seen live."""
    clipped = (
        Coverage(
            cursor_name(piece.source, LANE), max(piece.start, stretch.start), min(piece.end, stretch.end), piece.quality
        )
        for piece in coverage
    )
    return tuple(piece for piece in clipped if piece.start < piece.end)


def _added(filled: Filled, batch: Batch, fresh: int) -> Filled:
    return replace(
        filled,
        mentions=filled.mentions + fresh,
        read=filled.read + len(batch.mentions),
        requests=filled.requests + 1,
        warnings=tuple(dict.fromkeys((*filled.warnings, *batch.warnings))),
    )
