"""Measure the negativity model against the lexicon baseline on labelled texts.

    python -m benchmarks.negativity --json --data DIR [--labels N] [--perturb] [--seed N] [--weights FILE]

DIR holds `NAME.tsv` files, `label<TAB>text` on every line; a last part of two letters (`reviews_de`) is the language
of the texts, otherwise it is detected. With `--labels`, N texts of each set recalibrate the scores of the others.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.perturbing import PERTURBATIONS
from benchmarks.quantifying import (
    Floats,
    Labels,
    Truth,
    auc,
    classes,
    ece,
    ece_by_chance,
    find_prior,
    log_odds,
    n80,
    share_error,
    shown_share,
    with_prior,
)
from benchmarks.vader import BIAS, SLOPE, Vader
from crisiswatch.core.correcting import LEAST_LABELS, Lesson, Lessons, fit_correction, take_lesson
from crisiswatch.core.counting import negativity_bin
from crisiswatch.core.sharing import UNIFORM, Correction, histogram_of
from crisiswatch.text.language import detect
from crisiswatch.text.linear import Linear

LABELS = ("negative", "neutral", "positive")
WEIGHTS = Path(__file__).parent.parent / "crisiswatch" / "text" / "data" / "negativity-linear-3.bin"
SIZES = (50, 200, 1_000)
PERTURBED = 3_000
TIMED, BATCHES = 4_096, (256, 32, 1)
_COMPOUND = 0.05
_LOADING = """
import time, sys
from crisiswatch.text.linear import Linear
with open(sys.argv[1], "rb") as file:
    Linear.from_bytes(file.read())
print(time.process_time())
"""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Texts of one file, their languages and labels (places in LABELS)."""

    name: str
    texts: tuple[str, ...]
    languages: tuple[str | None, ...]
    labels: Labels


@dataclass(frozen=True, slots=True)
class Scored:
    """P(negative) under a uniform prior (a text that is not scored has the prior) and the class that is found."""

    negative: Floats
    found: Labels


