"""The telling words of one text, each under a hash: what a memory of words learns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

from crisiswatch.text.normalising import fold
from crisiswatch.text.own_names import own_names
from crisiswatch.text.stop_words import stop_words

LEAST_LETTERS, MOST_LETTERS = 3, 30
"""Shorter words say too little; longer ones are addresses and keys."""

MOST_WORDS = 40
"""Words of one text that are looked at, its first ones."""

_DECORATION = re.compile(r"(?:https?:/|www\.)\S*|[@]\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def words(text: str, exclude: Sequence[str] = ()) -> dict[int, str]:
    """Return the words of a text by their hash of 32 bits, folded; without stop words, addresses, and the excluded.

    `exclude` are names and queries of a brand: words of its own are in every text about it.
    """
    ignored, own = stop_words(), own_names(tuple(exclude))
    found: dict[int, str] = {}
    for word in _WORD.findall(_DECORATION.sub(" ", fold(text))):
        if LEAST_LETTERS <= len(word) <= MOST_LETTERS and word not in ignored and not own.has(word):
            found[crc32(word.encode("utf-8", "surrogatepass"))] = word
            if len(found) == MOST_WORDS:
                break
    return found
