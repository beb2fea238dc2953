"""Fits a softmax over hashed features: mini-batches, a step size per weight (AdaGrad), features left out at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

CLASSES = 3
_NEVER = np.float32(-1e9)
_SLOWER = 0.1
"""Dense weights and intercepts move this much slower than sparse ones."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Sparse rows: row i has `values` at `columns` from `bounds[i]` to `bounds[i + 1]`, and a row of `dense`."""

    columns: NDArray[np.int32]
    values: Floats
    bounds: Numbers
    dense: Floats


@dataclass(frozen=True, slots=True)
class Targets:
    """What to learn of each row: `label`, `weight`, `source`; `allowed[source]` tells which classes a source has.

    A class that a source does not have is no answer there: such rows teach how the others differ, and no more.
    Each source has intercepts of its own, left behind after the fit; those of source 0 stay zero.
    """

    label: Numbers
    weight: Floats
    source: Numbers
    allowed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fit: passes over the data, rows at a time, step size, pull to zero, share of features left out."""

    buckets: int
    passes: int = 5
    rows: int = 256
    step: float = 0.05
    shrink: float = 1e-5
    left_out: float = 0.5
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """Weights that are being fitted, class first for the sparse ones; the arrays change in place."""

    sparse: Floats
    dense: Floats
    source: Floats

    @classmethod
    def full(cls, plan: Plan, dense: int, sources: int, value: tuple[float, float]) -> Model:
        """Return a model with one value in all sparse weights and another in the rest."""
        return cls(
            np.full((CLASSES, plan.buckets), value[0], dtype=np.float32),
            np.full((dense, CLASSES), value[1], dtype=np.float32),
            np.full((sources, CLASSES), value[1], dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of the matrix, features left out: `owner` is the row of each feature, `met` the columns in use."""

    columns: NDArray[np.int32]
    values: Floats
    owner: Numbers
    numbers: Numbers


def fit(matrix: Matrix, targets: Targets, plan: Plan) -> Model:
    """Return the weights after all passes."""
    random = np.random.default_rng(plan.seed)
    sizes = matrix.dense.shape[1], len(targets.allowed)
    model, squares = Model.full(plan, *sizes, (0.0, 0.0)), Model.full(plan, *sizes, (1e-2, 1.0))
    for number in range(plan.passes):
        step = plan.step * (1.0 - 0.9 * number / plan.passes)
        order = random.permutation(len(targets.label))
        for start in range(0, len(order), plan.rows):
            rows = _gather(matrix, order[start : start + plan.rows], plan, random)
            error = _errors(predict(model, matrix, rows, targets), targets, rows.numbers)
            _learn_sparse(model, squares, rows, error, (step, plan.shrink))
            _learn_rest(model, squares, (matrix.dense[rows.numbers], targets.source[rows.numbers]), error, step)
    return model


def predict(model: Model, matrix: Matrix, rows: _Rows, targets: Targets) -> Floats:
    """Return the logits of some rows."""
    logits = matrix.dense[rows.numbers] @ model.dense + model.source[targets.source[rows.numbers]]
    for number in range(CLASSES):
        products = rows.values * model.sparse[number][rows.columns]
        logits[:, number] += np.bincount(rows.owner, products, len(rows.numbers))
    return logits


def _gather(matrix: Matrix, numbers: Numbers, plan: Plan, random: np.random.Generator) -> _Rows:
    lengths = matrix.bounds[numbers + 1] - matrix.bounds[numbers]
    offsets = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum())) + np.repeat(matrix.bounds[numbers] - offsets, lengths)
    owner = np.repeat(np.arange(len(numbers)), lengths)
    kept = random.random(len(places), dtype=np.float32) >= plan.left_out
    places, owner = places[kept], owner[kept]
    values = matrix.values[places] / np.float32(1.0 - plan.left_out)
    return _Rows(matrix.columns[places], values, owner, numbers)


def _errors(logits: Floats, targets: Targets, numbers: Numbers) -> Floats:
    logits = np.where(targets.allowed[targets.source[numbers]], logits, _NEVER)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(numbers)), targets.label[numbers]] -= 1.0
    errors: Floats = chances * targets.weight[numbers, None]
    return errors


def _learn_sparse(model: Model, squares: Model, rows: _Rows, error: Floats, pace: tuple[float, float]) -> None:
    step, shrink = pace
    used = np.zeros(model.sparse.shape[1], dtype=np.int32)
    used[rows.columns] = 1
    met = np.flatnonzero(used)
    used[met] = np.arange(len(met))
    local = used[rows.columns]
    for number in range(CLASSES):
        gradient = np.bincount(local, rows.values * error[rows.owner, number], len(met)).astype(np.float32)
        current = model.sparse[number][met]
        gradient += shrink * current
        square = squares.sparse[number][met] + gradient * gradient
        squares.sparse[number][met] = square
        model.sparse[number][met] = current - step * gradient / np.sqrt(square)


def _learn_rest(model: Model, squares: Model, inputs: tuple[Floats, Numbers], error: Floats, step: float) -> None:
    dense, source = inputs
    by_source = np.zeros_like(model.source)
    np.add.at(by_source, source, error)
    by_source[0] = 0.0
    changes = ((model.dense, squares.dense, dense.T @ error), (model.source, squares.source, by_source))
    for values, square, gradient in changes:
        np.add(square, gradient * gradient, out=square)
        np.subtract(values, _SLOWER * step * gradient / np.sqrt(square), out=values)
