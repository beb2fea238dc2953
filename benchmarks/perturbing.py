"""Disguises that people put on words to slip past filters, applied to every word of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from training.weighing import lexicon

_WORD = re.compile(r"(?<![@#\w/])[A-Za-z]{2,}(?![\w/]*://)")
_CYRILLIC = str.maketrans("aeopcxyiABEKMHOPCTX", "аеорсхуіАВЕКМНОРСТХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_VOWEL = re.compile("[aeiou]", re.IGNORECASE)


def _each(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: _WORD.sub(lambda match: change(match[0]), text)


def _leet_if_bad(word: str) -> str:
    return word.translate(_LEET) if lexicon("en").weights.get(word.lower(), 0.0) < 0 else word


def _stretch(word: str) -> str:
    return _VOWEL.sub(lambda match: match[0] * 4, word, count=1)


PERTURBATIONS: Mapping[str, Callable[[str], str]] = {
    "clean": lambda text: text,
    "homoglyphs": _each(lambda word: word.translate(_CYRILLIC)),
    "zero_width": _each(lambda word: word[: len(word) // 2] + "\u200b" + word[len(word) // 2 :]),
    "accents": _each(lambda word: _VOWEL.sub("\\g<0>\u0301", word)),
    "capitals": str.upper,
    "full_width": _each(lambda word: "".join(chr(ord(letter) + 0xFEE0) for letter in word)),
    "leet": _each(lambda word: word.translate(_LEET)),
    "leet_on_negative_words": _each(_leet_if_bad),
    "stretched": _each(_stretch),
}
"""By name: what is done to a text."""
