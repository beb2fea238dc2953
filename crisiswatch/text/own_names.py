"""The words of a brand's own name in the ways people write it: they are in every text about it, and news in none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from crisiswatch.text.normalising import fold

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile(r"['’`´]")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae"}
_UMLAUT = re.compile("[" + "".join(_UMLAUTS) + "]")
_ADDED = ("s", "tm")
"""What stands behind any name: a plural, a trade mark."""

_LEAST_STEM, _ENDING, _LONGER_ENDING = 5, 2, 3
"""Letters of a name that may be inflected, and of its ending; longer outside ASCII, where cases are written."""


class OwnNames:
    """Knows the words of some names: each of them, all glued together, possessive, plural, inflected, as in ASCII."""

    def __init__(self, names: Sequence[str]) -> None:
        spellings = [spelling for name in names for spelling in _spellings(name)]
        forms = {word for spelling in spellings for word in spelling}
        forms |= {"".join(spelling) for spelling in spellings}
        # "mcdonald's" is also written "mcdonald": the letter behind an apostrophe is an ending
        forms |= {spelling[0] for spelling in spellings if len(spelling) == 2 and len(spelling[1]) == 1}
        self._forms = frozenset(forms)
        self._beginnings = tuple({form[:2] for form in forms})
        self._stems = tuple(form for form in forms if len(form) >= _LEAST_STEM)

    def has(self, word: str) -> bool:
        """Tell whether a folded word is one of a name's."""
        if word in self._forms:
            return True
        if not any(beginning in word for beginning in self._beginnings):
            return False  # most words: spared the rest
        parts = [part for part in _APOSTROPHE.split(word) if len(part) > 1]
        glued = "".join(_WORD.findall(word))
        forms = {*parts, glued, *(part.removesuffix(end) for part in parts for end in _ADDED)}
        return any(form in self._forms or self._is_inflected(form) for form in forms)

    def _is_inflected(self, word: str) -> bool:
        most = _ENDING if word.isascii() else _LONGER_ENDING
        return any(word.startswith(stem) and len(word) - len(stem) <= most for stem in self._stems)


@lru_cache(maxsize=1024)
def own_names(names: tuple[str, ...]) -> OwnNames:
    """Return what knows these names."""
    return OwnNames(names)


def _spellings(name: str) -> list[list[str]]:
    lower = name.lower()
    written = dict.fromkeys((fold(lower), fold(_UMLAUT.sub(lambda letter: _UMLAUTS[letter[0]], lower))))
    return [words for spelling in written if (words := _WORD.findall(spelling))]
