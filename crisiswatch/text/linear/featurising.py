"""From texts to features: what training and scoring share, so that both see the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import EMOJI, LETTER, PERSON, Alphabet
from crisiswatch.text.linear.deciphering import decipher
from crisiswatch.text.linear.features import Block, hash_letter_features, hash_word_features
from crisiswatch.text.linear.hashing import hash_letters
from crisiswatch.text.linear.lexical import Lexicon, describe
from crisiswatch.text.linear.reading import read
from crisiswatch.text.linear.stretching import Familiar, is_familiar, shorten
from crisiswatch.text.linear.tokens import Tokens, split


@dataclass(frozen=True, slots=True)
class Reader:
    """All that is needed to turn texts into features."""

    alphabet: Alphabet
    familiar: Familiar
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a batch: hashed words, hashed stretches of letters, and the dense ones, a row a text.

    `words` counts the words of each text and `known` those that were seen in training.
    """

    word: Block
    letter: Block
    dense: NDArray[np.float64]
    words: NDArray[np.int64]
    known: NDArray[np.int64]


def featurise(texts: Sequence[str], languages: NDArray[np.int64], reader: Reader) -> Features:
    """Return the features of one or more texts, whose languages are given by number."""
    letters = decipher(read(texts, reader.alphabet), reader.alphabet, reader.familiar)
    letters = shorten(letters, reader.familiar)
    hashed = hash_letters(letters.points)
    tokens = split(letters, hashed)
    stretched = np.add.reduceat(letters.stretched, letters.starts[:-1], dtype=np.int64)
    dense = describe(tokens, stretched, languages, reader.lexicon)
    words, known = _familiarity(tokens, reader.familiar)
    return Features(hash_word_features(tokens), hash_letter_features(letters, hashed), dense, words, known)


def _familiarity(tokens: Tokens, familiar: Familiar) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    is_word = ((tokens.kind == LETTER) & (tokens.first < PERSON)) | (tokens.kind == EMOJI)
    places = np.flatnonzero(is_word)
    texts = len(tokens.starts) - 1
    known = places[is_familiar(tokens.hashes[places], familiar)]
    return np.bincount(tokens.text[places], minlength=texts), np.bincount(tokens.text[known], minlength=texts)
