"""How soon after a crisis its incident eases and closes, and what that costs in turns back and ends called early.

    python -m benchmarks.crisisbench.easing [--tier standard] [--streams N] [--seed N] [--workers N]

Prints one object: `by_score` has an incident ease when its score falls below the limit; `by_end` is what is shipped,
where evidence of an end counts too. Ticks are five minutes apart. Minutes are from the end of a crisis, as its maker
has it, to the first moment from then on at which its incident is easing, and closed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.crisisbench.incidents import EARLY, MINUTES, Truth
from benchmarks.crisisbench.streams import TIERS, make_stream
from benchmarks.crisisbench.watching import BUCKET, START, counts
from crisiswatch.app.data import calibration
from crisiswatch.core.assessing import assess
from crisiswatch.core.incidents import Change, Incident
from crisiswatch.core.judging import Thresholds, to_judgement
from crisiswatch.core.lifecycle import Timers, advance
from crisiswatch.core.models import Reading
from crisiswatch.detectors.crisis_lr import CrisisLR

FIRST_SEED = 40_000
"""Seeds from here on are for easing alone."""

BACK = (Change.RESUMED, Change.REOPENED)
STARTS = (Change.OPENED, Change.RAISED, *BACK)
ENDS = (Change.EASED, Change.CLOSED)

Turn = tuple[int, Change]
"""The tick, counted in buckets, at which an incident changed."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What became of the incidents of some streams: minutes per crisis that was found, and how many of what.

    `early` ends were told an hour or more before the crisis was over; `back` counts how often incidents came back.
    """

    eased: tuple[float, ...] = ()
    closed: tuple[float, ...] = ()
    early: int = 0
    back: int = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.crisisbench.easing", description="Measure easing.")
    parser.add_argument("--tier", choices=sorted(TIERS), default="standard")
    parser.add_argument("--streams", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    tasks = [(options.tier, FIRST_SEED + options.seed + index) for index in range(options.streams)]
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        found = pool.starmap(watch, tasks)
    told = {"by_score": [pair[0] for pair in found], "by_end": [pair[1] for pair in found]}
    sys.stdout.write(json.dumps({name: summary(ends) for name, ends in told.items()}, indent=2) + "\n")


def watch(tier: str, seed: int) -> tuple[Ends, Ends]:
    """Return what becomes of the incidents of one stream by the score alone, and as shipped."""
    stream = make_stream(TIERS[tier], seed)
    detector = CrisisLR(BUCKET, None, calibration())
    readings = []
    for count in counts(stream):
        readings.append(detector.score_open((count,)))
        detector.learn_one(count)
    truths = tuple(Truth(crisis.kind, crisis.onset, crisis.end) for crisis in stream.crises)
    blunt = [replace(reading, over=0.0) for reading in readings]
    return ends(turns(blunt), truths), ends(turns(readings), truths)


def turns(readings: Sequence[Reading]) -> list[Turn]:
    """Return when incidents of these readings, one per bucket, changed."""
    bars = calibration().bars
    thresholds = Thresholds(bars[0.1], bars[0.02])
    current: Incident | None = None
    found: list[Turn] = []
    for tick, reading in enumerate(readings):
        assessment = assess([to_judgement(reading, thresholds, None)], ())
        moved = advance(current, ("Acme", "crisis"), assessment, Timers(ticks=1), START + tick * BUCKET)
        current = moved.incident if moved else None
        if moved and moved.change is not Change.NONE:
            found.append((tick, moved.change))
    return found


def ends(found: Sequence[Turn], truths: Sequence[Truth]) -> Ends:
    """Return what these turns came to, for the incidents that a crisis opened."""
    eased: list[float] = []
    closed: list[float] = []
    early = back = 0
    for truth in truths:
        begun = next((tick for tick, change in found if change in STARTS and _is_during(tick, truth)), None)
        if begun is None:
            continue
        own = _until_final([turn for turn in found if turn[0] >= begun])
        eased += _minutes(own, truth.end, (Change.EASED, Change.CLOSED))
        closed += _minutes(own, truth.end, (Change.CLOSED,))
        early += sum(change is Change.CLOSED and tick < truth.end - EARLY for tick, change in own)
        back += sum(change in BACK for _, change in own)
    return Ends(tuple(eased), tuple(closed), early, back)


def summary(found: Sequence[Ends]) -> dict[str, float]:
    """Return medians and ninth deciles in minutes, and counts."""
    eased = [minutes for each in found for minutes in each.eased]
    closed = [minutes for each in found for minutes in each.closed]
    return {
        "crises": len(eased),
        "eased_minutes": float(np.median(eased)),
        "eased_minutes_90": float(np.percentile(eased, 90)),
        "closed_minutes": float(np.median(closed)),
        "closed_minutes_90": float(np.percentile(closed, 90)),
        "closed_early": sum(each.early for each in found),
        "came_back": sum(each.back for each in found),
    }


def _is_during(tick: int, truth: Truth) -> bool:
    return truth.onset - EARLY <= tick < truth.end


def _until_final(found: Sequence[Turn]) -> Sequence[Turn]:
    last = next((index for index, (_, change) in enumerate(found) if change is Change.FINALISED), len(found))
    return found[:last]


def _minutes(own: Sequence[Turn], end: int, wanted: Sequence[Change]) -> list[float]:
    """Return the minutes from the end of a crisis to the wanted change, 0 where it lasted already; [] without one."""
    before = [change for tick, change in own if tick < end and change in (*STARTS, *ENDS)]
    if before and before[-1] in wanted:
        return [0.0]
    return [(tick - end) * MINUTES for tick, change in own if tick >= end and change in wanted][:1]


if __name__ == "__main__":
    main()
