"""Makes the weights of the negativity model: `python -m training.negativity --data DIR --out FILE`.

DIR holds `NAME_LANGUAGE.tsv` files with `label<TAB>text` on every line. The same files make the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.featurising import Reader, featurise
from crisiswatch.text.linear.tables import Summing, standardise
from crisiswatch.text.linear.weights import ENGLISH, LANGUAGES, LATIN_HINDI, OTHERS, Table, Weights, to_bytes
from training.alphabet import build_alphabet
from training.calibrating import calibrate, uniform_weights
from training.corpora import Corpus, Share, read_corpora, share_of
from training.fitting import Matrix, Model, Plan, Targets, fit
from training.lexicons import compile_lexicon
from training.matrices import build_matrix, count_familiar, stack

SEEDS = (1, 2)
_HELD_OUT = 12
"""One text in so many is kept for the calibration."""

_PLANS = {ENGLISH: Plan(buckets=1 << 19, passes=8), OTHERS: Plan(buckets=1 << 19)}
_CALIBRATED_ON = {ENGLISH: ("semeval",), OTHERS: ("umsab",)}
_QUANTILE = 0.9995
_OFFSETS = {"fr": (0.5, 0.75), "it": (0.125, 0.25), "pt": (0.125, -0.125)}
"""Added to the logits (negative, positive) of a language, in steps of an eighth, for those without a corpus that has
a neutral class. Chosen on development sets."""

_LATIN_HINDI = (0.5, (0.1, 0.0))
"""Factor and summands of Hindi in Latin letters: spelling is guessed, and sums say half of what they seem to."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one table learns from one corpus, and what is kept for the calibration."""

    share: Share
    taught: Corpus
    kept: Corpus


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the file."""
    parser = argparse.ArgumentParser(
        prog="training.negativity", description="Make the weights of the negativity model."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of NAME_LANGUAGE.tsv files")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    options = parser.parse_args(arguments)
    data = to_bytes(train(read_corpora(options.data), _PLANS))
    options.out.write_bytes(data)
    sys.stdout.write(f"{options.out}: {len(data)} bytes\n")


def train(corpora: Sequence[Corpus], plans: dict[str, Plan]) -> Weights:
    """Return the weights learnt from the corpora."""
    alphabet = build_alphabet()
    empty = Reader(alphabet, np.zeros(1, dtype=np.bool_), compile_lexicon(alphabet))
    reader = replace(empty, familiar=count_familiar(corpora, empty))
    tables = {name: _train_table(name, corpora, reader, plan) for name, plan in plans.items()}
    offsets = np.array([*(_OFFSETS.get(language, (0.0, 0.0)) for language in LANGUAGES), _LATIN_HINDI[1]])
    factors = np.ones(len(offsets))
    factors[LATIN_HINDI] = _LATIN_HINDI[0]
    return Weights(reader, tables, factors, offsets)


def _train_table(name: str, corpora: Sequence[Corpus], reader: Reader, plan: Plan) -> Table:
    shares = [(corpus, share) for corpus in corpora if (share := share_of(corpus, name))]
    lessons = [_part(corpus, share, is_kept=corpus.name.startswith(_CALIBRATED_ON[name])) for corpus, share in shares]
    bits = plan.buckets.bit_length() - 1
    matrix = stack([build_matrix(lesson.taught, reader, bits) for lesson in lessons])
    mean, deviation = matrix.dense.mean(axis=0, dtype=np.float64), matrix.dense.std(axis=0, dtype=np.float64) + 1e-6
    scaled = standardise(matrix.dense, mean, deviation).astype(np.float32)
    matrix = Matrix(matrix.columns, matrix.values, matrix.bounds, scaled)
    targets = _targets(lessons)
    models = [fit(matrix, targets, replace(plan, seed=seed)) for seed in SEEDS]
    table = _table(models, mean, deviation)
    return replace(table, calibration=_calibrate(table, [lesson.kept for lesson in lessons], reader))


def _part(corpus: Corpus, share: Share, *, is_kept: bool) -> Lesson:
    """Draw at most the share's number of texts, and keep one in _HELD_OUT of them for the calibration."""
    order = np.random.default_rng(0).permutation(len(corpus.texts))[: share.most]
    kept = order[::_HELD_OUT] if is_kept else order[:0]
    taught = np.setdiff1d(order, kept)
    return Lesson(share, _pick(corpus, taught), _pick(corpus, np.sort(kept)))


def _pick(corpus: Corpus, places: NDArray[np.int64]) -> Corpus:
    texts, labels = (tuple(values[place] for place in places) for values in (corpus.texts, corpus.labels))
    return replace(corpus, texts=texts, labels=labels)


def _targets(lessons: Sequence[Lesson]) -> Targets:
    """Weigh the labels of each corpus alike, and the corpora by their shares."""
    labels, weights, sources, allowed = [], [], [], []
    for source, lesson in enumerate(lessons):
        label = np.array(lesson.taught.labels, dtype=np.int64)
        counts = np.bincount(label, minlength=3)
        labels.append(label)
        weights.append(lesson.share.weight / np.count_nonzero(counts) / counts[label])
        sources.append(np.full(len(label), source))
        allowed.append(counts > 0)
    weight = np.concatenate(weights)
    return Targets(
        np.concatenate(labels), (weight / weight.mean()).astype(np.float32), np.concatenate(sources), np.array(allowed)
    )


def _table(models: Sequence[Model], mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> Table:
    """Average the models and round them to small integers; neutral becomes the class that others are measured by."""
    sparse = np.mean([model.sparse for model in models], axis=0)
    dense = np.mean([model.dense for model in models], axis=0)
    pair = sparse[[0, 2]] - sparse[1]
    scale = float(np.quantile(np.abs(pair[pair != 0]), _QUANTILE)) / 127
    return Table(
        sparse=np.clip(np.round(pair / scale), -127, 127).astype(np.int8),
        scale=scale,
        mean=mean,
        deviation=deviation,
        dense=(dense[:, [0, 2]] - dense[:, 1:2]).astype(np.float64),
        bias=np.zeros(2),
        calibration=np.array([1.0, 0.0, 0.0]),
    )


def _calibrate(table: Table, kept: Sequence[Corpus], reader: Reader) -> NDArray[np.float64]:
    summing = Summing.of(table)
    logits, labels, groups = [], [], []
    for group, corpus in enumerate(kept):
        if corpus.texts:
            numbers = np.full(len(corpus.texts), LANGUAGES.index(corpus.language))
            logits.append(summing.logits(featurise(corpus.texts, numbers, reader)))
            labels.append(np.array(corpus.labels, dtype=np.int64))
            groups.append(np.full(len(corpus.texts), group))
    label = np.concatenate(labels)
    return calibrate(np.concatenate(logits), label, uniform_weights(label, np.concatenate(groups)))


if __name__ == "__main__":
    main()
