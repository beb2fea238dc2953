"""Sparse features: hashes of words, word pairs and short stretches of letters, text by text."""

from __future__ import annotations

from collections.abc import Sequence
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
class Block:
    """Features of several kinds: those of kind k in text i are `hashes[bounds[k, i]:bounds[k, i + 1]]`."""

    hashes: Hashes
    bounds: NDArray[np.int64]


def hash_word_features(tokens: Tokens) -> Block:
    """Return words, pairs of neighbours, and pairs with one token between."""
    hashes = tokens.hashes
    found, bounds = [hashes ^ _WORD], [tokens.starts]
    for distance, constant in ((1, _PAIR), (2, _SKIP)):
        together = (tokens.text[distance:] == tokens.text[:-distance]).nonzero()[0]
        found.append(hashes[together] * constant + hashes[together + distance])
        bounds.append(together.searchsorted(tokens.starts))
    return _block(found, bounds)


def hash_letter_features(letters: Letters, hashed: Hashes) -> Block:
    """Return stretches of three to five letters with no space inside; one at either end tells where a word begins."""
    stretch = grow(hashed, hashed)
    solid = (letters.flags & KIND) != SPACE
    fits = solid[1:]
    found, bounds = [], []
    for length, constant in _LETTERS.items():
        stretch = grow(hashed, stretch)
        fits = fits[: len(stretch)] & solid[length - 2 : length - 2 + len(stretch)]
        places = fits.nonzero()[0]
        found.append(stretch[places] + constant)
        bounds.append(places.searchsorted(letters.starts))
    return _block(found, bounds)


def _block(found: Sequence[Hashes], bounds: Sequence[NDArray[np.int64]]) -> Block:
    """Return the kinds one after the other."""
    before = 0
    shifted = []
    for hashes, bound in zip(found, bounds, strict=True):
        shifted.append(bound + before)
        before += len(hashes)
    return Block(finish(np.concatenate(found)), np.array(shifted))
