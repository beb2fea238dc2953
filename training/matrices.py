"""Texts as the sparse rows that are fitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.featurising import Features, Reader, featurise
from crisiswatch.text.linear.hashing import finish, hash_letters
from crisiswatch.text.linear.reading import read
from crisiswatch.text.linear.scoring import AT_ONCE
from crisiswatch.text.linear.tokens import split
from crisiswatch.text.linear.weights import LANGUAGES
from training.corpora import Corpus
from training.fitting import Matrix

FAMILIAR_BITS = 19
_LEAST_SEEN = 4


def count_familiar(corpora: Sequence[Corpus], reader: Reader) -> NDArray[np.bool_]:
    """Return which word hashes were seen a few times in the corpora."""
    seen = np.zeros(1 << FAMILIAR_BITS, dtype=np.int64)
    for corpus in corpora:
        for start in range(0, len(corpus.texts), AT_ONCE):
            letters = read(corpus.texts[start : start + AT_ONCE], reader.alphabet)
            words = finish(split(letters, hash_letters(letters.points)).hashes) >> np.uint32(32 - FAMILIAR_BITS)
            seen += np.bincount(words, minlength=len(seen))
    return seen >= _LEAST_SEEN


def build_matrix(corpus: Corpus, reader: Reader, bits: int) -> Matrix:
    """Return the rows of a corpus; dense features are not yet on a common scale."""
    language = LANGUAGES.index(corpus.language)
    parts = []
    for start in range(0, len(corpus.texts), AT_ONCE):
        texts = corpus.texts[start : start + AT_ONCE]
        parts.append(_rows(featurise(texts, np.full(len(texts), language), reader), bits))
    return stack(parts)


def stack(parts: Sequence[Matrix]) -> Matrix:
    """Return the rows of all parts."""
    lengths = np.concatenate([np.diff(part.bounds) for part in parts])
    return Matrix(
        np.concatenate([part.columns for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate(([0], np.cumsum(lengths))),
        np.concatenate([part.dense for part in parts]),
    )


def _rows(features: Features, bits: int) -> Matrix:
    """Return a batch's rows: each block (words, letters) is divided by the root of its number of features."""
    texts = len(features.dense)
    columns, owners, values = [], [], []
    for block in (features.word, features.letter):
        numbers = np.diff(block.bounds, axis=1)
        value = (1.0 / np.sqrt(np.maximum(numbers.sum(axis=0), 1))).astype(np.float32)
        owner = np.concatenate([np.repeat(np.arange(texts), number) for number in numbers])
        columns.append((block.hashes >> np.uint32(32 - bits)).astype(np.int32))
        owners.append(owner)
        values.append(value[owner])
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=texts))))
    dense = features.dense.astype(np.float32)
    return Matrix(np.concatenate(columns)[order], np.concatenate(values)[order], bounds, dense)
