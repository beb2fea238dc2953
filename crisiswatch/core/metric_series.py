"""Metric series judged: counts that are not mentions. A new kind of value is noticed, and asks for a closer look.

Every point is judged once, as it was first observed, in the order of time; corrections change what is stored and shown,
never what was judged. A notice makes a brand watched at most; the *investigation* that it plans is an effect: the shell
polls sooner, and reads posts where reading costs money, under the spending cap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

import msgspec

from crisiswatch.core.models import MetricPoint, Notice
from crisiswatch.core.steps import SeriesDetector

DETECTOR = "metric_series"
"""The name by which evidence and explanations know it."""

WARM_FOR, WARM_LEAST, WARM_MOST = timedelta(days=3), 30, 864
"""How much of a series is learnt before anything is said of it; and how many points that is, at least and at most."""

FRESH = timedelta(hours=6)
"""A point that ended longer before it was observed is history: learnt, never noticed. Or two points' length."""

HOLDS, HOLDS_AT_MOST = timedelta(hours=1), timedelta(hours=6)
"""How long a notice holds after its point was observed: a point's length, within these."""

RECENT = 96
"""Points whose median is called usual."""

COUNT_SIGMAS, RISE = 4.0, 1.5
"""A count is worth a word from so many Poisson deviations, and so many times, above usual: one edit is no news."""


class Followed(msgspec.Struct):
    """What is remembered of one series. `until` is the start of the last point that was judged."""

    source: str
    length: timedelta
    until: datetime
    recent: list[float] = []
    value: float = 0.0
    usual: float = 0.0
    score: float = 0.0
    noticed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Investigate:
    """An effect: ask these sources about the brand now, and more often until then. `series` says why."""

    brand: str
    source: str
    series: str
    sources: tuple[str, ...]
    until: datetime


@dataclass(slots=True)
class SeriesWatch:
    """The metric series of one brand, by `source/series`, each with a detector of its own."""

    make: Callable[[timedelta, bytes | None], SeriesDetector]
    followed: dict[str, Followed] = field(default_factory=dict)
    detectors: dict[str, SeriesDetector] = field(default_factory=dict)

    def notices(self, now: datetime) -> tuple[Notice, ...]:
        """Return what holds at `now`, one for each series that was judged; a score below 1 is for the record."""
        found = []
        for key, series in sorted(self.followed.items()):
            is_held = series.noticed_until is not None and now < series.noticed_until
            found.append(Notice(DETECTOR, key, series.score if is_held else 0.0, series.value, series.usual))
        return tuple(found)


def judge_points(
    state: SeriesWatch, brand: str, points: Iterable[MetricPoint], sources: Sequence[str], now: datetime
) -> tuple[Investigate, ...]:
    """Judge points that are news, oldest first, then learn them; return what is to be looked at more closely."""
    planned: dict[str, Investigate] = {}
    for point in sorted(points, key=_order):
        until = _judge(state, point, now)
        if until is not None:
            key = _key(point)
            planned[key] = Investigate(brand, point.source, point.series, tuple(sources), until)
    return tuple(planned.values())


def warm_up(length: timedelta) -> int:
    """Return how many points of that length are learnt before one is judged."""
    return min(WARM_MOST, max(WARM_LEAST, WARM_FOR // max(length, timedelta(seconds=1))))


def _judge(state: SeriesWatch, point: MetricPoint, now: datetime) -> datetime | None:
    """Learn one point; return until when it is worth a notice, None where it is none."""
    key = _key(point)
    series = state.followed.get(key)
    if series is None or series.length != point.length:
        series = state.followed[key] = Followed(point.source, point.length, point.start - point.length)
        state.detectors[key] = state.make(point.length, None)
    if point.start <= series.until:
        return None
    detector = state.detectors[key]
    score = detector.score_one(point.value, point.start)
    detector.learn_one(point.value, point.start)
    recent = deque(series.recent, maxlen=RECENT)
    usual = median(recent) if recent else point.value
    is_worth = score > 0 and _is_fresh(point, now) and _is_worse(point, usual, recent)
    recent.append(point.value)
    series.until, series.value, series.usual, series.recent = point.start, point.value, usual, list(recent)
    if not is_worth:
        return None
    series.score = score
    series.noticed_until = (point.observed_at or now) + min(max(point.length, HOLDS), HOLDS_AT_MOST)
    return series.noticed_until


def _is_fresh(point: MetricPoint, now: datetime) -> bool:
    return (point.observed_at or now) - (point.start + point.length) <= max(FRESH, 2 * point.length)


def _is_worse(point: MetricPoint, usual: float, recent: Iterable[float]) -> bool:
    """Tell whether a value is on the bad side, and a count far enough from usual to be no whim of chance."""
    if point.is_mood:
        return point.value < usual
    if point.value < usual * RISE:
        return False
    is_count = all(value % 1 == 0 for value in (point.value, *recent))
    return not is_count or point.value - usual >= COUNT_SIGMAS * max(usual, 1.0) ** 0.5


def _key(point: MetricPoint) -> str:
    return f"{point.source}/{point.series}"


def _order(point: MetricPoint) -> tuple[datetime, str, str]:
    return (point.start, point.source, point.series)
