"""What others do: rules on counts as they are sold, classical statistics, detectors of river, and our former ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from river.drift import ADWIN, PageHinkley

from benchmarks.crisisbench.background import PER_DAY, PER_WEEK, Floats
from benchmarks.crisisbench.classical import CLASSICAL
from benchmarks.crisisbench.off_the_shelf import off_the_shelf
from benchmarks.crisisbench.streams import Stream
from crisiswatch.core.models import Count
from crisiswatch.detectors.crisis_scan import CrisisScan
from crisiswatch.detectors.share_cusum import ShareCusum

HOUR = 12


def baseline_scores(stream: Stream) -> dict[str, Floats]:
    """Return the scores of the rules that have a threshold to set."""
    rules = {**_RULES, **CLASSICAL}
    return {name: np.asarray(rule(stream)) for name, rule in rules.items()} | off_the_shelf(stream)


def native_alarms(stream: Stream) -> dict[str, Floats]:
    """Return 1 where a drift detector on the hourly negative share says that it drifted upwards, else 0."""
    share = _hourly_share(stream)
    return {name: make(share) for name, make in _DRIFTS.items()}


def _rolling(series: Floats, length: int) -> Floats:
    """Return sums of the last `length` buckets; of fewer at the beginning."""
    total = np.cumsum(series)
    total[length:] -= total[:-length].copy()
    return total


def _z_score_negatives(stream: Stream) -> Floats:
    """Return how many deviations of a week the negatives of the last hour are above their mean."""
    hour = _rolling(stream.negative, HOUR)
    mean = _rolling(hour, PER_WEEK) / PER_WEEK
    spread = np.sqrt(np.maximum(_rolling(hour * hour, PER_WEEK) / PER_WEEK - mean * mean, 0.25))
    return np.maximum(0.0, (hour - mean) / spread)


def _day_ratio_volume(stream: Stream) -> Floats:
    """Return the volume of the last hour ÷ the mean hour of the last day."""
    return _rolling(stream.stories, HOUR) / (_rolling(stream.stories, PER_DAY) / 24 + 0.5)


def _share_jump(stream: Stream) -> Floats:
    """Return the negative share of the last hour less that of the last week."""
    week = (_rolling(stream.negative, PER_WEEK) + 0.45) / (_rolling(stream.stories, PER_WEEK) + 3)
    return np.maximum(0.0, _hourly_share(stream) - week)


def _hourly_share(stream: Stream) -> Floats:
    """Return the negative share of the last hour, drawn to 15 % by three pseudo-mentions."""
    return (_rolling(stream.negative, HOUR) + 0.45) / (_rolling(stream.stories, HOUR) + 3)


class _Drift(Protocol):
    """What is used of river's drift detectors."""

    @property
    def drift_detected(self) -> bool: ...

    def update(self, x: float) -> None: ...


def _page_hinkley(share: Floats) -> Floats:
    detector: _Drift = PageHinkley(delta=0.02, threshold=10, mode="up")
    alarms = np.zeros(len(share))
    for index, value in enumerate(share.tolist()):
        detector.update(value)
        alarms[index] = float(detector.drift_detected)
    return alarms


def _adwin(share: Floats) -> Floats:
    """Return alarms of ADWIN where the mean of its window rose; it says no direction itself."""
    adwin = ADWIN(delta=1e-6)  # type: ignore[no-untyped-call]  # river leaves it untyped
    detector: _Drift = adwin
    alarms = np.zeros(len(share))
    for index, value in enumerate(share.tolist()):
        before = adwin.estimation
        detector.update(value)
        alarms[index] = float(detector.drift_detected and adwin.estimation > before)
    return alarms


def former_scores(counts: Sequence[Count]) -> dict[str, Floats]:
    """Return the scores of the detectors that the shipped one replaced: each alone, and both together."""
    scan, cusum = CrisisScan(), ShareCusum()
    scans, sums = [], []
    for count in counts:
        scans.append(scan.score_one(count))
        sums.append(cusum.score_one(count))
        scan.learn_one(count)
        cusum.learn_one(count)
    found = {"crisis_scan": np.asarray(scans), "share_cusum": np.asarray(sums)}
    return {**found, "crisis_scan+0.3_share_cusum": found["crisis_scan"] + 0.3 * found["share_cusum"]}


_RULES: Mapping[str, Callable[[Stream], Floats]] = {
    "z_score_7d_negatives": _z_score_negatives,
    "day_ratio_volume": _day_ratio_volume,
    "share_jump_7d": _share_jump,
}

_DRIFTS: Mapping[str, Callable[[Floats], Floats]] = {
    "page_hinkley_share": _page_hinkley,
    "adwin_share": _adwin,
}
