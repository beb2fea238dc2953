"""Words in which digits stand for letters ("h473") are read as the words that are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import DIGIT, KIND, LATIN, LEET, LETTER, Alphabet
from crisiswatch.text.linear.hashing import Hashes, hash_letters, hash_spans
from crisiswatch.text.linear.reading import Letters
from crisiswatch.text.linear.stretching import Familiar, is_familiar

_READ_AS_LETTER = np.uint8(LETTER | LATIN)
_ZERO = ord("0")
_SHORTEST = 3
"""Letters from which on a word is looked up; of two letters only those that end with a zero ("n0") are."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Some words of a batch: the `places` of all their letters, where each word `begins` among these, and `lengths`."""

    places: NDArray[np.int64]
    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]


def decipher(letters: Letters, alphabet: Alphabet, familiar: Familiar) -> Letters:
    """Write letters for the digits of a word that is then known, and is not known with its digits.

    A word that ends with its only digit stays: that is the number of a model or version ("type5").
    """
    signs = np.flatnonzero(letters.flags & LEET)
    signs = signs[(letters.flags[signs] & KIND) == DIGIT]
    signs = signs[((letters.flags[signs - 1] | letters.flags[signs + 1]) & LATIN) > 0]
    if not len(signs):
        return letters
    words = _words(signs, letters)
    flags, points = letters.flags[words.places], letters.points[words.places]
    is_sign = ((flags & KIND) == DIGIT) & ((flags & LEET) > 0)
    found = np.add.reduceat(is_sign, words.begins, dtype=np.int64)
    latin = np.add.reduceat((flags & LATIN) > 0, words.begins, dtype=np.int64)
    last = words.begins + words.lengths - 1
    is_short = (words.lengths == _SHORTEST - 1) & (points[last] == _ZERO)
    is_long = (words.lengths >= _SHORTEST) & ((found > 1) | ~is_sign[last])
    meant = np.where(is_sign, alphabet.leet[np.minimum(points, 127)], points)
    better = (found + latin == words.lengths) & (is_long | is_short)
    better &= _is_known(meant, words.begins, familiar) & ~_is_known(points, words.begins, familiar)
    return _write(letters, words.places, meant, is_sign & np.repeat(better, words.lengths))


def _words(inside: NDArray[np.int64], letters: Letters) -> _Words:
    """Return the words of letters and digits around some places."""
    kind = letters.flags & np.uint8(KIND)
    borders = np.flatnonzero((kind != LETTER) & (kind != DIGIT))
    after = np.unique(np.searchsorted(borders, inside))
    start = borders[after - 1] + 1
    lengths = borders[after] - start
    begins = np.cumsum(lengths) - lengths
    return _Words(np.arange(int(lengths.sum())) + np.repeat(start - begins, lengths), begins, lengths)


def _write(
    letters: Letters, places: NDArray[np.int64], meant: NDArray[np.uint32], chosen: NDArray[np.bool_]
) -> Letters:
    if not chosen.any():
        return letters
    points, flags = letters.points.copy(), letters.flags.copy()
    points[places[chosen]] = meant[chosen]
    flags[places[chosen]] = _READ_AS_LETTER
    return Letters(points, flags, letters.stretched, letters.starts)


def _is_known(points: NDArray[np.uint32], first: NDArray[np.int64], familiar: Familiar) -> NDArray[np.bool_]:
    words: Hashes = hash_spans(hash_letters(points.astype(np.uint32)), first)
    return is_familiar(words, familiar)
