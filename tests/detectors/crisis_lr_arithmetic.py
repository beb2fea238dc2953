"""The arithmetic of the reference: beliefs, half hours, surprise and decay."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

from crisiswatch.core.models import Count

Gap = tuple[float, float, int, float, float, float, int]
"""Stories expected in a silence, backlog, buckets left for it, recent copies, recent stories, missing share, evens."""


class Kept(NamedTuple):
    stories: float
    negative: float
    expect: float
    usually: float


class Believed(NamedTuple):
    kept: Kept
    is_gap: bool
    is_flood: bool
    is_backlog: bool


class Usual(NamedTuple):
    stories: float
    level: float
    tod: float
    weekday: float
    share: float
    all_day: float
    weight: float
    day_mass: float
    week_mass: float
    copied: float


def believe(count: Count, usual: Usual, gap: Gap, is_over: bool, keeps: tuple[float, float]) -> tuple[Believed, Gap]:
    expect = usual.stories * count.covered
    silent, backlog, left, copies, told, missing, evens = gap
    copies, told, missing = copies * keeps[0], told * keeps[0], missing * keeps[1]
    if count.stories == 0:
        silent += expect
    else:
        if silent > 9.0:
            backlog, left = silent * 1.3, 3
        silent = 0.0
    nothing = Believed(Kept(0.0, 0.0, 0.0, 0.0), True, False, False)
    if is_over and count.covered < 0.5:
        return nothing, (silent, backlog + usual.stories - expect, 3, copies, told, missing, evens)
    if silent > 9.0:
        return nothing, (silent, backlog, left, copies, told, missing, evens)
    stories, negative, every, evens = unpaired(count, evens)
    if is_over:
        missing = max(missing, 1 - count.covered)
    if left:
        arrived = min(backlog, max(0.0, stories - expect))
        expect, left = expect + arrived, left - 1
        backlog = backlog - arrived if left else 0.0
    copies, told = copies + every, told + stories
    bar = max(2.0, 1.5 * math.exp(usual.copied) - 0.75)
    is_flood = every > bar * stories + 3 or copies > bar * told + 3
    if is_flood:
        stories, negative = min(stories, expect), min(negative, expect * usual.share)
    over = min(copies, 4 * (bar * told + 3))
    kept = Kept(stories, negative, expect, stories * usual.share)
    return Believed(kept, False, is_flood, left > 0), (silent, backlog, left, over, told, missing, evens)


def unpaired(count: Count, evens: int) -> tuple[float, float, float, int]:
    """Return stories, negative and copies, halved where 16 counts in a row were even, and how many were."""
    odd = count.stories % 2 != 0 or count.negative % 2 != 0
    if count.stories > 0:
        evens = 0 if odd else evens + 1 + (count.negative > 0)
    times = 2 if evens >= 16 else 1
    return count.stories / times, count.negative / times, count.copies / times, evens


def half_hours(start: datetime) -> tuple[int, int, float]:
    return parts(start, 48)


def parts(start: datetime, number: int) -> tuple[int, int, float]:
    place = (start.hour * 60 + start.minute + start.second / 60) / (1440 / number) - 0.5
    first = math.floor(place)
    return first % number, (first + 1) % number, place - first


def shifted(share: float, by: float) -> float:
    return 1 / (1 + math.exp(-logit(share) - by))


def volume_surprise(stories: float, expect: float, shape: float) -> float:
    if stories <= expect:
        return 0.0
    return stories * math.log(stories / expect) - (stories + shape) * math.log((stories + shape) / (expect + shape))


def decayed(pair: tuple[float, float], keep: float, above: float, below: float) -> tuple[float, float]:
    return pair[0] * keep + above, pair[1] * keep + below


def half(buckets: float) -> float:
    return float(0.5 ** (1 / buckets))


def logit(share: float) -> float:
    return math.log(share / (1 - share))


def clip(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)
