"""`bluesky`: every public post of Bluesky as it is written, from Jetstream; and a search that finds what was missed.

*Access*: the stream is free and asks for no account; the search needs a handle and an app password. *Cost*: none; the
stream brings all posts, a few hundred kB a second at most, which are matched here: one connection serves all brands.
*Limits*: a search every 15 minutes at most, for Bluesky asks that its search be spared. *Look-back*: the stream goes
on where it was up to 36 hours ago; the first start begins now. *Delay*: a second or two. *Cannot see*: likes and
followers (the search knows likes), text in pictures and link cards, private messages; a claimed time is believed only
backwards, and a post that claims to be six hours older than its arrival counts as history. *Quality*: complete while
connected; deletions of posts and accounts are honoured. The second format of frames (`wire: v2`) was never seen live.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from pydantic import ConfigDict, Field, SecretStr, StringConstraints, model_validator

from crisiswatch.core.models import Batch, Coverage, Quality
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.plugins import Access, Budget, Kind, Options, Past, SourceTools
from crisiswatch.ports import Clock, Hook, Socket, Source
from crisiswatch.sources.web.bluesky_search import SkySearch
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.jetstream import POSTS, Frames, parse_frames
from crisiswatch.sources.web.sweeping import Reach, begin, conclude, look_back, read_cursor, resume

FRAMES_AT_MOST = 1_000
BATCH_FOR = timedelta(seconds=1)
"""A batch is handed on after so many frames, or so long."""

REWIND = timedelta(seconds=10)
RETAINED = timedelta(hours=36) - timedelta(minutes=10)
"""How far back the stream is asked for at most; servers keep 36 hours."""

COVER_EVERY = timedelta(seconds=10)

STARTS_WITHIN = timedelta(minutes=1)
"""A stream that was asked for a past moment begins so close to it, or what lies between is lost."""

SEARCH_EVERY = timedelta(minutes=15)

Query = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class BlueskyOptions(Options):
    """Which stream, and what the search beside it looks for."""

    model_config = ConfigDict(defer_build=True)

    server: str = Field(
        default="wss://jetstream2.us-east.bsky.network", pattern=r"^wss?://\S+$", description="Jetstream server."
    )
    wire: Literal["v1", "v2"] = Field(default="v1", description="Format of the stream; servers of 2026 know both.")
    search: tuple[Query, ...] = Field(default=(), max_length=20, description="Searched for every 15 minutes.")
    handle: str | None = Field(default=None, max_length=253, description="Account that searches.")
    app_password: SecretStr | None = Field(default=None, description="App password of that account.")
    service: str = Field(
        default="https://bsky.social", pattern=r"^https?://\S+$", description="Server of that account."
    )

    @model_validator(mode="after")
    def _search_has_an_account(self) -> BlueskyOptions:
        if self.search and (self.handle is None or self.app_password is None):
            raise ValueError("search needs handle and app_password")
        return self


class StreamCursor(msgspec.Struct, frozen=True):
    """Until when the stream was read, by its own clock (the same on every server), and until when that was said."""

    until: datetime
    covered: datetime


class BlueskySource:
    """A `Streaming` source: Jetstream, and a search beside it."""

    budget = Budget(300, timedelta(minutes=5))
    """Of its own choice, a tenth of what the server allows: the search wants to be spared."""

    def __init__(self, name: str, options: BlueskyOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools
        password = options.app_password.get_secret_value() if options.app_password else ""
        self._search = SkySearch(options.service.rstrip("/"), options.handle or "", password, tools.fetcher)
        self._reach = Reach(
            overlap=timedelta(minutes=10),
            look_back=timedelta(hours=1),
            horizon=timedelta(days=7),
            queries=len(options.search),
            slices=True,
            quality=Quality.PARTIAL,
        )

    async def stream(self, cursor: str | None, clock: Clock) -> AsyncGenerator[Batch, None]:
        """Yield batches until the line breaks."""
        known = _parse_cursor(cursor)
        start = None if known is None else max(known.until - REWIND, clock.now() - RETAINED)
        try:
            async with aclosing(self._listen(start, known, clock)) as batches:
                async for batch in batches:
                    yield batch
        except SourceRejected as error:
            if start is None or "CursorTooOld" not in str(error):
                raise
            # The server keeps less than we thought: what is lost is lost, and is said by the first batch.
            async with aclosing(self._listen(None, known, clock)) as batches:
                async for batch in batches:
                    yield batch

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = read_cursor(cursor)
        is_early = known.sweep is None and known.until is not None and now - known.until < SEARCH_EVERY
        if not self._options.search or is_early:
            return Batch()
        sweep = begin(known, self._reach, now)
        page = await self._search.page(self._options.search[sweep.query], sweep, now)
        return conclude(self.name, known, sweep, page, self._reach)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch of the past."""
        if not self._options.search:
            raise SourceRejected("the past is found by its search alone: set `search`, `handle` and `app_password`")
        sweep = resume(cursor, stretch, now)
        page = await self._search.page(self._options.search[sweep.query], sweep, now)
        return look_back(self.name, sweep, page, self._reach)

    async def close(self) -> None:
        """Let go: a line is closed by who listens."""
        return

    async def _listen(
        self, start: datetime | None, known: StreamCursor | None, clock: Clock
    ) -> AsyncGenerator[Batch, None]:
        async with self._tools.fetcher.open_socket(self._url(start)) as line:
            frames = parse_frames(await _collect(line, clock), clock.now())
            known, warnings = _join(known, frames)
            while True:
                batch, known = self._batch(frames, known, warnings)
                yield batch
                frames, warnings = parse_frames(await _collect(line, clock), clock.now()), ()

    def _url(self, start: datetime | None) -> str:
        server = self._options.server.rstrip("/")
        cursor = "" if start is None else f"&cursor={int(start.timestamp() * 1_000_000)}"
        if self._options.wire == "v1":
            return f"{server}/subscribe?wantedCollections={POSTS}{cursor}"
        path = "xrpc/network.bsky.jetstream.subscribeEvents"
        return f"{server}/{path}?kinds=commit&kinds=account&collections={POSTS}{cursor}"

    def _batch(
        self, frames: Frames, known: StreamCursor | None, warnings: tuple[str, ...]
    ) -> tuple[Batch, StreamCursor | None]:
        """Return a batch and the cursor behind it; coverage is said every few seconds, not with every batch."""
        own = {"source": self.name}
        seen: tuple[Coverage, ...] = ()
        if known is not None:
            until = max(known.until, frames.newest or known.until)
            is_due = until - known.covered >= COVER_EVERY
            seen = (Coverage(self.name, known.covered, until),) if is_due else ()
            known = StreamCursor(until, until if is_due else known.covered)
        batch = Batch(
            mentions=tuple(msgspec.structs.replace(mention, **own) for mention in frames.mentions),
            tombstones=tuple(msgspec.structs.replace(stone, **own) for stone in frames.tombstones),
            coverage=seen,
            cursor=msgspec.json.encode(known).decode() if known else None,
            skipped=frames.skipped,
            warnings=(*warnings, *frames.notes),
        )
        return batch, known


