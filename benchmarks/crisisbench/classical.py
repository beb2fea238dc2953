"""Surveillance statistics as epidemiology and operations use them, on the negative stories of the last hour.

Each is a short form of the method that it is named after, for counts that end with every bucket, and sees the past
alone. Scores are deviations; a cut makes them alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.crisisbench.background import PER_DAY, Floats
from benchmarks.crisisbench.streams import Stream

HOUR = 12
"""Buckets of an hour."""

DAYS, LAG = 7, 2
"""EARS: days of its baseline, and days between the baseline and now."""

SEASONS = 14
"""Earlier days at the same time of which the seasonal methods know; they say nothing before."""

LEAST_SPREAD = 0.5
"""Stories that counts vary by at least: a quiet night does not make one story a wonder."""


def hourly(series: Floats) -> Floats:
    """Return sums of the last hour; of less at the beginning."""
    total = np.cumsum(series)
    total[HOUR:] -= total[:-HOUR].copy()
    return total


def ears_c2(stream: Stream) -> Floats:
    """Return (hour - mean) ÷ deviation of the hours of seven days that ended two days ago (Hutwagner et al. 2003)."""
    hours = hourly(stream.negative)
    length, lag = DAYS * PER_DAY, LAG * PER_DAY
    mean, square = _trailing_mean(hours, length), _trailing_mean(hours * hours, length)
    spread = np.sqrt(np.maximum(square - mean * mean, LEAST_SPREAD**2))
    found = np.zeros(len(hours))
    found[length + lag :] = (hours[length + lag :] - mean[length:-lag]) / spread[length:-lag]
    return np.maximum(0.0, found)


def farrington(stream: Stream) -> Floats:
    """Return the distance of the hour from that hour of earlier days, on the scale of powers of 2/3.

    Farrington et al. 1996: counts are quasi-Poisson with dispersion φ ≥ 1, and y^(2/3) is nearly normal with deviation
    (2/3) μ^(1/6) φ^½. In place of years there are the same hours of fourteen days.
    """
    hours = hourly(stream.negative)
    past = _same_time(hours)
    mean = np.maximum(past.mean(axis=0), LEAST_SPREAD**2)
    dispersion = np.maximum(1.0, ((past - mean) ** 2).sum(axis=0) / (SEASONS - 1) / mean)
    spread = 2 / 3 * mean ** (1 / 6) * np.sqrt(dispersion * (1 + 1 / SEASONS))
    return _from_then_on((hours ** (2 / 3) - mean ** (2 / 3)) / spread)


def seasonal_esd(stream: Stream) -> Floats:
    """Return the extreme studentised deviate of the hour: less the median of its time of day, ÷ 1.4826 MAD.

    Hochenbaum et al. 2017 (S-H-ESD) with the seasonal median in place of a decomposition that would see the future.
    """
    hours = hourly(stream.negative)
    past = _same_time(hours)
    middle = np.median(past, axis=0)
    spread = 1.4826 * np.median(np.abs(past - middle), axis=0)
    return _from_then_on((hours - middle) / np.maximum(spread, LEAST_SPREAD))


def spike_ratio(stream: Stream) -> Floats:
    """Return the volume of the last hour ÷ that of the hour before, as log monitors ask for spikes."""
    hours = hourly(stream.stories)
    before = np.concatenate([np.zeros(HOUR), hours[:-HOUR]])
    return np.asarray(hours / (before + 1.0))


def _trailing_mean(series: Floats, length: int) -> Floats:
    """Return means of the `length` values before each one; 0 where there are fewer."""
    total = np.concatenate([[0.0], np.cumsum(series)])
    found = np.zeros(len(series))
    found[length:] = (total[length:-1] - total[: -length - 1]) / length
    return found


def _same_time(series: Floats) -> Floats:
    """Return what was at this time of the last fourteen days, one row a day; rows begin with zeros."""
    return np.stack(
        [np.concatenate([np.zeros(day * PER_DAY), series[: -day * PER_DAY]]) for day in range(1, SEASONS + 1)]
    )


def _from_then_on(scores: Floats) -> Floats:
    """Return scores without those of the first days, of which no past is known, and without what is below usual."""
    found = np.maximum(0.0, scores)
    found[: SEASONS * PER_DAY] = 0.0
    return found


CLASSICAL: Mapping[str, Callable[[Stream], Floats]] = {
    "ears_c2_negatives": ears_c2,
    "farrington_negatives": farrington,
    "s_h_esd_negatives": seasonal_esd,
    "spike_ratio_volume": spike_ratio,
}
