"""`replay`: mentions from a file in the import format, as its times come; the file may still be growing.

*Access*: free. *Cost*: none. *Limits*: lines of 1 MB. *Look-back*: the whole file. *Delay*: none.
*Cannot see*: what is not in the file; coverage is what the file's `coverage` lines say, or else from mention to now.
*Quality*: exact. Lines are handed out in the order in which they stand, each once its `observed_at` (or else its
`published_at`) is past: a line that is out of order waits for the lines before it. Frame lines other than
`coverage` cannot travel in a batch; the replay and backtest commands read these.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
from pydantic import ConfigDict, Field

from crisiswatch.core.models import Batch, Coverage, Mention
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, SourceRejected, SourceUnavailable
from crisiswatch.plugins import Access, Kind, Options, Past, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.importing.lines import LINE_LIMIT, Format, Item, Skipped, bounded_lines, read_lines

PAGE = 2_000
"""Items of one fetch, at most."""

SOURCES_KEPT = 100
REPORTED = 5


class ReplayOptions(Options):
    """Which file, and whether it grows."""

    model_config = ConfigDict(defer_build=True)

    path: Path = Field(description="File of mentions, one JSON object a line, or CSV with a header.")
    format: Literal["jsonl", "csv"] | None = Field(default=None, description="By the file's ending if not given.")
    follow: bool = Field(default=False, description="Wait for more at the end, as `tail -F` does.")


class ReplayCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the file was read: `offset` bytes of the file `inode`, `line` lines; and until when it was covered."""

    offset: int = 0
    line: int = 0
    inode: int = 0
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    covers: bool = False


class ReplaySource:
    """A `Source` that reads a file."""

    budget = None

    def __init__(self, name: str, options: ReplayOptions) -> None:
        self.name = name
        self._options = options
        is_csv = options.path.suffix.lower() == ".csv"
        self._format: Format = options.format or ("csv" if is_csv else "jsonl")

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        return await self._page(_parse_cursor(cursor), now)

    async def backfill(self, cursor: str | None, stretch: Stretch, now: datetime) -> Past:
        """Return the next page of a stretch of the past."""
        batch = await self._page(_parse_cursor(cursor), stretch.end)
        size = max(1, self._options.path.stat().st_size)
        part = min(1.0, _parse_cursor(batch.cursor).offset / size) if batch.more else 1.0
        return Past(batch, part, says_coverage=True)

    async def _page(self, cursor: ReplayCursor, now: datetime) -> Batch:
        try:
            return await asyncio.to_thread(self._read, cursor, now)
        except FileNotFoundError as error:
            if self._options.follow:
                raise SourceUnavailable(f"{self._options.path}: not there yet", "not_found") from error
            raise SourceRejected(f"{self._options.path}: no such file", "not_found") from error
        except OSError as error:
            raise SourceUnavailable(f"{self._options.path}: {error.strerror}") from error

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    def _read(self, cursor: ReplayCursor, now: datetime) -> Batch:
        with self._options.path.open("rb") as file:
            cursor, warnings = _same_file(cursor, file)
            page = _Page(now, PAGE, self._options.follow)
            reader = _Lines(file, cursor, self._format, self._options.follow)
            for item in reader.items():
                if not page.take(item):
                    break
                reader.accept()
        return page.batch(self.name, cursor, reader, warnings)


