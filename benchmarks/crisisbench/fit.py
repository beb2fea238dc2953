"""Fit the thresholds of the shipped detector on streams without crises.

    python -m benchmarks.crisisbench.fit [--streams N] [--weeks N] [--seed N] [--workers N]

Prints, as JSON, the evidence in nats at which false alarms keep to each budget, with its 95 % interval over streams,
and how many series-weeks these rest on. Put the first into `BARS` of crisiswatch/detectors/crisis_lr/detector.py,
raise its VERSION, and check on other seeds. Less than 2,000 series-weeks say little about 0.1 a week, less than
5,000 little about 0.02.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.crisisbench.background import Floats
from benchmarks.crisisbench.incidents import Watched, outcome
from benchmarks.crisisbench.watching import Task, asked_when_young, watch_all
from crisiswatch.detectors.crisis_lr import BARS

FIRST_SEED = 700_000
"""Seeds from here on are for fitting alone."""

DRAWS = 500
CUTS = np.arange(2.0, 16.0, 0.03)
"""Bars that are tried, in nats."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.crisisbench.fit", description="Fit thresholds.")
    parser.add_argument("--streams", type=int, default=420, help="streams without crises (420)")
    parser.add_argument("--weeks", type=int, default=12, help="weeks of each after its warm-up (12)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    first = FIRST_SEED + options.seed
    tasks = [Task("standard", first + index, options.weeks, 0) for index in range(options.streams)]
    calm = []
    for report in watch_all(tasks, options.workers):
        scores = report.evidence - asked_when_young(len(report.evidence))
        calm.append(Watched(scores[report.warm :], (), report.test_weeks))
    sys.stdout.write(json.dumps(fit(calm, options.seed), indent=2) + "\n")


def fit(calm: Sequence[Watched], seed: int) -> dict[str, object]:
    """Return bars and their intervals by budget."""
    weeks = np.array([series.weeks for series in calm])
    false = np.array([[outcome([series], cut).false for cut in CUTS] for series in calm])
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(calm), size=(DRAWS, len(calm)))
    bars, intervals = {}, {}
    for budget in BARS:
        bars[str(budget)] = _bar(false, weeks, budget)
        found = [_bar(false[drawn], weeks[drawn], budget) for drawn in draws]
        intervals[str(budget)] = [round(float(bound), 2) for bound in np.percentile(found, (2.5, 97.5))]
    return {"bars": bars, "interval": intervals, "series_weeks": round(float(weeks.sum()))}


def _bar(false: npt.NDArray[np.int64], weeks: Floats, budget: float) -> float:
    """Return the lowest cut from which on false alarms stay within the budget."""
    too_many = np.flatnonzero(false.sum(axis=0) > budget * weeks.sum())
    return round(float(CUTS[min(too_many[-1] + 1, len(CUTS) - 1)] if too_many.size else CUTS[0]), 2)


if __name__ == "__main__":
    main()
