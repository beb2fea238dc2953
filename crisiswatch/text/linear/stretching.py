"""Stretched words ("baaad") are shortened to words that are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import KIND, LETTER
from crisiswatch.text.linear.hashing import Hashes, finish, hash_letters, hash_spans
from crisiswatch.text.linear.reading import NEWLINE, Letters

Familiar = NDArray[np.bool_]
"""By the top bits of a word's hash: whether words seen in training hash there."""


def is_familiar(words: Hashes, familiar: Familiar) -> NDArray[np.bool_]:
    """Tell which words (hashes, not finished) were seen in training; a few that were not are taken for such."""
    shift = np.uint32(33 - len(familiar).bit_length())
    known: NDArray[np.bool_] = familiar[finish(words.copy()) >> shift]
    return known


def shorten(letters: Letters, familiar: Familiar) -> Letters:
    """Write each stretched letter once where the word is then known, and is not known with the letter twice."""
    stretched = np.flatnonzero(letters.stretched)
    if not len(stretched):
        return letters
    borders = np.flatnonzero((letters.flags & KIND) != LETTER)
    word = np.unique(np.searchsorted(borders, stretched))
    start, lengths = borders[word - 1] + 1, borders[word] - borders[word - 1] - 1
    place = _ranges(start, lengths)
    owner = np.repeat(np.arange(len(word)), lengths)
    needless = letters.stretched[place]
    single = _hash_words(letters.points[place[~needless]], owner[~needless])
    double = _hash_words(letters.points[place], owner)
    better = is_familiar(single, familiar) & ~is_familiar(double, familiar)
    kept = np.ones(len(letters.points), dtype=np.bool_)
    kept[place[needless & better[owner]]] = False
    points = letters.points[kept]
    return Letters(points, letters.flags[kept], letters.stretched[kept], np.flatnonzero(points == NEWLINE))


def _ranges(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    offsets = np.cumsum(lengths) - lengths
    places: NDArray[np.int64] = np.arange(int(lengths.sum())) + np.repeat(starts - offsets, lengths)
    return places


def _hash_words(points: NDArray[np.uint32], owner: NDArray[np.int64]) -> Hashes:
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return hash_spans(hash_letters(points), starts)
