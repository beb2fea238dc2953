"""Many texts as one row of letters: folded, unmasked, without repeats and needless spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import DIGIT, DROPPED, KIND, LETTER, POINTS, SPACE, Alphabet
from crisiswatch.text.linear.plain import plain
from crisiswatch.text.linear.unmasking import spaced_letters, unmask

NEWLINE = 10


@dataclass(frozen=True, slots=True)
class Letters:
    """All letters of a batch. Text i is `points[starts[i]:starts[i + 1]]` and begins with its separator.

    `stretched` marks a letter after which repeats were left out; one separator more stands at the end.
    """

    points: NDArray[np.uint32]
    flags: NDArray[np.uint8]
    stretched: NDArray[np.bool_]
    starts: NDArray[np.int64]


def read(texts: Sequence[str], alphabet: Alphabet) -> Letters:
    """Return the letters of the texts."""
    joined = "\n" + "\n".join([plain(text) for text in texts]) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    if not joined.isascii():
        codes = np.minimum(codes, POINTS - 1)
    points, flags = alphabet.plain[codes], alphabet.flags[codes]
    dropped = (flags & KIND) == DROPPED
    if dropped.any():
        points, flags = points[~dropped], flags[~dropped]
    unmask(points, flags, alphabet)
    return _squeeze(points, flags)


def _squeeze(points: NDArray[np.uint32], flags: NDArray[np.uint8]) -> Letters:
    kind = flags & KIND
    is_space = kind == SPACE
    same = points[1:] == points[:-1]
    left_out = np.zeros(len(points), dtype=np.bool_)
    left_out[2:] = same[1:] & same[:-1] & (kind[2:] != DIGIT)
    stretched = np.zeros(len(points), dtype=np.bool_)
    stretched[:-1] = left_out[1:] & (kind[:-1] == LETTER)
    left_out[1:] |= is_space[1:] & is_space[:-1]
    left_out &= points != NEWLINE
    kept = np.flatnonzero(~left_out)
    points, flags, stretched = points[kept], flags[kept], stretched[kept]
    gaps = spaced_letters(points, flags)
    if gaps.any():
        points, flags, stretched = points[~gaps], flags[~gaps], stretched[~gaps]
    return Letters(points, flags, stretched, np.flatnonzero(points == NEWLINE))
