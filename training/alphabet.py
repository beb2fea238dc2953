"""The character tables of the model, from the Unicode database and the project's lists of look-alikes."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np

from crisiswatch.text.confusables import FANCY_LETTERS, LOOK_ALIKES
from crisiswatch.text.linear.alphabet import (
    ALIKE,
    ALIKE_FROM,
    ALIKE_TO,
    DIGIT,
    DROPPED,
    EMOJI,
    LATIN,
    LEET,
    LETTER,
    LINK,
    MARK,
    PERSON,
    POINTS,
    SPACE,
    UPPER,
    Alphabet,
)

LEET_SIGNS = dict(zip("013457$@", "oieastsa", strict=True))

_NEEDLESS_MARKS = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06ED), (0x093C, 0x093C), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F), (0x1F3FB, 0x1F3FF),
)  # fmt: skip
"""Marks that go: accents, vowel signs of Arabic and Hebrew, the nukta, selectors, skin tones."""

_NEEDLESS_LETTERS = frozenset("\u034f\u0640\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_BLANKS = frozenset("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f_\u2800")


@cache
def build_alphabet() -> Alphabet:
    """Return the tables."""
    plain = np.arange(POINTS, dtype=np.uint32)
    flags = np.zeros(POINTS, dtype=np.uint8)
    for point in range(POINTS - 1):
        plain[point] = ord(_plain(chr(point)))
        flags[point] = _flags(chr(point), chr(plain[point]))
    flags[POINTS - 1] = DROPPED
    flags[[PERSON, LINK]] = LETTER
    plain[ord("\n")] = ord("\n")
    alike = np.zeros(ALIKE_TO - ALIKE_FROM, dtype=np.uint32)
    for foreign, latin in LOOK_ALIKES.items():
        alike[foreign - ALIKE_FROM] = ord(latin[0])
    leet = np.zeros(128, dtype=np.uint32)
    for sign, letter in LEET_SIGNS.items():
        leet[ord(sign)] = ord(letter)
    return Alphabet(plain, flags, alike, leet)


def _plain(character: str) -> str:
    if _kind(character) == SPACE:
        return " "
    if ord(character) in FANCY_LETTERS:
        return FANCY_LETTERS[ord(character)][0]
    base = unicodedata.normalize("NFKD", character)[0]
    base = base.casefold()[0] if base.casefold() else base
    if ord(base) in FANCY_LETTERS:
        return FANCY_LETTERS[ord(base)][0]
    return base if _kind(base) == _kind(character) else character


def _flags(character: str, plain: str) -> int:
    flags = _kind(character)
    if unicodedata.category(character) == "Lu":
        flags |= UPPER
    if "a" <= plain <= "z":
        flags |= LATIN
    if ord(plain) in LOOK_ALIKES:
        flags |= ALIKE
    if character in LEET_SIGNS:
        flags |= LEET
    return flags


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if character in _BLANKS or category[0] == "Z":
        return SPACE
    if category in ("Cc", "Cf", "Cs") or character in _NEEDLESS_LETTERS or _is_needless(ord(character)):
        return DROPPED
    if category[0] in "LM":
        return LETTER
    if category[0] == "N":
        return DIGIT
    if category == "So" or (category == "Sk" and ord(character) > 0x1F000):
        return EMOJI
    return MARK


def _is_needless(point: int) -> bool:
    return any(first <= point <= last for first, last in _NEEDLESS_MARKS)
