"""A factor and two summands that turn a table's logits into probabilities under a uniform prior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float64]
Numbers = NDArray[np.int64]

_ROUNDS = 50
_PULL = 1e-3


def calibrate(logits: Logits, labels: Numbers, weights: Logits) -> Logits:
    """Return the factor and the summands (negative, positive) with the least weighted loss, by Newton's method."""
    outcome = np.stack([labels == 0, labels == 2], axis=1).astype(np.float64)
    parameters = np.array([1.0, 0.0, 0.0])
    slopes = np.zeros((2, len(labels), 3))
    slopes[0] = np.stack([logits[:, 0], np.ones(len(labels)), np.zeros(len(labels))], axis=1)
    slopes[1] = np.stack([logits[:, 1], np.zeros(len(labels)), np.ones(len(labels))], axis=1)
    for _ in range(_ROUNDS):
        chances = _chances(logits * parameters[0] + parameters[1:])
        error = (chances - outcome) * weights[:, None]
        gradient = sum(slopes[k].T @ error[:, k] for k in (0, 1))
        curvature = _PULL * np.eye(3)
        for first in (0, 1):
            for second in (0, 1):
                spread = weights * chances[:, first] * ((first == second) - chances[:, second])
                curvature += slopes[first].T @ (slopes[second] * spread[:, None])
        parameters = parameters - np.linalg.solve(curvature, gradient)
    return parameters


def uniform_weights(labels: Numbers, groups: Numbers) -> Logits:
    """Return weights by which each group, and each label inside it, counts the same."""
    cells = groups * 3 + labels
    counts = np.bincount(cells)
    weights: Logits = 1.0 / counts[cells]
    weights /= weights.sum()
    return weights


def _chances(logits: Logits) -> Logits:
    """Return P(negative) and P(positive)."""
    three = np.concatenate([logits, np.zeros((len(logits), 1))], axis=1)
    powers = np.exp(three - three.max(axis=1, keepdims=True))
    chances: Logits = powers[:, :2] / powers.sum(axis=1, keepdims=True)
    return chances
