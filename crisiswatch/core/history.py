"""History: stored observations as closed buckets of their own time, from which a detector learns what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.core.counting import Counting, floor, negativity_bin, volumes
from crisiswatch.core.covering import Covered, covered_share
from crisiswatch.core.models import Count, Coverage, Observation
from crisiswatch.core.series import Point
from crisiswatch.core.steps import Detector
from crisiswatch.core.stories import StoryIndex
from crisiswatch.core.transactions import cursor_name

LANE = "backfill"
"""The lane of a source's past: its cursor and its coverage are kept apart from what is seen live."""

LEAST_COVERED = 0.5
"""A bucket of which less of the usual volume was seen teaches nothing: nor is such a brand judged while live."""

FORGET_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What is kept of an observation while history is counted; `bin` is its negativity's (-1: not scored)."""

    at: datetime
    uid: bytes
    source: str
    bin: int
    sketch: tuple[int, ...]


def glimpse(seen: Observation) -> Glimpse:
    """Return an observation as history keeps it, live or not: at the time of its bucket."""
    return Glimpse(seen.bucket_time, seen.uid, seen.source, negativity_bin(seen.negativity), seen.sketch)


def seen_stretches(coverage: Iterable[Coverage], sources: Sequence[str]) -> Covered:
    """Return what was seen of these sources, live or afterwards."""
    names = {cursor_name(source, lane): source for source in sources for lane in ("", LANE)}
    covered = Covered()
    for piece in sorted(coverage, key=lambda piece: (piece.source, piece.start)):
        if piece.source in names:
            covered.add([Coverage(names[piece.source], piece.start, piece.end, piece.quality)])
    return covered


def history(glimpses: Iterable[Glimpse], covered: Covered, counting: Counting, end: datetime) -> tuple[Count, ...]:
    """Return the buckets before `end` of which enough was seen, oldest first; stories are counted once.

    A mention of a source that was not seen as a whole then, such as what a feed still listed at the first look, is
    left out: such a rest says nothing of the volume. Sources weigh as they do live, alike while none is known.
    """
    counts: dict[datetime, list[float]] = {start: [0.0, 0.0, 0.0] for start in _seen_starts(covered, counting, end)}
    stories, forgotten = StoryIndex(), None
    for each in sorted(glimpses, key=lambda each: (each.at, each.uid)):
        start = floor(each.at, counting.bucket)
        found = counts.get(start)
        if found is None or covered.part(each.source, start, start + counting.bucket) < LEAST_COVERED:
            continue
        if forgotten is None or each.at - forgotten > FORGET_EVERY:
            stories.forget(each.at)
            forgotten = each.at
        _, is_first = stories.assign(each.sketch, each.at)
        found[2] += 1
        if is_first:
            found[0] += 1
            found[1] += counting.weights[each.bin] if each.bin >= 0 else 0.0
    return tuple(_count(start, found, covered, counting) for start, found in counts.items())


def learn_history(detector: Detector, counts: Sequence[Count], points: Sequence[Point]) -> None:
    """Teach a fresh detector what went before `points`, then these, which a brand has lived through since.

    Between the two it rests: what history holds can be no evidence, however bad it was.
    """
    begin = points[0].start if points else None
    copies = {count.start: count.copies for count in counts}
    for count in counts:
        if begin is None or count.start < begin:
            detector.learn_one(count)
    detector.rest()
    for point in points:
        detector.learn_one(_lived(point, copies))


def _seen_starts(covered: Covered, counting: Counting, end: datetime) -> list[datetime]:
    pieces = [piece for stretches in covered.stretches.values() for piece in stretches]
    if not pieces:
        return []
    usual, found = volumes(counting), []
    start = floor(min(begin for begin, _ in pieces), counting.bucket)
    while start + counting.bucket <= end:
        if covered_share(covered, usual, start, start + counting.bucket) >= LEAST_COVERED:
            found.append(start)
        start += counting.bucket
    return found


def _count(start: datetime, found: Sequence[float], covered: Covered, counting: Counting) -> Count:
    share = covered_share(covered, volumes(counting), start, start + counting.bucket)
    return Count(start, found[0], found[1], found[2], share)


def _lived(point: Point, copies: Mapping[datetime, float]) -> Count:
    negative = min(point.stories, (point.share or 0.0) * point.stories)
    return Count(point.start, point.stories, negative, max(point.stories, copies.get(point.start, 0.0)), point.covered)
