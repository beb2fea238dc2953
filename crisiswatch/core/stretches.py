"""Stretches of time: which of them are done, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec


class Stretch(msgspec.Struct, frozen=True, order=True, array_like=True):
    """The time [start, end), aware, UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Return how long it is."""
        return self.end - self.start


def missing(wanted: Stretch, done: Sequence[Stretch], least: timedelta) -> list[Stretch]:
    """Return the parts of `wanted` that are not done, newest first; parts shorter than `least` are let go."""
    gaps: list[Stretch] = []
    start = wanted.start
    for known in sorted(done):
        gaps.append(Stretch(start, min(known.start, wanted.end)))
        start = max(start, known.end)
    gaps.append(Stretch(start, wanted.end))
    return [gap for gap in reversed(gaps) if gap.length >= least]


def merged(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Return the same time in disjoint stretches, oldest first."""
    found: list[Stretch] = []
    for piece in sorted(stretches):
        if found and piece.start <= found[-1].end:
            found[-1] = Stretch(found[-1].start, max(found[-1].end, piece.end))
        else:
            found.append(piece)
    return tuple(found)
