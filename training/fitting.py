"""Fits a softmax over hashed features: mini-batches, a step size per weight (AdaGrad), features left out at random."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CLASSES = 3
NEGATIVE, NEUTRAL, POSITIVE = range(CLASSES)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Sparse rows: row i has `values` at `columns` from `bounds[i]` to `bounds[i + 1]`, and a row of `dense`."""

    columns: NDArray[np.int32]
    values: Floats
    bounds: NDArray[np.int64]
    dense: Floats


@dataclass(frozen=True, slots=True)
class Targets:
    """What to learn of each row: its `label`, its `weight`, its `source`; `allowed[source]` are the source's classes."""

    label: NDArray[np.int64]
    weight: Floats
    source: NDArray[np.int64]
    allowed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fit: passes over the data, rows at a time, step size, pull to zero, share of features left out."""

    buckets: int
    passes: int = 8
    rows: int = 256
    step: float = 0.05
    shrink: float = 1e-5
    left_out: float = 0.5
    seed: int = 1


@dataclass(slots=True)
class Weights:
    """The state of a fit: weights and sums of squared gradients; class first."""

    sparse: Floats
    dense: Floats
    source: Floats
    squares: dict[str, Floats] = field(default_factory=dict)


def fit(matrix: Matrix, targets: Targets, plan: Plan) -> Weights:
    """Return the weights after all passes."""
    random = np.random.default_rng(plan.seed)
    weights = _zeros(plan.buckets, matrix.dense.shape[1], len(targets.allowed))
    for number in range(plan.passes):
        step = plan.step * (1.0 - 0.9 * number / plan.passes)
        order = random.permutation(len(targets.label))
        for start in range(0, len(order), plan.rows):
            _learn(weights, matrix, targets, order[start : start + plan.rows], plan, step, random)
    return weights


def _zeros(buckets: int, dense: int, sources: int) -> Weights:
    shapes = {"sparse": (CLASSES, buckets), "dense": (dense, CLASSES), "source": (sources, CLASSES)}
    start = {"sparse": 1e-2, "dense": 1.0, "source": 1.0}
    zeros = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()}
    squares = {name: np.full(shape, start[name], dtype=np.float32) for name, shape in shapes.items()}
    return Weights(**zeros, squares=squares)


def _learn(weights, matrix, targets, rows, plan, step, random) -> None:
    columns, values, owner = _gather(matrix, rows)
    kept = random.random(len(columns), dtype=np.float32) >= plan.left_out
    columns, owner = columns[kept], owner[kept]
    values = values[kept] / (1.0 - plan.left_out)
    dense = matrix.dense[rows]
    source = targets.source[rows]
    logits = dense @ weights.dense + weights.source[source]
    for number in range(CLASSES):
        logits[:, number] += np.bincount(owner, values * weights.sparse[number][columns], len(rows))
    error = _errors(logits, targets, rows)
    touched = np.zeros(plan.buckets, dtype=np.bool_)
    touched[columns] = True
    met = np.flatnonzero(touched)
    place = np.zeros(plan.buckets, dtype=np.int32)
    place[met] = np.arange(len(met))
    local = place[columns]
    for number in range(CLASSES):
        gradient = np.bincount(local, values * error[owner, number], len(met)).astype(np.float32)
        current = weights.sparse[number][met]
        gradient += plan.shrink * current
        squares = weights.squares["sparse"][number]
        squares[met] += gradient * gradient
        weights.sparse[number][met] = current - step * gradient / np.sqrt(squares[met])
    _step(weights.dense, weights.squares["dense"], dense.T @ error, 0.1 * step)
    per_source = np.zeros_like(weights.source)
    np.add.at(per_source, source, error)
    _step(weights.source, weights.squares["source"], per_source, 0.1 * step)


def _gather(matrix, rows):
    lengths = matrix.bounds[rows + 1] - matrix.bounds[rows]
    offsets = np.cumsum(lengths) - lengths
    place = np.arange(int(lengths.sum())) + np.repeat(matrix.bounds[rows] - offsets, lengths)
    owner = np.repeat(np.arange(len(rows)), lengths)
    return matrix.columns[place], matrix.values[place], owner


def _errors(logits, targets, rows) -> Floats:
    logits = np.where(targets.allowed[targets.source[rows]], logits, -1e9)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(rows)), targets.label[rows]] -= 1.0
    return (chances * targets.weight[rows, None]).astype(np.float32)


def _step(values: Floats, squares: Floats, gradient: Floats, step: float) -> None:
    squares += gradient * gradient
    values -= step * gradient / np.sqrt(squares)
