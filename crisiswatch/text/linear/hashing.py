"""Hashes of stretches of letters, all at once: 32 bits, the same for a word wherever it stands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]

_STEP = np.uint32(0x9E3779B1)
_FIRST, _SECOND = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
_LONGEST = 4_096


def hash_letters(points: NDArray[np.uint32]) -> Hashes:
    """Return a well-mixed value for each code point."""
    mixed = points * _FIRST
    mixed ^= mixed >> np.uint32(15)
    mixed *= _SECOND
    return mixed


def hash_spans(letters: Hashes, starts: NDArray[np.int64]) -> Hashes:
    """Return the hash of each stretch that begins at one of `starts` (0 is the first) and ends where the next begins.

    The hash of letters a, b, c is a + b·step + c·step²; `grow` builds the same value letter by letter.
    """
    places = np.arange(len(letters)) - np.repeat(starts, span_lengths(starts, len(letters)))
    return np.add.reduceat(letters * _POWERS[places % _LONGEST], starts, dtype=np.uint32)


def span_lengths(starts: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Return the lengths of stretches that follow each other, the last one up to `end`."""
    lengths = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=lengths[:-1])
    lengths[-1:] = end - starts[-1:]
    return lengths


def grow(letters: Hashes, shorter: Hashes) -> Hashes:
    """Return the hashes of all stretches one letter longer than those of `shorter`."""
    return letters[: max(len(shorter) - 1, 0)] + shorter[1:] * _STEP


def finish(hashes: Hashes) -> Hashes:
    """Return the hashes with every bit depending on every other; in place."""
    hashes ^= hashes >> np.uint32(16)
    hashes *= _FIRST
    hashes ^= hashes >> np.uint32(15)
    hashes *= _SECOND
    hashes ^= hashes >> np.uint32(16)
    return hashes


def salt(number: int) -> np.uint32:
    """Return a constant that keeps one kind of feature apart from another."""
    return np.uint32((0x9E3779B1 * (2 * number + 1) ^ 0x85EBCA6B) & 0xFFFFFFFF | 1)


_POWERS: Hashes = np.multiply.accumulate(np.concatenate(([1], np.full(_LONGEST - 1, _STEP))).astype(np.uint32))
