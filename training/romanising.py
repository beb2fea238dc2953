"""Devanagari as people type it with Latin letters: "बहुत अच्छा" → "bahut accha"."""

from __future__ import annotations

import re
import unicodedata

_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
        "k kh g gh n ch chh j jh n t th d dh n t th d dh n p ph b bh m y r l v sh sh s h".split(),
        strict=True,
    )
)
_VOWELS = dict(zip("अआइईउऊऋएऐओऔ", "a aa i ee u oo ri e ai o au".split(), strict=True))
_SIGNS = dict(zip("ािीुूृेैोौॅॉ", "a i i u u ri e ai o au e o".split(), strict=True))
_NASAL, _VIRAMA = "ंँ", "्"
_DIGITS = str.maketrans("०१२३४५६७८९।", "0123456789.")
_WORD = re.compile("[\u0900-\u0963\u0966-\u097f]+")


def romanise(text: str) -> str:
    """Return the text with Devanagari words in Latin letters; the unspoken vowel at the end of a word is left out."""
    plain = unicodedata.normalize("NFD", text).replace("\u093c", "").translate(_DIGITS)
    return _WORD.sub(lambda match: _word(match[0]), plain)


def _word(word: str) -> str:
    letters: list[str] = []
    for place, letter in enumerate(word):
        after = word[place + 1 : place + 2]
        if letter in _CONSONANTS:
            is_bare = not after or after in _SIGNS or after == _VIRAMA
            letters.append(_CONSONANTS[letter] + ("" if is_bare else "a"))
        elif letter in _NASAL:
            letters.append("n")
        else:
            letters.append(_VOWELS.get(letter, _SIGNS.get(letter, "")))
    return "".join(letters)