@dataclass(slots=True)
class _Page:
    """What one fetch has gathered; it is full at `size` items, and takes nothing that lies ahead of `now`."""

    now: datetime
    size: int
    grows: bool
    mentions: list[Mention] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    frames: int = 0
    taken: int = 0
    more: bool = False
    waits: bool = False

    def take(self, item: Item) -> bool:
        """Take the item if it is due and there is room; else say no and end the page."""
        due = _due(item)
        if (due is not None and due >= self.now) or self.taken >= self.size:
            self.more = self.taken >= self.size
            self.waits = not self.more
            return False
        self.taken += 1
        if isinstance(item, Mention):
            self.mentions.append(msgspec.structs.replace(item, observed_at=due))
        elif isinstance(item, Coverage):
            self.coverage.append(item)
        elif isinstance(item, Skipped):
            self.skipped.append(item)
        else:
            self.frames += 1
        return True

    def batch(self, name: str, cursor: ReplayCursor, reader: _Lines, warnings: tuple[str, ...]) -> Batch:
        """Return the page as a batch, with the cursor behind it and coverage up to `now` (or its last mention)."""
        seen = tuple(dict.fromkeys((*cursor.sources, *(mention.source for mention in self.mentions))))[:SOURCES_KEPT]
        covers = cursor.covers or bool(self.coverage)
        until = self._until(cursor)
        following = ReplayCursor(
            offset=reader.offset,
            line=reader.line,
            inode=reader.inode,
            until=until,
            sources=seen,
            covers=covers,
        )
        notes = [f"line {bad.line_number}: {bad.reason}" for bad in self.skipped[:REPORTED]]
        if self.frames:
            notes.append(f"{self.frames} frame lines were passed over: only replay and backtest can use them")
        return Batch(
            mentions=tuple(self.mentions),
            coverage=tuple(self.coverage) if covers else self._assumed(cursor, until, seen or (name,)),
            cursor=msgspec.json.encode(following).decode(),
            more=self.more,
            skipped=len(self.skipped),
            warnings=(*warnings, *notes),
        )

    def _until(self, cursor: ReplayCursor) -> datetime | None:
        if self.waits or (self.grows and not self.more):
            return self.now
        # More is due, or the file has ended for good: what was seen ends with the last mention.
        times = [mention.observed_at for mention in self.mentions if mention.observed_at is not None]
        return max((*times, *([cursor.until] if cursor.until else [])), default=None)

    def _assumed(self, cursor: ReplayCursor, until: datetime | None, sources: tuple[str, ...]) -> tuple[Coverage, ...]:
        times = [mention.observed_at for mention in self.mentions if mention.observed_at is not None]
        start = cursor.until or min(times, default=None)
        if start is None or until is None or start >= until:
            return ()
        return tuple(Coverage(source, start, until) for source in sources)


class _Lines:
    """Reads items from where the cursor stands, and knows where the last accepted one ended."""

    def __init__(self, file: BinaryIO, cursor: ReplayCursor, format: Format, follow: bool) -> None:
        self.offset, self.line, self.inode = cursor.offset, cursor.line, _inode(file)
        self._file, self._format, self._follow = file, format, follow
        self._read_offset, self._read_line = self.offset, self.line

    def items(self) -> Iterator[Item]:
        """Yield what the lines hold, one by one."""
        header = self._header()
        self._file.seek(self.offset)
        return read_lines(chain(header, self._counted()), self._format, self.line + 1 - len(header))

    def accept(self) -> None:
        """Move the position behind the item that was yielded last."""
        self.offset, self.line = self._read_offset, self._read_line

    def _header(self) -> list[bytes]:
        if self._format == "jsonl" or self.offset == 0:
            return []
        self._file.seek(0)
        return [self._file.readline(LINE_LIMIT).removeprefix(b"\xef\xbb\xbf")]

    def _counted(self) -> Iterator[bytes]:
        for line in bounded_lines(self._file):
            if self._follow and not line.endswith(b"\n") and len(line) <= LINE_LIMIT:
                # The writer is still busy with this line: it is whole once its end is there.
                return
            self._read_offset, self._read_line = self._file.tell(), self._read_line + 1
            yield line


def _same_file(cursor: ReplayCursor, file: BinaryIO) -> tuple[ReplayCursor, tuple[str, ...]]:
    """Return the cursor, or one for the start where the file is another one or was cut."""
    size = file.seek(0, 2)
    if cursor.offset == 0 or (cursor.inode == _inode(file) and size >= cursor.offset):
        return cursor, ()
    fresh = ReplayCursor(until=cursor.until, sources=cursor.sources, covers=cursor.covers)
    return fresh, ("the file was replaced or cut: reading it from its start",)


def _inode(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_ino


def _parse_cursor(cursor: str | None) -> ReplayCursor:
    try:
        return msgspec.json.decode(cursor, type=ReplayCursor) if cursor else ReplayCursor()
    except msgspec.DecodeError as error:
        raise BadInput("the stored cursor cannot be read") from error


def _due(item: Item) -> datetime | None:
    if isinstance(item, Mention):
        return item.observed_at or item.published_at
    return None


def build(name: str, options: ReplayOptions, _: SourceTools) -> ReplaySource:
    """Return the source that the operator called `name`."""
    return ReplaySource(name, options)


KIND: Kind[Source | Hook] = Kind(
    name="replay",
    summary="Mentions from a JSONL or CSV file, which may be growing.",
    options=ReplayOptions,
    build=build,
    example={"path": "mentions.jsonl", "follow": True},
    access=Access(
        network="File replay",
        access="free",
        cost="none",
        look_back="the whole file",
        delay="none",
        tested="real server",
    ),
)
