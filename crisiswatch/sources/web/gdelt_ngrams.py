"""`gdeltngrams`: articles of the world's news in 152 languages that use your words, from GDELT's files of every minute.

*Access*: free, no key. *Cost*: every word of all news: one file a minute, tens of megabytes at busy times (their size
was never measured here; GDELT itself warns of tens of gigabytes for some days). Take it only with a line that bears
that. *Limits*: 200 MB a file, 5,000 articles of it. *Look-back*: since 2020, by backfill; the first poll reads
`look_back`, an absence of more than six hours is a gap. *Delay*: 2 to 20 minutes after GDELT saw the article, which
itself may take an hour: set `lateness: 30m`. *Cannot see*: the whole text (up to three passages of some words around
yours), titles, authors, social media, and whatever GDELT does not crawl. *Quality*: complete for what GDELT publishes;
a minute without a file counts as one without articles once it is 20 minutes old. The format was taken from GDELT's
announcement; no file was ever read live.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from crisiswatch.core.models import Batch, Coverage, Mention, Via
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, SourceUnavailable, TooLarge
from crisiswatch.plugins import Access, Budget, Kind, Options, Past, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.answers import require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.ngrams import Finder
from crisiswatch.sources.web.stretches import via
from crisiswatch.sources.web.walking import read_duration

MINUTE = timedelta(minutes=1)
PUBLISHED_AFTER = timedelta(minutes=2)
ABSENT_AFTER = timedelta(minutes=20)
"""Files come in bursts every quarter of an hour: a minute that is missing after this has no news."""

BROKEN_AFTER, TRIES = timedelta(hours=1), 5
"""A file that is so old and could not be read so often is left out, and its minute is not covered."""

HORIZON = timedelta(hours=6)
FILE_LIMIT = 200_000_000

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100, pattern=r"\w")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")]
Duration = Annotated[timedelta, BeforeValidator(read_duration)]


class NgramsOptions(Options):
    """Which words are looked for."""

    model_config = ConfigDict(defer_build=True)

    words: tuple[Phrase, ...] = Field(
        min_length=1, max_length=200, description="Words or phrases of which an article has one; case does not matter."
    )
    languages: tuple[Language, ...] = Field(default=(), max_length=200, description="Languages; none named: all.")
    look_back: Duration = Field(default=timedelta(minutes=15), description="How far the first poll reaches back.")
    server: str = Field(
        default="http://data.gdeltproject.org", pattern=r"^https?://\S+$", description="Address of the files."
    )


class NgramsCursor(msgspec.Struct, frozen=True):
    """The minute whose file is read next, and since when articles are news: what came before is history."""

    next: datetime
    live_from: datetime


class NgramsSource:
    """A `Source` that reads the file of one minute a fetch."""

    budget = Budget(60, MINUTE)
    """A guess, and a courtesy: the files are served without a limit."""

    def __init__(self, name: str, options: NgramsOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._fetcher = tools.fetcher
        self._broken: tuple[datetime | None, int] = (None, 0)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor) or NgramsCursor(_floor(now - self._options.look_back), now)
        minute = max(known.next, _floor(now - HORIZON))
        if minute > now - PUBLISHED_AFTER:
            return Batch(cursor=_written(known))
        warnings = ("files of more than six hours ago are left out",) if minute > known.next else ()
        try:
            found, skipped = await self._file(minute, now)
        except BadInput as error:
            if self._tries(minute) < TRIES or now - minute < BROKEN_AFTER:
                raise SourceUnavailable(f"{self.name}: {error}", "parse") from error
            return self._after(known, minute, now, Batch(warnings=(f"the file of {minute} is left out: {error}",)))
        except _NotThereError:
            if now - minute < ABSENT_AFTER:
                return Batch(cursor=_written(known), cost=1.0)
            found, skipped = (), 0
        batch = Batch(
            mentions=tuple(self._own(mention, known, minute, now) for mention in found),
            coverage=self._coverage(known, minute),
            cost=1.0,
            skipped=skipped,
            warnings=warnings,
        )
        return self._after(known, minute, now, batch)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return one page of the past of that stretch, with where to go on."""
        known = _parse_cursor(cursor)
        minute = known.next if known else _floor(stretch.end - MINUTE)
        try:
            found, skipped = await self._file(minute, now)
        except _NotThereError:
            found, skipped = (), 0
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error
        following = NgramsCursor(minute - MINUTE, stretch.start)
        more = minute > stretch.start
        batch = Batch(
            mentions=tuple(msgspec.structs.replace(mention, source=self.name) for mention in found),
            cursor=_written(following) if more else None,
            more=more,
            cost=1.0,
            skipped=skipped,
        )
        return Past(batch, min(1.0, (stretch.end - minute) / stretch.length) if more else 1.0)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _file(self, minute: datetime, now: datetime) -> tuple[tuple[Mention, ...], int]:
        """Return what the file of a minute holds. Raises BadInput for what is no such file."""
        finder = Finder(self._options.words, frozenset(self._options.languages))
        url = f"{self._options.server.rstrip('/')}/gdeltv3/webngrams/{minute:%Y%m%d%H%M%S}.webngrams.json.gz"
        try:
            async with self._fetcher.open_file(url, limit=FILE_LIMIT) as (head, pieces):
                if head.status == 404:
                    raise _NotThereError
                require_success(head, now)
                async for piece in pieces:
                    finder.read(piece)
        except TooLarge as error:
            raise BadInput(str(error)) from error
        return finder.finish(), finder.skipped

    def _tries(self, minute: datetime) -> int:
        """Return how often the file of this minute could not be read by this process, this time included."""
        before, times = self._broken
        self._broken = (minute, times + 1 if before == minute else 1)
        return self._broken[1]

    def _after(self, known: NgramsCursor, minute: datetime, now: datetime, batch: Batch) -> Batch:
        following = NgramsCursor(minute + MINUTE, known.live_from)
        more = following.next <= now - PUBLISHED_AFTER
        return msgspec.structs.replace(batch, cursor=_written(following), more=more)

    def _coverage(self, known: NgramsCursor, minute: datetime) -> tuple[Coverage, ...]:
        start = max(minute, known.live_from)
        return (Coverage(self.name, start, minute + MINUTE),) if start < minute + MINUTE else ()

    def _own(self, mention: Mention, known: NgramsCursor, minute: datetime, now: datetime) -> Mention:
        is_news = minute + MINUTE > known.live_from
        way = via(mention.indexed_at or minute, known.next, now) if is_news else Via.BACKFILL
        return msgspec.structs.replace(mention, source=self.name, indexed_at=mention.indexed_at or minute, via=way)


class _NotThereError(Exception):
    """There is no file of this minute, or not yet."""


def _floor(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _written(cursor: NgramsCursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _parse_cursor(cursor: str | None) -> NgramsCursor | None:
    return stored(cursor, NgramsCursor)


def build(name: str, options: NgramsOptions, tools: SourceTools) -> NgramsSource:
    """Return the source that the operator called `name`."""
    return NgramsSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="gdeltngrams",
    summary="Articles of the world's news that use your words, from GDELT's files of every minute; a large download.",
    options=NgramsOptions,
    build=build,
    example={"words": ["acme corporation", "acme kettle"], "languages": ["en", "es"]},
    access=Access(
        network="World news, articles (GDELT)",
        access="free",
        cost="a download of gigabytes a day",
        look_back="six hours; since 2020 by backfill",
        delay="minutes to an hour",
        tested="emulated",
    ),
)
