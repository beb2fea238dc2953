"""Sketches by which near-duplicates are found: a few small hashes that survive reposting and little edits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

from crisiswatch.text.normalising import fold
from crisiswatch.text.terms import UNSPACED

SIZE = 5
"""Hashes in a sketch; shorter texts have fewer."""

_LEAST_SHARED = 3
_DECORATION = re.compile(
    r"^(?:(?:rt|via|mt)\b[\s:]*(?=@)|@[\w.@-]+[\s:,]*)+|(?:https?:/|www\.)\S*|@[\w.@-]+|\bhttps?\b"
)
_UNSPACED_LETTER = re.compile(f"([{UNSPACED}])")
_LETTERS = bytes(byte if byte > 127 or chr(byte).isalnum() else 32 for byte in range(256))


def sketch(texts: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the smallest hashes of each text's word pairs, ascending, without links, handles and repost marks.

    Equal in every process. A text of one word has the hash of that word, one without words an empty sketch.
    """
    return [_sketch(text) for text in texts]


def is_same(a: Sequence[int], b: Sequence[int]) -> bool:
    """Tell whether two sketches are of one story: three hashes of five agree, or all where there are few.

    A changed word changes two pairs at most, so a copy with one changed word always keeps three of its hashes.
    """
    shared = len(set(a).intersection(b))
    if len(a) < SIZE or len(b) < SIZE:
        return shared > 0 and shared == max(len(a), len(b))
    return shared >= _LEAST_SHARED


def _sketch(text: str) -> tuple[int, ...]:
    folded = fold(text)
    if "@" in folded or "http" in folded or "www." in folded:
        folded = _DECORATION.sub(" ", folded)
    if not folded.isascii():
        folded = _UNSPACED_LETTER.sub(r" \1 ", folded)
    words = folded.encode("utf-8").translate(_LETTERS).split()
    if len(words) < 2:
        return tuple(crc32(word) for word in words)
    pairs = {crc32(b"%b %b" % pair) for pair in pairwise(words)}
    return tuple(sorted(pairs)[:SIZE])
