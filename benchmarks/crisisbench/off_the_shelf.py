"""River's anomaly detectors as they come, with the options that they have by themselves, on what an hour holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from river.anomaly import GaussianScorer, HalfSpaceTrees, OneClassSVM, StandardAbsoluteDeviation

from benchmarks.crisisbench.background import PER_WEEK, Floats
from benchmarks.crisisbench.classical import hourly
from benchmarks.crisisbench.streams import Stream

Seen = list[dict[str, float]]
"""Stories, negative stories and their share of the last hour, bucket by bucket, each from 0 to 1."""


def off_the_shelf(stream: Stream) -> dict[str, Floats]:
    """Return the scores of every detector by bucket; each value is scored before it is learnt."""
    negatives = hourly(stream.negative).tolist()
    seen = _seen(stream)
    found = {f"river_{name}_negatives": _of_value(make(), negatives) for name, make in _OF_VALUES.items()}
    return found | {f"river_{name}": _of_features(make(), seen) for name, make in _OF_FEATURES.items()}


def _of_value(model: Any, values: list[float]) -> Floats:
    """Return scores of a model that judges one number, where that is above what is usual."""
    found, usual = [], 0.0
    for value in values:
        found.append(max(0.0, float(model.score_one({}, value))) if value > usual else 0.0)
        model.learn_one({}, value)
        usual += (value - usual) / PER_WEEK
    return np.asarray(np.nan_to_num(found))


def _of_features(model: Any, seen: Seen) -> Floats:
    """Return scores of a model that judges several numbers."""
    found = []
    for features in seen:
        found.append(float(model.score_one(features)))
        model.learn_one(features)
    return np.asarray(np.logaddexp(0.0, found))  # the same order; what a cut can be set on is not negative


def _seen(stream: Stream) -> Seen:
    """Return the features; a count n is shown as n ÷ (n + mean of the weeks without events)."""
    stories, negative = hourly(stream.stories), hourly(stream.negative)
    usual, bad = (max(1e-9, float(series[: stream.warm].mean())) for series in (stories, negative))
    columns = (stories / (stories + usual), negative / (negative + bad), (negative + 0.45) / (stories + 3))
    return [
        {"stories": n, "negative": k, "share": share}
        for n, k, share in zip(*(column.tolist() for column in columns), strict=True)
    ]


_OF_VALUES: Mapping[str, Callable[[], Any]] = {
    "gaussian_scorer": GaussianScorer,
    "standard_absolute_deviation": StandardAbsoluteDeviation,
}

_OF_FEATURES: Mapping[str, Callable[[], Any]] = {
    "half_space_trees": lambda: HalfSpaceTrees(seed=1),
    "one_class_svm": OneClassSVM,
}