def _join(known: StreamCursor | None, frames: Frames) -> tuple[StreamCursor | None, tuple[str, ...]]:
    """Return the cursor with which a new connection goes on, and what was missed.

    A server may begin later than it was asked to without a word: its first frame tells.
    """
    first = frames.first
    if first is None or (known is not None and first - known.until <= STARTS_WITHIN):
        return known, ()
    fresh = StreamCursor(first, first)
    if known is None:
        return fresh, ()
    return fresh, (f"the stream begins at {first}, it was read until {known.until}: what lies between was missed",)


async def _collect(line: Socket, clock: Clock) -> list[bytes]:
    """Return the next frames: a thousand, or those of about a second, or the last ones of a line that broke."""
    frames = [await line.receive()]
    started = clock.now()
    # On a quiet server nothing may follow for long: what is here is not held back for it.
    with suppress(TimeoutError):
        async with asyncio.timeout(BATCH_FOR.total_seconds()):
            while len(frames) < FRAMES_AT_MOST and clock.now() - started < BATCH_FOR:
                try:
                    frames.append(await line.receive())
                except SourceUnavailable:
                    # What came before is not thrown away; who asks for more meets the same error.
                    return frames
    return frames


def _parse_cursor(cursor: str | None) -> StreamCursor | None:
    return stored(cursor, StreamCursor)


def build(name: str, options: BlueskyOptions, tools: SourceTools) -> BlueskySource:
    """Return the source that the operator called `name`."""
    return BlueskySource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="bluesky",
    summary="Every public post of Bluesky as it is written, from Jetstream.",
    options=BlueskyOptions,
    build=build,
    example={"server": "wss://jetstream2.us-east.bsky.network"},
    access=Access(
        network="Bluesky",
        access="free",
        cost="none",
        look_back="36 hours; what the search finds, by backfill",
        delay="seconds",
        tested="emulated",
    ),
)
