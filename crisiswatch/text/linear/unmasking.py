"""Letters in disguise: look-alikes of other scripts, digits that stand for letters, words with gaps or stars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import ALIKE, ALIKE_FROM, DIGIT, KIND, LATIN, LEET, LETTER, SPACE, Alphabet

Points = NDArray[np.uint32]
Flags = NDArray[np.uint8]
Places = NDArray[np.int64]

_NEWLINE, _STAR, _APOSTROPHE, _SPACE = 10, 42, 39, 32
_PLAIN_LETTER = np.uint8(LETTER | LATIN)
_TRAILING = np.isin(np.arange(128), [ord(sign) for sign in "03$@"])
"""Signs that are read as a letter at the end of a word too; other digits there are numbers of models and versions."""


@dataclass(frozen=True, slots=True)
class _Words:
    """For some places: the stretch [start, end) of word characters around each, and a name for the stretch."""

    start: Places
    end: Places
    name: Places


def unmask(points: Points, flags: Flags, alphabet: Alphabet) -> None:
    """Put letters where letters are meant; in place."""
    alike = np.flatnonzero(flags & ALIKE)
    if len(alike):
        _read_look_alikes(points, flags, alike, alphabet)
    leet = np.flatnonzero(flags & LEET)
    if len(leet):
        _read_leet(points, flags, leet, alphabet)
    _join_stars(points, flags)
    _split_apostrophes(points, flags)


def spaced_letters(points: Points, flags: Flags) -> NDArray[np.bool_]:
    """Mark the spaces inside words that are written letter by letter (three letters or more)."""
    is_space = (flags & KIND) == SPACE
    single = np.zeros(len(points), dtype=np.bool_)
    single[1:-1] = is_space[:-2] & is_space[2:] & ((flags[1:-1] & LATIN) > 0)
    places = np.flatnonzero(single[1:-3] & single[3:-1]) + 2 if len(points) > 4 else np.zeros(0, dtype=np.int64)
    gap = np.zeros(len(points) + 4, dtype=np.bool_)
    gap[places] = points[places] == _SPACE
    inside = gap[places + 2] | gap[places - 2] if len(places) else gap[places]
    gap[places[~inside]] = False
    return gap[: len(points)]


def _read_look_alikes(points: Points, flags: Flags, alike: Places, alphabet: Alphabet) -> None:
    """Read them as Latin beside a Latin letter, and in words of nothing else if their text has such a mixed word."""
    words = _words(alike, (flags & KIND) == LETTER)
    latin, foreign = _counts(flags, LATIN), _counts(flags, ALIKE)
    mixed = latin[words.end] > latin[words.start]
    text = np.searchsorted(np.flatnonzero(points == _NEWLINE), alike)
    deceiving = np.zeros(int(text[-1]) + 1, dtype=np.bool_)
    deceiving[text[mixed]] = True
    whole = foreign[words.end] - foreign[words.start] == words.end - words.start
    meant = alike[mixed | (whole & deceiving[text])]
    points[meant] = alphabet.alike[points[meant] - ALIKE_FROM]
    flags[meant] = _PLAIN_LETTER


def _read_leet(points: Points, flags: Flags, leet: Places, alphabet: Alphabet) -> None:
    """Read digits as letters where a word has them between letters, or a single one before or after three.

    "h4te", "5uck5" and "fak3" are words; "4th", "10am" and "mp3" stay what they are.
    """
    beside = flags[leet - 1] | flags[leet + 1]
    if not (beside & LATIN).any():
        return
    leet = leet[(beside & (LATIN | LEET)) > 0]
    words = _words(leet, ((flags & (LATIN | LEET)) > 0) | ((flags & KIND) == DIGIT))
    latin, digits = _counts(flags, LATIN), _counts(flags, LEET)
    letters = latin[words.end] - latin[words.start]
    signs = digits[words.end] - digits[words.start]
    before = latin[leet] - latin[words.start]
    leading = (letters >= 3) & ((flags[leet + 1] & LATIN) > 0) & (leet == words.start)
    crossed = np.zeros(len(points) + 1, dtype=np.bool_)
    crossed[words.name[((before > 0) & (before < letters)) | leading]] = True
    trailing = (signs == 1) & (letters >= 3) & (leet == words.end - 1) & _TRAILING[points[leet]]
    pure = letters + signs == words.end - words.start
    meant = leet[pure & (letters >= 2) & (crossed[words.name] | trailing)]
    points[meant] = alphabet.leet[points[meant]]
    flags[meant] = _PLAIN_LETTER


def _join_stars(points: Points, flags: Flags) -> None:
    """Make one or two stars inside a word a part of it."""
    stars = np.flatnonzero(points == _STAR)
    if not len(stars):
        return
    words = _words(stars, (flags & LATIN > 0) | (points == _STAR))
    inside = (points[words.start] != _STAR) & (points[words.end - 1] != _STAR)
    flags[stars[inside]] = LETTER


def _split_apostrophes(points: Points, flags: Flags) -> None:
    """Keep an apostrophe inside a word if at most two letters follow ("don't"); elsewhere it parts words ("l'eau")."""
    marks = np.flatnonzero(points == _APOSTROPHE)
    if not len(marks):
        return
    is_letter = (flags & KIND) == LETTER
    near = np.minimum(marks + 3, len(points) - 1)
    kept = is_letter[marks - 1] & is_letter[marks + 1] & ~(is_letter[marks + 2 - (near < marks + 2)] & is_letter[near])
    flags[marks[kept]] = LETTER
    points[marks[~kept]] = _SPACE
    flags[marks[~kept]] = SPACE


def _words(places: Places, inside: NDArray[np.bool_]) -> _Words:
    borders = np.flatnonzero(~inside)
    name = np.searchsorted(borders, places)
    return _Words(borders[name - 1] + 1, borders[name], name)


def _counts(flags: Flags, flag: int) -> Places:
    """Return how many characters before each place have a flag; one place more than there are characters."""
    counts = np.zeros(len(flags) + 1, dtype=np.int64)
    np.cumsum((flags & flag) > 0, out=counts[1:])
    return counts
