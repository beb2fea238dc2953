"""Remembers, while a recording is played, what its report will draw: the whole stretch, and every incident closely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from crisiswatch.core.counting import floor, shown_rates
from crisiswatch.core.incidents import Change, Event, Incident
from crisiswatch.core.series import Point, Series, with_shown_shares
from crisiswatch.core.sharing import Rates
from crisiswatch.engine.watched import Watched

COARSE = timedelta(hours=1)
"""The bucket in which the whole stretch is remembered."""

BEFORE, LONGEST = timedelta(hours=6), timedelta(days=3)
"""How much calm an incident's picture shows before it, and how much it shows at most."""

LOOK_BACK = 288
"""Buckets that may close between two ticks: a day of them."""


class Chronicle:
    """Hears of every tick. `stretches` holds each brand's whole past, `close_ups` each incident by its ULID."""

    def __init__(self) -> None:
        self._taken: dict[str, datetime] = {}
        self._hours: dict[str, list[Point]] = {}
        self._ended: list[Incident] = []
        self._rates: dict[str, Rates] = {}
        self.close_ups: dict[str, Series] = {}

    async def ticked(self, now: datetime, brands: Iterable[Watched], incidents: Iterable[Incident]) -> None:
        """Take the buckets that closed, and the picture of what ended."""
        watched_brands = list(brands)
        for watched in watched_brands:
            self._take(watched)
        if self._ended:
            self.finish(watched_brands, self._ended)
            self._ended = []

    def changed(self, incident: Incident, events: Sequence[Event]) -> None:
        """Note that an incident ended."""
        if any(event.change is Change.CLOSED for event in events):
            self._ended.append(incident)

    def finish(self, brands: Iterable[Watched], incidents: Iterable[Incident]) -> None:
        """Take the pictures of these incidents now."""
        by_name = {watched.brand: watched for watched in brands}
        self._rates |= {name: shown_rates(watched.counting) for name, watched in by_name.items()}
        for incident in incidents:
            if incident.brand in by_name:
                self.close_ups[incident.id] = _close_up(by_name[incident.brand], incident)

    def stretch(self, brand: str, most: int) -> Series | None:
        """Return the whole past of a brand in at most about `most` points; None if no bucket was closed."""
        hours = self._hours.get(brand)
        if not hours:
            return None
        length = COARSE * max(1, math.ceil(len(hours) / most))
        points = with_shown_shares(_coarser(hours, length), self._rates.get(brand, Rates()))
        return Series(brand, length, points, _usual_share(points))

    def _take(self, watched: Watched) -> None:
        points, taken = watched.judging.points, self._taken.get(watched.brand)
        if not points or points[-1].start == taken:
            return
        new = points if taken is None else [p for p in points[-LOOK_BACK:] if p.start > taken]
        self._taken[watched.brand] = points[-1].start
        hours = self._hours.setdefault(watched.brand, [])
        if hours and floor(new[0].start, COARSE) == hours[-1].start:
            last = hours.pop()
            hours.append(_joined([last, *(p for p in new if floor(p.start, COARSE) == last.start)], last.start))
            new = [p for p in new if floor(p.start, COARSE) != last.start]
        hours.extend(_coarser(new, COARSE))


def _close_up(watched: Watched, incident: Incident) -> Series:
    since = incident.evidence.since if incident.evidence else incident.opened_at
    start = since - BEFORE
    end = min(incident.closed_at or incident.updated_at + LONGEST, start + LONGEST)
    rates = incident.evidence.rates if incident.evidence else shown_rates(watched.counting)
    points = with_shown_shares((p for p in watched.judging.points if start <= p.start < end), rates)
    usual = incident.evidence.usual_share if incident.evidence else 0.0
    return Series(incident.brand, watched.counting.bucket, points, usual, since)


def _coarser(points: Sequence[Point], length: timedelta) -> list[Point]:
    found: dict[datetime, list[Point]] = {}
    for point in points:
        found.setdefault(floor(point.start, length), []).append(point)
    return [_joined(inside, start) for start, inside in found.items()]


def _joined(points: Sequence[Point], start: datetime) -> Point:
    """Return one point for several; the range is as if their counts varied independently of each other."""
    stories, expected = sum(p.stories for p in points), sum(p.expected for p in points)
    below = math.sqrt(sum((p.expected - p.lower) ** 2 for p in points))
    above = math.sqrt(sum((p.upper - p.expected) ** 2 for p in points))
    negative = sum(p.stories * p.share for p in points if p.share is not None)
    return Point(
        start=start,
        stories=stories,
        expected=expected,
        lower=max(0.0, expected - below),
        upper=expected + above,
        share=negative / stories if stories else None,
        covered=sum(p.covered for p in points) / len(points),
    )


def _usual_share(points: Sequence[Point]) -> float:
    stories = sum(p.stories for p in points)
    return sum(p.stories * (p.share or 0.0) for p in points) / stories if stories else 0.0
