"""The recent past of one brand as people see it: counts against what is usual, bucket by bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket: stories seen, what was expected and its range, the negative share (None: nothing said)."""

    start: datetime
    stories: float
    expected: float
    lower: float
    upper: float
    share: float | None
    covered: float = 1.0


@dataclass(frozen=True, slots=True)
class Series:
    """Points oldest first, one per bucket of `length`; `since` marks the start of the trouble."""

    brand: str
    length: timedelta
    points: tuple[Point, ...]
    usual_share: float
    since: datetime | None = None