Scorer = Callable[[Sequence[str], Sequence[str | None]], Scored]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.negativity")
    parser.add_argument("--json", action="store_true", help="print one object (always so)")
    parser.add_argument("--data", type=Path, required=True, help="folder of *.tsv files")
    parser.add_argument("--labels", type=int, default=0, help="texts of each set by which scores are recalibrated")
    parser.add_argument("--perturb", action="store_true", help="measure disguised texts too (sets in English)")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(_finite(measure(options)), indent=2) + "\n")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return all that is measured, by its name."""
    model = Linear.from_bytes(options.weights.read_bytes())
    sets = [read_set(path) for path in sorted(options.data.glob("*.tsv"))]
    scorers: tuple[Scorer, Scorer] = (lambda texts, languages: by_model(model, texts, languages), by_vader)
    found: dict[str, dict[str, Any]] = {}
    for one in sets:
        mine, vader = (_quality(one, scorer(one.texts, one.languages), options) for scorer in scorers)
        found[one.name] = {**mine, "texts": len(one.texts), "vader": vader}
        if options.perturb and set(one.languages) == {"en"}:
            found[one.name]["perturbed"] = _perturbed(one, scorers[0])
    rates = {str(size): _rate(model, sets, size) for size in BATCHES}
    return {
        "sets": found,
        "texts_per_second": rates[str(BATCHES[0])],
        "texts_per_second_by_batch": rates,
        "load_seconds": _load_seconds(options.weights),
        "model_mb": round(options.weights.stat().st_size / 1e6, 3),
        "model": model.model,
    }


def read_set(path: Path) -> LabelledSet:
    """Return the texts of a file; lines without a known label are left out."""
    rows = [line.split("\t", 1) for line in path.read_text("utf-8").split("\n") if "\t" in line]
    rows = [row for row in rows if row[0] in LABELS]
    texts = tuple(text for _, text in rows)
    last = path.stem.rsplit("_", 1)[-1]
    is_hint = len(last) == 2 and last.isalpha() and last != path.stem
    languages = (last,) * len(texts) if is_hint else tuple(detect(texts))
    return LabelledSet(
        path.stem, texts, languages, np.array([LABELS.index(label) for label, _ in rows], dtype=np.int64)
    )


def by_model(model: Linear, texts: Sequence[str], languages: Sequence[str | None]) -> Scored:
    """Score with the model; the class is the likeliest one."""
    chances = model.probabilities(texts, languages)
    chances[np.isnan(chances[:, 0])] = (UNIFORM, 1 - 2 * UNIFORM + 1e-9, UNIFORM)
    return Scored(chances[:, 0], chances.argmax(axis=1))


def by_vader(texts: Sequence[str], languages: Sequence[str | None]) -> Scored:
    """Score with the baseline; the class is that of its compound, neutral within ±0.05 as is usual."""
    scores = Vader().score(texts, languages)
    negative = np.array([UNIFORM if score is None else score for score in scores])
    compound = np.array([0.0 if s is None else (math.log(s / (1 - s)) - BIAS) / SLOPE for s in scores])
    found = np.where(compound >= _COMPOUND, 2, np.where(compound <= -_COMPOUND, 0, 1))
    return Scored(negative, found)


def _quality(one: LabelledSet, scored: Scored, options: argparse.Namespace) -> dict[str, Any]:
    random = np.random.default_rng(options.seed)
    scores, labels, found, correction = scored.negative, one.labels, scored.found, Correction()
    usual = _histogram(scores)
    if options.labels:
        order = random.permutation(len(labels))
        known, rest = order[: options.labels], order[options.labels :]
        correction = _taught(scores[known], labels[known] == 0, usual)
        scores, labels, found = scores[rest], labels[rest], found[rest]
    negative, raw = labels == 0, scores
    scores = 1 / (1 + np.exp(-(log_odds(scores) * correction.factor + correction.summand)))
    classed = classes(labels, found)
    has_both = bool(negative.any() and (~negative).any())
    errors = {str(size): share_error(negative, scores, size, random) if has_both else math.nan for size in SIZES}
    return {
        "macro_recall": classed.macro_recall,
        "macro_f1": classed.macro_f1,
        "auc_negativity": auc(negative, scores),
        "ece": ece(negative, with_prior(scores, find_prior(scores))),
        "ece_uniform": ece(negative, scores),
        "ece_by_chance": ece_by_chance(with_prior(scores, find_prior(scores)), random),
        "share_error": errors,
        "shown_share": {str(size): shown_share(negative, raw, size, random, correction) for size in SIZES}
        if has_both
        else None,
        "n80": n80(negative, scores) if has_both else math.nan,
    }


def _taught(scores: Floats, negative: Truth, usual: Sequence[float]) -> Correction:
    """Return the correction that a daemon would use after these labels, all given at once."""
    if len(scores) < LEAST_LABELS:
        raise SystemExit(f"--labels {len(scores)}: labels correct nothing before there are {LEAST_LABELS}")
    lessons = Lessons()
    for place, (odds, is_negative) in enumerate(zip(log_odds(scores), negative, strict=True)):
        take_lesson(lessons, place.to_bytes(16), Lesson(float(odds), bool(is_negative)), usual)
    return fit_correction(lessons)


def _histogram(scores: Floats) -> list[float]:
    return histogram_of(negativity_bin(float(score)) for score in scores)


def _perturbed(one: LabelledSet, scorer: Scorer) -> dict[str, dict[str, float]]:
    texts, labels = one.texts[:PERTURBED], one.labels[:PERTURBED]
    found: dict[str, dict[str, float]] = {}
    for name, change in PERTURBATIONS.items():
        scored = scorer([change(text) for text in texts], one.languages[: len(texts)])
        recall = classes(labels, scored.found).macro_recall
        found[name] = {"macro_recall": recall, "auc_negativity": auc(labels == 0, scored.negative)}
    return found


def _rate(model: Linear, sets: Sequence[LabelledSet], size: int) -> float:
    """Return texts per second of processor time at a batch size, the best of three runs."""
    texts = [text for one in sets for text in one.texts][: TIMED if size > 1 else TIMED // 16]
    languages = [language for one in sets for language in one.languages][: len(texts)]
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        for place in range(0, len(texts), size):
            model.score(texts[place : place + size], languages[place : place + size])
        best = min(best, time.process_time() - start)
    return round(len(texts) / best, 1) if texts else 0.0


def _load_seconds(weights: Path) -> float:
    """Return the processor time of a fresh process that imports the scorer and reads the file."""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", _LOADING, str(weights)], capture_output=True, check=True, text=True, cwd=root
    )
    return round(float(done.stdout), 3)


def _finite(value: Any) -> Any:
    """Return the value with numbers rounded, and null for those that JSON cannot say."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    main()
