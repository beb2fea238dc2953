"""Score the NoveltyBag detector as the Numenta Anomaly Benchmark does.

    python -m benchmarks.nab --data DIR --json [--seed N]

DIR has NAB's layout: `data/<category>/<name>.csv` and `labels/combined_windows.json`. The data are not part of this
project: take them from github.com/numenta/NAB (MIT; Ahmad et al. 2017, doi 10.1016/j.neucom.2017.04.070).

NAB counts the earliest alarm in a labelled window, more for early ones, and takes off for windows missed and for
every alarm outside. One threshold serves all series; it is chosen on the labels, for each profile, as NAB does.
Rows of the probation (15 %, at most 750) are not scored. The detector sees the past alone: no range of the file.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crisiswatch.detectors.novelty_bag import NoveltyBag
from crisiswatch.errors import BadInput

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """What an alarm in vain and a missed window cost; a window that is found at its beginning is worth 1."""

    false: float
    missed: float


PROFILES = {"standard": Profile(0.11, 1.0), "low_fp": Profile(0.22, 1.0), "low_fn": Profile(0.11, 2.0)}
PROBATION, MOST_PROBATION = 0.15, 750
DRAWS = 500


@dataclass(frozen=True, slots=True)
class Series:
    """One file: moments, values, and its labelled windows as first and last rows."""

    name: str
    at: tuple[datetime, ...]
    values: tuple[float, ...]
    windows: tuple[tuple[int, int], ...]

    @property
    def category(self) -> str:
        """Return the folder."""
        return self.name.split("/")[0]

    @property
    def probation(self) -> int:
        """Return how many rows are learnt before scoring begins."""
        return min(int(PROBATION * len(self.values)), MOST_PROBATION)


@dataclass(frozen=True, slots=True)
class Steps:
    """How a score changes as the threshold falls: by `gains` at `levels`, from `start` where nothing is an alarm."""

    levels: Floats
    gains: Floats
    start: float

    def at(self, threshold: float) -> float:
        """Return the raw score at a threshold."""
        return self.start + float(self.gains[self.levels >= threshold].sum())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object; return the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.nab", description="Score NoveltyBag on NAB.")
    parser.add_argument("--data", type=Path, required=True, help="folder with data/ and labels/")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    options = parser.parse_args(arguments)
    try:
        series = read_corpus(options.data)
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(measure(series, options.seed), indent=2) + "\n")
    return 0


def measure(corpus: Sequence[Series], seed: int) -> dict[str, object]:
    """Return the scores of all series and of each category at the same thresholds, and the interval of `all`."""
    scores = [novelty(series) for series in corpus]
    found: dict[str, dict[str, float | None]] = {name: {} for name in ("all", *sorted({s.category for s in corpus}))}
    interval: dict[str, list[float]] = {}
    for name, profile in PROFILES.items():
        steps = [score_steps(series, score, profile) for series, score in zip(corpus, scores, strict=True)]
        threshold = best_threshold(steps)
        raw = np.array([each.at(threshold) for each in steps])
        for category, numbers in found.items():
            chosen = [i for i, series in enumerate(corpus) if category in ("all", series.category)]
            numbers[name] = _normalised(raw[chosen], [corpus[i] for i in chosen], profile)
        interval[name] = _interval(steps, corpus, profile, seed)
    counted = {"series": len(corpus), "rows": sum(len(series.values) for series in corpus)}
    return {**found, "interval": interval, "size": counted, "seed": seed}


def novelty(series: Series) -> Floats:
    """Return the detector's score of every row, from the rows up to it."""
    bag = NoveltyBag(max(10, series.probation))
    scores = []
    for value, at in zip(series.values, series.at, strict=True):
        scores.append(bag.score_one(value, at))
        bag.learn_one(value, at)
    return np.array(scores)


