"""The recent past of one brand as people see it: counts against what is usual, bucket by bucket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crisiswatch.core.sharing import Rates


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


def with_shown_shares(points: Iterable[Point], rates: Rates) -> tuple[Point, ...]:
    """Return points whose shares are corrected; those of judging are by the detector's own count."""
    return tuple(p if p.share is None else replace(p, share=rates.correct(p.share)) for p in points)
