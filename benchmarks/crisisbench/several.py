"""A brand of several sources: what it promises as a whole, and what watching each source beside the pool would bring.

    python -m benchmarks.crisisbench.several [--crises N] [--calm N] [--weeks N] [--seed N] [--workers N]

Four correlated sources; every crisis is in one of them alone. `shared` is what is shipped: the pool has a part of the
brand's budget, and the sources share the rest; `half` and `most` are other parts. `pool` gives the pool all of it and
judges no source, `unshared` gives each source the whole budget again. False alarms are counted on streams without
crises, at the thresholds that are shipped.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.crisisbench.background import Floats
from benchmarks.crisisbench.incidents import Outcome, Truth, Watched, outcome
from benchmarks.crisisbench.streams import TEST_WEEKS, TIERS, make_stream
from benchmarks.crisisbench.watching import asked_when_young, evidence
from crisiswatch.app.data import calibration
from crisiswatch.core.apart import OF_POOL
from crisiswatch.core.judging import Thresholds

FIRST_SEED = 60_000
"""Seeds from here on are for brands of several sources alone."""

CALM_AFTER = 100_000
"""Seeds of the streams without crises begin that much later."""

BUDGETS = (0.1, 0.02)
WAYS = {"pool": 1.0, "unshared": None, "shared": OF_POOL, "half": 0.5, "most": 0.9}
"""The part of the budget that is the pool's; None: every series has all of it."""

Row = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Brand:
    """Evidence by bucket of the tested weeks: of the pool, then of every source; and the truth."""

    series: tuple[Floats, ...]
    truths: tuple[Truth, ...]
    weeks: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.crisisbench.several", description="Measure several sources.")
    parser.add_argument("--crises", type=int, default=30, help="brands with crises (30)")
    parser.add_argument("--calm", type=int, default=60, help="brands without (60)")
    parser.add_argument("--weeks", type=int, default=12, help="weeks of each of these after its warm-up (12)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    size = (options.crises, options.calm, options.weeks)
    sys.stdout.write(json.dumps(measure_several(size, options.seed, options.workers), indent=2) + "\n")


def measure_several(size: tuple[int, int, int], seed: int, workers: int) -> dict[str, dict[str, Row]]:
    """Return the rows for so many brands with crises, and without for so many weeks each."""
    crises, calm, weeks = size
    first = FIRST_SEED + seed
    tasks = [(first + index, 1, TEST_WEEKS) for index in range(crises)]
    tasks += [(first + CALM_AFTER + index, 0, weeks) for index in range(calm)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        brands = pool.starmap(watch_sources, tasks, chunksize=1)
    return several_sources(brands[:crises], brands[crises:])


def watch_sources(seed: int, crises_per_kind: int, test_weeks: int) -> Brand:
    """Return what the shipped detector makes of the pool of a brand, and of every source."""
    stream = make_stream(TIERS["several"], seed, crises_per_kind, test_weeks)
    found = [evidence(stream)]
    for counts in stream.sources:
        alone = replace(
            stream, stories=counts.stories, negative=counts.negative, copies=counts.copies, covered=counts.seen
        )
        found.append(evidence(alone))
    young = asked_when_young(len(stream.stories))
    truths = tuple(Truth(each.kind, each.onset - stream.warm, each.end - stream.warm) for each in stream.crises)
    return Brand(tuple((each - young)[stream.warm :] for each in found), truths, stream.test_weeks)


def several_sources(troubled: Sequence[Brand], calm: Sequence[Brand]) -> dict[str, dict[str, Row]]:
    """Return, by budget and way, actual ÷ promised false alarms, and what is found of crises in one source."""
    return {str(budget): {way: _row(troubled, calm, budget, way) for way in WAYS} for budget in BUDGETS}


def _row(troubled: Sequence[Brand], calm: Sequence[Brand], budget: float, way: str) -> Row:
    false = _outcome(calm, budget, way).false_per_week / budget if calm else None
    found = _outcome(troubled, budget, way)
    minutes = found.minutes if np.isfinite(found.minutes) else None
    return {
        "actual_over_promised": None if false is None else round(false, 3),
        "detection_rate": round(found.detection_rate, 3) if troubled else None,
        "minutes": minutes,
    }


def _outcome(brands: Sequence[Brand], budget: float, way: str) -> Outcome:
    return outcome([Watched(_margin(brand, budget, way), brand.truths, brand.weeks) for brand in brands], 0.0)


def _margin(brand: Brand, budget: float, way: str) -> Floats:
    """Return by how much the first series to alarm is above its threshold, bucket by bucket."""
    pool, *sources = brand.series
    part = WAYS[way]
    if part == 1.0:
        return pool - _bar(budget)
    of_pool = budget if part is None else part * budget
    of_each = budget if part is None else (1 - part) * budget / len(sources)
    return np.asarray(np.max([pool - _bar(of_pool), *(each - _bar(of_each) for each in sources)], axis=0))


def _bar(budget: float) -> float:
    return Thresholds.for_budget(calibration().bars, budget, budget).warning


if __name__ == "__main__":
    main()