def score_steps(series: Series, scores: Floats, profile: Profile) -> Steps:
    """Return how the score of one series depends on the threshold."""
    worth, owner = _worth(series)
    rows = np.arange(len(scores))
    outside = (owner < 0) & (rows >= series.probation)
    levels, gains, start = [scores[outside]], [worth[outside] * profile.false], 0.0
    for window in range(len(series.windows)):
        inside = np.flatnonzero((owner == window) & (rows >= series.probation))
        if not inside.size:
            continue
        start -= profile.missed
        # Falling past a record of the window moves its first alarm to an earlier row.
        highest = np.maximum.accumulate(scores[inside])
        records = inside[np.concatenate([[True], highest[1:] > highest[:-1]])]
        levels.append(scores[records])
        gains.append(worth[records] - np.concatenate([worth[records[1:]], [-profile.missed]]))
    return Steps(np.concatenate(levels), np.concatenate(gains), start)


def best_threshold(steps: Sequence[Steps]) -> float:
    """Return the threshold that gives all series together the best score."""
    levels = np.concatenate([each.levels for each in steps])
    gains = np.concatenate([each.gains for each in steps])
    order = np.argsort(-levels, kind="stable")
    levels, total = levels[order], np.cumsum(gains[order])
    last = np.concatenate([levels[1:] != levels[:-1], [True]])
    best = int(np.argmax(total[last]))
    return float(levels[last][best]) if total[last][best] > 0 else float("inf")


def read_corpus(folder: Path) -> list[Series]:
    """Return every labelled series of which there is a file. Raises BadInput."""
    labels = folder / "labels" / "combined_windows.json"
    try:
        windows = json.loads(labels.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{labels}: {error}") from error
    corpus = [
        _read(folder / "data" / name, name, windows[name])
        for name in sorted(windows)
        if (folder / "data" / name).is_file()
    ]
    if not corpus:
        raise BadInput(f"{folder}: no data of the labelled series")
    return corpus


def _read(file: Path, name: str, windows: Sequence[Sequence[str]]) -> Series:
    try:
        with file.open(newline="", encoding="utf-8") as text:
            rows = [(datetime.fromisoformat(row["timestamp"]), float(row["value"])) for row in csv.DictReader(text)]
        first: dict[datetime, int] = {}
        for index, (at, _) in enumerate(rows):
            first.setdefault(at, index)
        placed = tuple((first[datetime.fromisoformat(a)], first[datetime.fromisoformat(b)]) for a, b in windows)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{file}: {error}") from error
    return Series(name, tuple(at for at, _ in rows), tuple(value for _, value in rows), placed)


def _worth(series: Series) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return what an alarm at each row is worth, and the window that it lies in (-1: none)."""
    rows = len(series.values)
    worth, owner = np.full(rows, -1.0), np.full(rows, -1)
    for index, (first, last) in enumerate(series.windows):
        length = last - first + 1
        owner[first : last + 1] = index
        inside = np.arange(first, last + 1)
        worth[first : last + 1] = _sigmoid(-(last - inside + 1) / length) / _sigmoid(np.array([-1.0]))
        after = np.arange(last + 1, series.windows[index + 1][0] if index + 1 < len(series.windows) else rows)
        worth[after] = _sigmoid((after - last) / max(1, length - 1))
    return worth, owner


def _sigmoid(position: Floats) -> Floats:
    """Return NAB's worth of an alarm at a position relative to the end of a window, in window lengths."""
    return np.where(position > 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(position, 50))) - 1)


def _normalised(raw: Floats, series: Sequence[Series], profile: Profile) -> float | None:
    """Return 100 for every window found at its beginning without an alarm in vain, 0 for no alarm at all."""
    windows = sum(len(each.windows) for each in series)
    if not windows:
        return None
    return round(100 * (float(raw.sum()) + windows * profile.missed) / (windows * (1 + profile.missed)), 2)


def _interval(steps: Sequence[Steps], corpus: Sequence[Series], profile: Profile, seed: int) -> list[float]:
    """Return the 95 % interval over series drawn again, each draw with its own best threshold."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(DRAWS):
        drawn = rng.integers(len(corpus), size=len(corpus))
        chosen = [steps[i] for i in drawn]
        threshold = best_threshold(chosen)
        raw = np.array([each.at(threshold) for each in chosen])
        score = _normalised(raw, [corpus[i] for i in drawn], profile)
        if score is not None:
            found.append(score)
    low, high = np.percentile(found, (2.5, 97.5))
    return [round(float(low), 2), round(float(high), 2)]


if __name__ == "__main__":
    sys.exit(main())
