"""The grid of one bucket length: window lengths, slots of day and week, forgetting factors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

WINDOWS = tuple(timedelta(minutes=5 * n) for n in (1, 2, 3, 6, 12, 24, 48, 96, 192))
"""Window lengths at buckets of five minutes; other bucket lengths are rounded to these."""

HALF_HOURS = 48
SHARE_VARIANCE, RATE_VARIANCE = 0.02, 0.03
"""Variances, before any is learnt, of the deviations of logit(share) and of log(rate) from the baseline."""

PHI_SHARE, PHI_RATE = 0.995, 0.96
"""What is left of a deviation of share and rate after five minutes: half-lives of 11.5 h and 85 min."""


@dataclass(frozen=True, slots=True)
class Window:
    """One window: its length in buckets, penalty in nats, and how much of a predicted deviation is left on average.

    Variances are learnt every `stride` buckets and forgotten by `forget` each time; `*_prior` ÷ `*_weight` are the
    variances of share and rate before that, weighing as much as 40 windows.
    """

    length: int
    penalty: float
    share_left: float
    rate_left: float
    stride: int
    forget: float
    share_prior: float
    share_weight: float
    rate_prior: float
    rate_weight: float


@dataclass(frozen=True, slots=True)
class Timing:
    """All that depends on the length of a bucket. `keep_*` are forgetting factors per bucket."""

    bucket: timedelta
    per_day: int
    windows: tuple[Window, ...]
    local: int
    phi_share: float
    phi_rate: float
    keep_level: float
    keep_time_of_day: float
    keep_weekday: float
    keep_share: float
    keep_duplication: float
    keep_copies: float

    @property
    def ring(self) -> int:
        """Return the number of buckets that are remembered one by one."""
        return self.windows[-1].length + 1


@lru_cache(maxsize=16)
def timing(bucket: timedelta) -> Timing:
    """Return the grid for buckets of that length, from one minute to one hour."""
    per_day = round(timedelta(days=1) / bucket)
    fives = bucket / timedelta(minutes=5)
    phi_share, phi_rate = PHI_SHARE**fives, PHI_RATE**fives
    lengths = sorted({max(1, round(window / bucket)) for window in WINDOWS})
    longest = lengths[-1]
    windows = tuple(_window(length, longest, phi_share, phi_rate, per_day) for length in lengths)
    hour = max(1, round(timedelta(hours=1) / bucket))
    return Timing(
        bucket=bucket,
        per_day=per_day,
        windows=windows,
        local=min(range(len(lengths)), key=lambda i: abs(lengths[i] - hour)),
        phi_share=phi_share,
        phi_rate=phi_rate,
        keep_level=_half(3 * per_day),
        keep_time_of_day=_half(14 * per_day / 24),
        keep_weekday=_half(3 * per_day),
        keep_share=_half(7 * per_day),
        keep_duplication=_half(per_day),
        keep_copies=_half(per_day / 48),
    )


def slots(start: datetime) -> tuple[int, int, float, int]:
    """Return the two half hours a bucket lies between, the weight of the second, and the weekday."""
    position = (start.hour * 60 + start.minute + start.second / 60) / 30 - 0.5
    first = math.floor(position)
    return first % HALF_HOURS, (first + 1) % HALF_HOURS, position - first, start.weekday()


def _half(buckets: float) -> float:
    return float(0.5 ** (1 / buckets))


def _window(length: int, longest: int, phi_share: float, phi_rate: float, per_day: int) -> Window:
    stride = max(1, length // 3)
    prior = 40.0 * length
    return Window(
        length=length,
        penalty=0.5 * math.log(longest / length),
        share_left=_average_left(phi_share, length),
        rate_left=_average_left(phi_rate, length),
        stride=stride,
        forget=1 - _half(28 * per_day) ** stride,
        share_prior=prior / SHARE_VARIANCE,
        share_weight=prior / SHARE_VARIANCE**2,
        rate_prior=prior / RATE_VARIANCE,
        rate_weight=prior / RATE_VARIANCE**2,
    )


def _average_left(phi: float, length: int) -> float:
    return phi * (1 - phi**length) / (length * (1 - phi))
