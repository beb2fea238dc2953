"""Measure crisis detection on CrisisBench, or score streams from files.

    python -m benchmarks.detection --json [--seed N] [--full] [--workers N]
    python -m benchmarks.detection --streams DIR --scores OUT [--bucket 5m]

The first form generates streams, runs the shipped detector, the clairvoyant limit and the baselines over them, and
prints one object. Default sizes are small, for about five minutes on two cores; `sizes` in the output says which.
The second reads `*.csv` (time,stories,negative,copies,observed) and writes time,score,threshold_0.5,threshold_0.1,
threshold_0.02 under the same names; an alarm is `score >= threshold`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from benchmarks.crisisbench.minutely import measure_minutely
from benchmarks.crisisbench.reporting import baseline_numbers, cold_start, first_week, promise, tier_numbers
from benchmarks.crisisbench.robustness import measure_robustness
from benchmarks.crisisbench.several import measure_several
from benchmarks.crisisbench.speed import measure_cost
from benchmarks.crisisbench.streams import TEST_WEEKS, WARM_WEEKS
from benchmarks.crisisbench.tables import score_files
from benchmarks.crisisbench.watching import Task, watch_all
from benchmarks.crisisbench.young import measure_first_weeks
from crisiswatch.errors import BadInput

FIRST_SEED = 20_000
"""Seeds from here on were not used for any choice while the detector was made."""

CALM_AFTER = 100_000
"""Seeds of the streams without crises begin that much later."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many streams with crises, and without, of one tier; those without crises last `calm_weeks` of testing."""

    crises: int
    calm: int
    calm_weeks: int = TEST_WEEKS


QUICK = {"standard": Size(40, 24), "hard": Size(24, 15), "spread": Size(15, 15), "noisy": Size(24, 15)}
FULL = {
    "standard": Size(240, 420, 12),
    "hard": Size(240, 168, 12),
    "spread": Size(60, 168, 12),
    "noisy": Size(120, 168, 12),
}
QUICK_VARIED, FULL_VARIED = Size(0, 15), Size(0, 168, 12)
"""Streams of another kind of background, for the promise alone."""

QUICK_SEVERAL, FULL_SEVERAL = (3, 3, TEST_WEEKS), (60, 120, 12)
"""Brands of several sources with crises, without, and the weeks of these."""

QUICK_MINUTELY, FULL_MINUTELY = 8, 120
"""Streams that are asked every minute."""

QUICK_YOUNG, FULL_YOUNG = 60, 600
"""Brands whose first week has events, without crises and with."""

QUICK_ROBUST, FULL_ROBUST = 3, 120
"""Streams of each case of what is no crisis and not like before."""

QUICK_BASELINES, FULL_BASELINES = 15, 240
"""Standard streams with crises, the first ones, over which the baselines run: they cost as much as all else."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object, or write scores; return the exit code."""
    options = _parser().parse_args(arguments)
    if (options.streams is None) != (options.scores is None):
        sys.stderr.write("--streams and --scores belong together\n")
        return 2
    try:
        if options.streams:
            score_files(options.streams, options.scores, options.bucket, _warn)
            return 0
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sizes = FULL if options.full else QUICK
    sys.stdout.write(json.dumps(measure(sizes, options.seed, options.workers, options.baselines), indent=2) + "\n")
    return 0


def measure(
    sizes: dict[str, Size], seed: int, workers: int, baselines: Sequence[str] | None = None
) -> dict[str, object]:
    """Return the numbers of CrisisBench on streams from `seed` on."""
    is_full = sizes is FULL
    varied = FULL_VARIED if is_full else QUICK_VARIED
    compared_on = FULL_BASELINES if is_full else QUICK_BASELINES
    reports = watch_all(list(_tasks({**sizes, "varied": varied}, seed, compared_on)), workers)
    tiers, promises, standard = {}, {}, []
    for name, size in sizes.items():
        crises, calm = list(islice(reports, size.crises)), list(islice(reports, size.calm))
        tiers[name] = tier_numbers(crises, calm, seed)
        promises[name] = promise(calm)
        if name == "standard":
            standard = crises + calm
            compared = baseline_numbers([report for report in crises if report.baselines], baselines)
    promises["varied"] = promise(list(reports))
    cost = measure_cost()
    young = measure_first_weeks(FULL_YOUNG if is_full else QUICK_YOUNG, seed, workers)
    return {
        "tiers": tiers,
        "promise": promises,
        "first_week": first_week(standard),
        "first_week_with_events": young["0.1"],
        "cold_start": cold_start(standard),
        "first_weeks_with_events": young,
        "baselines": compared,
        "several_sources": measure_several(FULL_SEVERAL if is_full else QUICK_SEVERAL, seed, workers),
        "robustness": measure_robustness(FULL_ROBUST if is_full else QUICK_ROBUST, seed, workers),
        "open_bucket": measure_minutely("standard", FULL_MINUTELY if is_full else QUICK_MINUTELY, seed, workers),
        "updates_per_second": round(cost.updates),
        "bytes_per_series": round(cost.series_bytes),
        "sizes": {name: _said(size) for name, size in sizes.items()} | {"published": is_full},
        "seed": seed,
        "scored_and_learnt_per_second": round(cost.both),
        "checkpoint_bytes": cost.checkpoint_bytes,
    }


def _tasks(sizes: dict[str, Size], seed: int, compared: int) -> Iterator[Task]:
    """Yield the streams of every tier, those with crises first; the baselines run over `compared` standard ones."""
    for name, size in sizes.items():
        for index in range(size.crises):
            with_baselines = name == "standard" and index < compared
            yield Task(name, FIRST_SEED + seed + index, TEST_WEEKS, 1, with_baselines)
        for index in range(size.calm):
            yield Task(name, FIRST_SEED + CALM_AFTER + seed + index, size.calm_weeks, 0)


def _said(size: Size) -> dict[str, int]:
    return {
        "streams": size.crises,
        "crises": 3 * size.crises,
        "series_weeks": size.crises * TEST_WEEKS,
        "calm_series_weeks": size.calm * size.calm_weeks,
        "warm_up_weeks": WARM_WEEKS,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.detection", description="Measure crisis detection.")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--seed", type=int, default=0, help="added to every seed")
    parser.add_argument("--full", action="store_true", help="the published sizes; about an hour")
    parser.add_argument("--baselines", type=_names, help="the baselines to print, by name, with commas (all)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--streams", type=Path, help="folder of *.csv to score")
    parser.add_argument("--scores", type=Path, help="folder for the scores; is created")
    parser.add_argument("--bucket", type=_duration, default=timedelta(minutes=5), help="length of a bucket (5m)")
    return parser


def _warn(problem: str) -> None:
    sys.stderr.write(f"{problem}\n")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([smh])", text)
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not timedelta(minutes=1) <= length <= timedelta(hours=1):
        raise argparse.ArgumentTypeError(f"{text!r} is no length from 1m to 1h, such as 5m")
    return length


if __name__ == "__main__":
    sys.exit(main())
