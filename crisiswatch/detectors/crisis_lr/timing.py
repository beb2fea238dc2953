"""The grid of one bucket length: window lengths, slots of day and week, forgetting factors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

STEPS = tuple(timedelta(minutes=n) for n in (5, 15, 30, 60, 120))
RAMPS = tuple(timedelta(hours=n) for n in (4, 8, 16))
WINDOWS = STEPS + RAMPS
"""Lengths of windows, rounded to whole buckets. In a step all buckets weigh the same, in a ramp the newest most."""

HALF_HOURS = 48
EIGHTHS = 8
"""Parts of the day whose negative share is learnt: three hours each."""

LEAST_STRIDE = 3
"""Buckets from one learning of a window's variances to the next, at least: each costs as much as a score."""

LONGEST_PERIOD = 1024
"""Buckets after which whose turn it is repeats itself, at most, for there to be a table of it."""

PENALTY = 0.7
"""Nats that a window half as long as another costs more, divided by ln 2."""

SHARE_VARIANCE, RATE_VARIANCE = 0.02, 0.03
"""Variances, before any is learnt, of the deviations of logit(share) and of log(rate) from the baseline."""

PHI_SHARE, PHI_RATE = 0.995, 0.96
"""What is left of a deviation of share and rate after five minutes: half-lives of 11.5 h and 85 min."""


@dataclass(frozen=True, slots=True)
class Window:
    """One window: its length in buckets, penalty in nats, and how much of a predicted deviation is left on average.

    A ramp weighs its buckets from 1 to `length`; `scale` turns weighted sums into as many equal buckets as tell as
    much: their chance variation is that of so many.

    Variances are learnt every `stride` buckets and forgotten by `forget` each time; `*_prior` ÷ `*_weight` are the
    variances of share and rate before that, weighing as much as 40 windows.
    """

    length: int
    is_ramp: bool
    scale: float
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
    """All that depends on the length of a bucket. `keep_*` are forgetting factors per bucket; `phi_*` and `fade_*` are
    what is left of a deviation, and of its variance, after one. `turns` says, bucket by bucket and then from its
    beginning again, which windows may have to learn their variances. `spans` are index, length, whether it is a ramp,
    and scale of every window."""

    bucket: timedelta
    per_day: int
    windows: tuple[Window, ...]
    local: int
    phi_share: float
    phi_rate: float
    fade_share: float
    fade_rate: float
    keep_level: float
    keep_time_of_day: float
    keep_weekday: float
    keep_share: float
    keep_duplication: float
    keep_copies: float
    keep_part_of_day: float
    keep_mixture: float
    turns: tuple[tuple[int, ...], ...]
    spans: tuple[tuple[int, int, bool, float], ...]

    @property
    def per_hour(self) -> float:
        """Return the number of buckets in an hour."""
        return self.per_day / 24

    @property
    def ring(self) -> int:
        """Return the number of buckets that are remembered one by one."""
        return self.windows[-1].length


@lru_cache(maxsize=16)
def timing(bucket: timedelta) -> Timing:
    """Return the grid for buckets of that length, from one minute to one hour."""
    per_day = round(timedelta(days=1) / bucket)
    fives = bucket / timedelta(minutes=5)
    phi_share, phi_rate = PHI_SHARE**fives, PHI_RATE**fives
    steps = sorted({max(1, round(step / bucket)) for step in STEPS})
    ramps = [round(ramp / bucket) for ramp in RAMPS]
    phis = (phi_share, phi_rate)
    windows = tuple(_window([1.0] * length, ramps[-1], phis, per_day) for length in steps)
    windows += tuple(_window([float(n + 1) for n in range(length)], ramps[-1], phis, per_day) for length in ramps)
    hour = max(1, round(timedelta(hours=1) / bucket))
    return Timing(
        bucket=bucket,
        per_day=per_day,
        windows=windows,
        local=min(range(len(steps)), key=lambda i: abs(steps[i] - hour)),
        phi_share=phi_share,
        phi_rate=phi_rate,
        fade_share=phi_share**2,
        fade_rate=phi_rate**2,
        keep_level=_half(3 * per_day),
        keep_time_of_day=_half(14 * per_day / 24),
        keep_weekday=_half(3 * per_day),
        keep_share=_half(7 * per_day),
        keep_duplication=_half(per_day),
        keep_copies=_half(per_day / 48),
        keep_part_of_day=_half(14 * per_day / EIGHTHS),
        keep_mixture=_half(per_day / 3),
        turns=_turns([window.stride for window in windows]),
        spans=tuple((index, each.length, each.is_ramp, each.scale) for index, each in enumerate(windows)),
    )


@lru_cache(maxsize=2048)
def slots(hour: int, minute: int, second: int) -> tuple[int, int, float, int, int, float]:
    """Return the two half hours a time of day lies between and the weight of the second; then alike the eighths."""
    minutes = hour * 60 + minute + second / 60
    return (*_between(minutes, HALF_HOURS), *_between(minutes, EIGHTHS))


def _between(minutes: float, parts: int) -> tuple[int, int, float]:
    """Return the two of so many equal parts of the day between whose middles a time lies, and the second's weight."""
    position = minutes * parts / 1440 - 0.5
    first = math.floor(position)
    return first % parts, (first + 1) % parts, position - first


def _turns(strides: list[int]) -> tuple[tuple[int, ...], ...]:
    """Return, until it repeats itself, the indices of the strides that divide a position; of any where that is long."""
    period = math.lcm(*strides)
    if period > LONGEST_PERIOD:
        return (tuple(range(len(strides))),)
    return tuple(tuple(i for i, stride in enumerate(strides) if position % stride == 0) for position in range(period))


def _half(buckets: float) -> float:
    return float(0.5 ** (1 / buckets))


def _window(weights: list[float], longest: int, phis: tuple[float, float], per_day: int) -> Window:
    """Return the window whose buckets weigh so much, oldest first."""
    length, total = len(weights), sum(weights)
    stride = max(LEAST_STRIDE, length // 3)
    prior = 40.0 * length
    share_left, rate_left = (sum(w * phi ** (n + 1) for n, w in enumerate(weights)) / total for phi in phis)
    return Window(
        length=length,
        is_ramp=weights[0] != weights[-1],
        scale=total / sum(weight * weight for weight in weights),
        penalty=PENALTY * math.log(longest / length),
        share_left=share_left,
        rate_left=rate_left,
        stride=stride,
        forget=1 - _half(28 * per_day) ** stride,
        share_prior=prior / SHARE_VARIANCE,
        share_weight=prior / SHARE_VARIANCE**2,
        rate_prior=prior / RATE_VARIANCE,
        rate_weight=prior / RATE_VARIANCE**2,
    )
