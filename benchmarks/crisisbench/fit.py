"""Fit the calibration of the shipped detector on streams without crises.

    python -m benchmarks.crisisbench.fit [--write] [--streams N] [--weeks N] [--seed N] [--workers N]

Prints, as JSON, the table, and the 95 % interval of every bar over streams. With `--write` the table replaces the one
that is shipped (crisiswatch/detectors/crisis_lr/calibration.json); then check on other seeds. A bar is the evidence in
nats at which false alarms keep to a budget. Less than 2,000 series-weeks say little about 0.1 a week, less than 5,000
little about 0.02. A third of the streams each are of the tiers standard, spread and varied: no brand is like either.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks.crisisbench.background import Floats
from benchmarks.crisisbench.incidents import Watched, outcome
from benchmarks.crisisbench.streams import TIERS, make_stream
from benchmarks.crisisbench.watching import asked_when_young, scores
from crisiswatch.app.data import calibration_file
from crisiswatch.detectors.crisis_lr import Calibration, VolumeClass
from crisiswatch.detectors.crisis_lr.detector import VERSION

FIRST_SEED = 700_000
"""Seeds from here on are for fitting alone."""

TIERS_FITTED = ("standard", "spread", "varied")
CLASSES = {"low": 10.0, "mid": 450.0, "high": math.inf}
"""Classes of volume, and the stories an hour below which a stream belongs to them."""

BUDGETS = (0.5, 0.1, 0.02)
DRAWS = 500
CUTS = np.arange(2.0, 16.0, 0.03)
"""Bars that are tried, in nats."""


@dataclass(frozen=True, slots=True)
class Calm:
    """One stream without crises: its class of volume, its stories an hour, and its scores after the warm-up."""

    volume: str
    per_hour: float
    watched: Watched


@dataclass(frozen=True, slots=True)
class Fitted:
    """The table, and the 95 % interval of every bar by class of volume and budget."""

    table: Calibration
    intervals: dict[str, dict[str, tuple[float, float]]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.crisisbench.fit", description="Fit the calibration.")
    parser.add_argument("--streams", type=int, default=450, help="streams without crises (450)")
    parser.add_argument("--weeks", type=int, default=12, help="weeks of each after its warm-up (12)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="replace the table that is shipped")
    options = parser.parse_args(arguments)
    tasks = [(options.seed + index, options.weeks) for index in range(options.streams)]
    fitted = fit(watch_all_calm(tasks, options.workers), options.seed)
    table = msgspec.json.format(msgspec.json.encode(fitted.table), indent=2).decode() + "\n"
    sys.stdout.write(json.dumps({"table": json.loads(table), "intervals": fitted.intervals}, indent=2) + "\n")
    if options.write:
        calibration_file().write_text(table, "utf-8")


def watch_all_calm(tasks: Sequence[tuple[int, int]], workers: int) -> Sequence[Calm]:
    """Return `watch_calm` of every task, in their order."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return pool.starmap(watch_calm, tasks, chunksize=2)


def watch_calm(index: int, weeks: int) -> Calm:
    """Return what the detector, not calibrated, makes of one stream; tiers and volumes take turns."""
    tier = TIERS[TIERS_FITTED[index // 3 % len(TIERS_FITTED)]]
    stream = make_stream(tier, FIRST_SEED + index, 0, weeks)
    found = scores(stream, None)
    after = (found - asked_when_young(len(found)))[stream.warm :]
    per_hour = float(stream.stories.mean()) * 12
    volume = next(name for name, below in CLASSES.items() if per_hour < below)
    return Calm(volume, per_hour, Watched(after, (), stream.test_weeks))


def fit(streams: Sequence[Calm], seed: int) -> Fitted:
    """Return the table: bars by class of volume, and those that stand for all, the means over classes."""
    rng = np.random.default_rng(seed)
    classes, intervals = [], {}
    for volume in dict.fromkeys(stream.volume for stream in streams):
        own = [stream for stream in streams if stream.volume == volume]
        centre = math.exp(float(np.mean([math.log(stream.per_hour + 1e-3) for stream in own])))
        bars, intervals[volume] = _bars([stream.watched for stream in own], rng)
        classes.append(VolumeClass(round(centre, 2), bars))
    classes.sort(key=lambda each: each.per_hour)
    common = {budget: round(float(np.mean([each.bars[budget] for each in classes])), 2) for budget in BUDGETS}
    weeks = round(sum(stream.watched.weeks for stream in streams))
    return Fitted(Calibration(VERSION, weeks, common, tuple(classes)), intervals)


def _bars(
    calm: Sequence[Watched], rng: np.random.Generator
) -> tuple[dict[float, float], dict[str, tuple[float, float]]]:
    """Return bars by budget, and their intervals: streams are drawn again, each with all of its weeks."""
    weeks = np.array([series.weeks for series in calm])
    false = np.array([[outcome([series], cut).false for cut in CUTS] for series in calm])
    draws = rng.integers(len(calm), size=(DRAWS, len(calm)))
    bars, intervals = {}, {}
    for budget in BUDGETS:
        bars[budget] = _bar(false, weeks, budget)
        found = [_bar(false[drawn], weeks[drawn], budget) for drawn in draws]
        low, high = np.percentile(found, (2.5, 97.5))
        intervals[str(budget)] = (round(float(low), 2), round(float(high), 2))
    return bars, intervals


def _bar(false: npt.NDArray[np.int64], weeks: Floats, budget: float) -> float:
    """Return the lowest cut from which on false alarms stay within the budget."""
    too_many = np.flatnonzero(false.sum(axis=0) > budget * weeks.sum())
    return round(float(CUTS[min(too_many[-1] + 1, len(CUTS) - 1)] if too_many.size else CUTS[0]), 2)


if __name__ == "__main__":
    main()
