"""Measure how much of what the negativity model knows survives the way in which negative mentions are counted.

    python -m benchmarks.counting --json --data DIR

For each labelled set: a stream's negative share rises, and each post then carries so many nats of evidence: the
Kullback-Leibler divergence of one post after the rise from one before. The delay at a given rate of false alarms is
inversely proportional to it. Counted by hard cuts of the calibrated probability, by the sum of probabilities (a normal
approximation: squared shift of the mean over twice the variance), by log-likelihood ratios of sixteen bins, and as
perfect labels would. `kept` is the share of the log-likelihood ratios' evidence, summed over sets and rises.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.negativity import WEIGHTS, read_set
from crisiswatch.core.models import HISTOGRAM_BINS
from crisiswatch.text.linear import Linear

RISES = ((0.1, 0.2), (0.1, 0.4), (0.3, 0.5))
CUTS = tuple(range(4, 15))

Floats = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.counting")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args(arguments)
    model = Linear.from_bytes(WEIGHTS.read_bytes())
    sets: dict[str, dict[str, dict[str, float]]] = {}
    for labelled in map(read_set, sorted(options.data.glob("*.tsv"))):
        scores = np.array(model.score(labelled.texts, labelled.languages), dtype=np.float64)
        known = ~np.isnan(scores)
        sets[labelled.name] = compare(scores[known], (labelled.labels == 0)[known])
    sys.stdout.write(json.dumps({"model": model.model, "kept": kept(sets), "sets": sets}, indent=2) + "\n")


def compare(scores: Floats, negative: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Return nats per 1,000 posts for each rise of the share and each way to count."""
    return {f"{before} -> {after}": _nats(scores, negative, before, after) for before, after in RISES}


def kept(sets: dict[str, dict[str, dict[str, float]]]) -> dict[str, float]:
    """Return what each way to count keeps of the evidence of the log-likelihood ratios."""
    rows = [ways for rises in sets.values() for ways in rises.values()]
    whole = sum(row["ratios"] for row in rows) or 1.0
    return {way: round(sum(row[way] for row in rows) / whole, 3) for way in (rows[0] if rows else {})}


def _nats(scores: Floats, negative: NDArray[np.bool_], before: float, after: float) -> dict[str, float]:
    def mixed(values: Any, share: float) -> Any:
        return share * values[negative].mean(axis=0) + (1 - share) * values[~negative].mean(axis=0)

    ways: dict[str, float] = {}
    for cut in CUTS:
        over = (scores >= cut / HISTOGRAM_BINS).astype(float)
        ways[f"cut {cut}/{HISTOGRAM_BINS}"] = _divergence(mixed(over, after), mixed(over, before))
    shift = mixed(scores, after) - mixed(scores, before)
    ways["sum"] = shift**2 / (2 * (mixed(scores**2, before) - mixed(scores, before) ** 2))
    bins = np.eye(HISTOGRAM_BINS)[np.minimum((scores * HISTOGRAM_BINS).astype(int), HISTOGRAM_BINS - 1)]
    new, old = (mixed(bins, share) + 1e-4 for share in (after, before))
    ways["ratios"] = float((new * np.log(new / old)).sum())
    ways["perfect labels"] = _divergence(after, before)
    return {way: round(1_000 * float(value), 1) for way, value in ways.items()}


def _divergence(new: float, old: float) -> float:
    new, old = (min(max(value, 1e-4), 1 - 1e-4) for value in (new, old))
    return float(new * np.log(new / old) + (1 - new) * np.log((1 - new) / (1 - old)))


if __name__ == "__main__":
    main()
