"""Recordings from files: a first reading for their extent, a second that gives the items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crisiswatch.core.models import Coverage, Mention
from crisiswatch.engine.replaying import Extent, Recorded, moment
from crisiswatch.errors import BadInput
from crisiswatch.sources.importing.lines import Skipped, bounded_lines, read_lines

REPORTED = 20
"""Skipped lines that are named; more are only counted."""


@dataclass(slots=True)
class Scan:
    """What a first reading of a file found."""

    mentions: int = 0
    skipped: int = 0
    reasons: list[str] = field(default_factory=list)
    start: datetime | None = None
    end: datetime | None = None
    sources: set[str] = field(default_factory=set)
    covered: set[str] = field(default_factory=set)
    lacks_observed_at: bool = False


def scan(path: Path, progress: Callable[[int], None] = lambda bytes_read: None) -> tuple[Extent, tuple[str, ...]]:
    """Return the extent of a recording, and why lines were skipped. Raises BadInput if no line is readable."""
    found = Scan()
    for item in _items(path, progress):
        _note(item, found)
    if found.start is None or found.end is None:
        raise BadInput(f"{path}: no line is readable" + (f"; {found.reasons[0]}" if found.reasons else ""))
    sources = sorted(found.sources)
    extent = Extent(
        start=found.start,
        end=found.end,
        mentions=found.mentions,
        skipped=found.skipped,
        sources=tuple(sources),
        assumes_coverage=tuple(name for name in sources if name not in found.covered),
        assumes_observed_at=found.lacks_observed_at,
    )
    return extent, tuple(found.reasons)


def recorded(path: Path) -> Iterator[Recorded]:
    """Yield what the file holds in the order in which it became known; skipped lines are left out."""
    items = [item for item in _items(path, lambda bytes_read: None) if not isinstance(item, Skipped)]
    items.sort(key=moment)
    yield from items


def _items(path: Path, progress: Callable[[int], None]) -> Iterator[Recorded | Skipped]:
    try:
        with path.open("rb") as file:
            for item in read_lines(bounded_lines(file), "csv" if path.suffix.lower() == ".csv" else "jsonl"):
                yield item
                progress(file.tell())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error


def _note(item: Recorded | Skipped, found: Scan) -> None:
    if isinstance(item, Skipped):
        found.skipped += 1
        if len(found.reasons) < REPORTED:
            found.reasons.append(f"line {item.line_number}: {item.reason}")
        return
    if isinstance(item, Coverage):
        found.covered.add(item.source)
        found.sources.add(item.source)
        first = item.start
    else:
        first = moment(item)
    if isinstance(item, Mention):
        found.mentions += 1
        found.sources.add(item.source)
        found.lacks_observed_at |= item.observed_at is None
    found.start = first if found.start is None else min(found.start, first)
    found.end = moment(item) if found.end is None else max(found.end, moment(item))
