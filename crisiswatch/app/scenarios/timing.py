"""When things are said: by hour of the day, at weekends, and when something happens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

Rate = Callable[[datetime], float]
"""How many mentions an hour are usual at a moment."""

BUSIEST = 56.0
"""Mentions an hour, of all brands and sources, in the busiest hour of a working day."""

_HOURS = (
    0.26, 0.19, 0.15, 0.13, 0.14, 0.22, 0.45, 0.74, 0.92, 0.97, 0.95, 0.93,
    0.98, 1.00, 0.95, 0.92, 0.92, 0.95, 0.97, 0.98, 0.96, 0.86, 0.62, 0.40,
)  # fmt: skip
_WEEKEND = 0.85
_LATER_AT_WEEKENDS = 1.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time: [start, end)."""

    start: datetime
    end: datetime


def usual(share: float) -> Rate:
    """Return the ordinary rate of a part of all mentions: full by day, low at night, less and later at weekends."""

    def rate(moment: datetime) -> float:
        hour = moment.hour + moment.minute / 60
        if moment.weekday() < 5:
            return share * BUSIEST * _shape(hour)
        return share * BUSIEST * _WEEKEND * _shape(hour - _LATER_AT_WEEKENDS)

    return rate


def outbreak(start: datetime, peak: float, rise: timedelta, fall: timedelta) -> Rate:
    """Return a rate that is 0 before `start`, climbs within about `rise`, and sinks slowly to under half."""

    def rate(moment: datetime) -> float:
        since = moment - start
        if since < timedelta(0):
            return 0.0
        return peak * (1.0 - math.exp(-since / rise)) * (0.45 + 0.55 * math.exp(-since / fall))

    return rate


def arrivals(random: Random, stretch: Stretch, rate: Rate, most: float) -> Iterator[datetime]:
    """Yield moments of the stretch, to the millisecond, at random with that rate; it never exceeds `most`."""
    length = (stretch.end - stretch.start).total_seconds()
    seconds = random.expovariate(most) * 3600
    while seconds < length:
        moment = stretch.start + timedelta(milliseconds=int(seconds * 1000))
        if random.random() * most < rate(moment):
            yield moment
        seconds += random.expovariate(most) * 3600


def _shape(hour: float) -> float:
    before = math.floor(hour)
    part = hour - before
    return (1 - part) * _HOURS[before % 24] + part * _HOURS[(before + 1) % 24]
