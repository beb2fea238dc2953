"""Letters in groups: words, runs of one mark, single emoji."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import DIGIT, EMOJI, KIND, LETTER, MARK, SPACE, UPPER
from crisiswatch.text.linear.hashing import Hashes, hash_spans, span_lengths
from crisiswatch.text.linear.reading import Letters


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens of a batch, in order. Tokens of text i are `starts[i]` to `starts[i + 1]`.

    `first` is the first letter of each, `kind` that letter's; `capital`: it is written in capitals alone.
    """

    hashes: Hashes
    text: NDArray[np.int64]
    first: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    capital: NDArray[np.bool_]
    starts: NDArray[np.int64]


def split(letters: Letters, hashed: Hashes) -> Tokens:
    """Return the tokens; `hashed` are the hashes of the single letters."""
    kind: NDArray[np.uint8] = letters.flags & np.uint8(KIND)
    kind[kind == DIGIT] = LETTER
    is_start = np.ones(len(kind), dtype=np.bool_)
    is_start[1:] = (kind[1:] != kind[:-1]) | (kind[1:] == EMOJI)
    is_start[1:] |= (kind[1:] == MARK) & (letters.points[1:] != letters.points[:-1])
    starts = np.flatnonzero(is_start)
    hashes = hash_spans(hashed, starts)
    kept = np.flatnonzero(kind[starts] != SPACE)
    upper = np.add.reduceat((letters.flags & UPPER) > 0, starts, dtype=np.int64)
    lengths = span_lengths(starts, len(kind))
    capital = (upper == lengths) & (lengths > 1)
    begin = starts[kept]
    bounds = np.searchsorted(begin, letters.starts)
    text = np.repeat(np.arange(len(bounds) - 1), bounds[1:] - bounds[:-1])
    return Tokens(hashes[kept], text, letters.points[begin], kind[begin], capital[kept], bounds)
