"""Sums of weights text by text, in whole numbers: a text's sum cannot depend on the texts beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.features import Block
from crisiswatch.text.linear.featurising import Features
from crisiswatch.text.linear.weights import Table

DENSE_LIMIT, DENSE_FACTOR = 4.0, 0.3
"""Standardised dense features are cut at the limit and scaled so that they do not outrun the sparse ones."""

_SHIFT = 20
_HALF = 1 << (_SHIFT - 1)

Logits = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Summing:
    """A table made ready: both weights of a bucket in one number, the second in the low bits."""

    pairs: NDArray[np.int32]
    table: Table

    @classmethod
    def of(cls, table: Table) -> Summing:
        """Return the table made ready."""
        first, second = table.sparse.astype(np.int32)
        return cls((first << _SHIFT) + second, table)

    def logits(self, features: Features) -> Logits:
        """Return two numbers a text: negative and positive, against neutral; before calibration."""
        table = self.table
        total = standardise(features.dense, table.mean, table.deviation)
        logits: Logits = np.einsum("ij,jk->ik", total, table.dense) + table.bias
        for block in (features.word, features.letter):
            logits += self._sum(block) * table.scale
        return logits

    def _sum(self, block: Block) -> Logits:
        shift = np.uint32(33 - len(self.pairs).bit_length())
        sums = np.zeros(len(block.hashes) + 1, dtype=np.int64)
        np.cumsum(self.pairs[block.hashes >> shift], out=sums[1:])
        ends = sums[block.bounds]
        total = (ends[:, 1:] - ends[:, :-1]).sum(axis=0)
        number = (block.bounds[:, 1:] - block.bounds[:, :-1]).sum(axis=0)
        second = ((total + _HALF) & ((1 << _SHIFT) - 1)) - _HALF
        both = np.stack([(total - second) >> _SHIFT, second], axis=1)
        sums_of_two: Logits = both / np.sqrt(np.maximum(number, 1))[:, None]
        return sums_of_two


def standardise(dense: NDArray[np.floating[Any]], mean: Logits, deviation: Logits) -> Logits:
    """Return dense features on a common scale."""
    return np.clip((dense - mean) / deviation, -DENSE_LIMIT, DENSE_LIMIT) * DENSE_FACTOR
