"""Which part of a stretch was really seen, source by source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from crisiswatch.core.models import Coverage, Quality


class Covered(msgspec.Struct):
    """The seen stretches of every source, disjoint and in order. PARTIAL counts as seen, UNKNOWN does not."""

    stretches: dict[str, list[tuple[datetime, datetime]]] = msgspec.field(default_factory=dict)

    def add(self, coverage: Iterable[Coverage]) -> None:
        """Add stretches; they may overlap and come in any order."""
        for piece in coverage:
            if piece.quality is not Quality.UNKNOWN and piece.start < piece.end:
                self._add_one(piece.source, piece.start, piece.end)

    def forget(self, before: datetime) -> None:
        """Drop what ended before that time."""
        for source, stretches in self.stretches.items():
            if stretches and stretches[0][1] < before:
                self.stretches[source] = [piece for piece in stretches if piece[1] >= before]

    def part(self, source: str, start: datetime, end: datetime) -> float:
        """Return the seen part of [start, end) of a source, 0..1."""
        seen = 0.0
        for begins, ends in reversed(self.stretches.get(source, ())):
            if ends <= start:
                break
            overlap = (min(ends, end) - max(begins, start)).total_seconds()
            seen += max(0.0, overlap)
        return min(1.0, seen / (end - start).total_seconds())

    def _add_one(self, source: str, start: datetime, end: datetime) -> None:
        stretches = self.stretches.setdefault(source, [])
        while stretches and stretches[-1][1] >= start:
            begins, ends = stretches.pop()
            if begins > end:  # a late piece before newer ones: put it in its place
                self._insert(stretches, start, end, (begins, ends))
                return
            start, end = min(start, begins), max(end, ends)
        stretches.append((start, end))

    def _insert(
        self,
        stretches: list[tuple[datetime, datetime]],
        start: datetime,
        end: datetime,
        newer: tuple[datetime, datetime],
    ) -> None:
        stretches.append(newer)
        stretches.append((start, end))
        stretches.sort()
        merged: list[tuple[datetime, datetime]] = []
        for begins, ends in stretches:
            if merged and begins <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
            else:
                merged.append((begins, ends))
        stretches[:] = merged


def covered_share(covered: Covered, usual: Mapping[str, float], start: datetime, end: datetime) -> float:
    """Return the seen share of the usual volume of [start, end), 0..1; sources count alike while none is known."""
    if not usual:
        return 0.0
    total = sum(usual.values())
    if total <= 0:
        return sum(covered.part(source, start, end) for source in usual) / len(usual)
    return sum(volume * covered.part(source, start, end) for source, volume in usual.items()) / total
