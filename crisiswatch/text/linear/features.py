"""Sparse features: hashes of words, word pairs and short stretches of letters, text by text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import KIND, SPACE
from crisiswatch.text.linear.hashing import Hashes, finish, grow, salt
from crisiswatch.text.linear.reading import Letters
from crisiswatch.text.linear.tokens import Tokens

_WORD, _PAIR, _SKIP = salt(1), salt(2), salt(3)
_LETTERS = {length: salt(10 + length) for length in (3, 4, 5)}


@dataclass(frozen=True, slots=True)
class Group:
    """Features of one kind: those of text i are `hashes[bounds[i]:bounds[i + 1]]`."""

    hashes: Hashes
    bounds: NDArray[np.int64]


def word_groups(tokens: Tokens) -> Iterator[Group]:
    """Yield words, pairs of neighbours, and pairs with one token between."""
    hashes, bounds = tokens.hashes, tokens.starts
    yield Group(finish(hashes ^ _WORD), bounds)
    for distance, constant in ((1, _PAIR), (2, _SKIP)):
        if len(hashes) > distance:
            together = np.flatnonzero(tokens.text[distance:] == tokens.text[:-distance])
            pairs = finish(hashes[together] * constant + hashes[together + distance])
            yield Group(pairs, np.searchsorted(together, bounds))


def letter_groups(letters: Letters, hashed: Hashes) -> Iterator[Group]:
    """Yield stretches of three to five letters with no space inside; one at either end tells where a word begins."""
    stretch = grow(hashed, hashed)
    solid = (letters.flags & KIND) != SPACE
    fits = solid[1:]
    for length, constant in _LETTERS.items():
        stretch = grow(hashed, stretch)
        if len(stretch) == 0:
            return
        if length > 3:
            fits = fits[: len(stretch)] & solid[length - 2 : length - 2 + len(stretch)]
        places = np.flatnonzero(fits[: len(stretch)])
        yield Group(finish(stretch[places] + constant), np.searchsorted(places, letters.starts))
