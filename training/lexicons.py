"""The lexicon of the model: the words of every language it learns, under hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from crisiswatch.text.linear.alphabet import Alphabet
from crisiswatch.text.linear.hashing import hash_letters
from crisiswatch.text.linear.lexical import (
    BOOSTER,
    CONTRAST,
    DAMPENER,
    NEGATOR,
    NO_ROLE,
    Lexicon,
    build_lexicon,
    lexicon_keys,
)
from crisiswatch.text.linear.reading import read
from crisiswatch.text.linear.tokens import split
from crisiswatch.text.linear.weights import LANGUAGES
from training import weighing

Entry = tuple[float, int]
"""A weight and a role."""

_ROLES = {"negators": NEGATOR, "boosters": BOOSTER, "dampeners": DAMPENER, "contrasts": CONTRAST}
_WORDS = Path(__file__).parent / "words"
_MIXED_WITH_ENGLISH = ("hi",)
"""Languages whose posts are half English: the words of both count, their own first."""

_CURSES = "fuck fucking fucked fucker shit shitty bitch bullshit asshole crap damn bastard"


def compile_lexicon(alphabet: Alphabet) -> Lexicon:
    """Return the lexicon of all languages; language 0 has the words on which the others agree."""
    by_language = {language: _hashed(_entries(language), alphabet) for language in LANGUAGES if language}
    by_language[""] = _agreed(list(by_language.values()))
    entries: dict[int, Entry] = {}
    for number, language in enumerate(LANGUAGES):
        words = by_language[language]
        keys = lexicon_keys(np.array(list(words), dtype=np.uint32), np.full(len(words), number))
        for key, entry in zip(keys.tolist(), words.values(), strict=True):
            entries.setdefault(key, entry)
    ordered = sorted(entries)
    weights = np.array([entries[key][0] for key in ordered], dtype=np.float32)
    roles = np.array([entries[key][1] for key in ordered], dtype=np.uint8)
    return build_lexicon(np.array(ordered, dtype=np.uint32), weights, roles)


def _entries(language: str) -> dict[str, Entry]:
    path = _WORDS / f"{language}.txt"
    more = _read_words(path.read_text("utf-8")) if path.exists() else {}
    if language in _MIXED_WITH_ENGLISH:
        return {**_shared_entries("en"), **more}
    return {**more, **_shared_entries(language)} if language in weighing.LANGUAGES else more


def _shared_entries(language: str) -> dict[str, Entry]:
    """Return the words that the baseline of the benchmark has too."""
    known = weighing.lexicon(language)
    entries: dict[str, Entry] = {word: (weight, NO_ROLE) for word, weight in known.weights.items()}
    for name, role in _ROLES.items():
        for word in getattr(known, name):
            entries[word] = (entries.get(word, (0.0, NO_ROLE))[0], role)
    if language == "en":
        for curse in _CURSES.split():
            entries |= dict.fromkeys(_starred(curse), entries.get(curse, (-2.0, NO_ROLE)))
    return entries


def _read_words(text: str) -> dict[str, Entry]:
    """Read lines that begin with a role or a weight; emoji have theirs in every language.

    A line `endings SIGN a b …` says for which endings the sign stands behind a word, `-` for none.
    """
    entries: dict[str, Entry] = {word: (weight, NO_ROLE) for word, weight in weighing.emoji_weights().items()}
    endings: dict[str, list[str]] = {}
    for line in text.splitlines():
        head, *words = line.split()
        if head == "endings":
            endings[words[0]] = ["" if ending == "-" else ending for ending in words[1:]]
            continue
        for word in words:
            entry = (0.0, _ROLES[head]) if head in _ROLES else (float(head), NO_ROLE)
            for form in _forms(word, endings):
                entries.setdefault(form, entry)
    return entries


def _forms(word: str, endings: Mapping[str, Sequence[str]]) -> list[str]:
    return [word[:-1] + ending for ending in endings[word[-1]]] if word[-1] in endings else [word]


def _starred(word: str) -> list[str]:
    """Return the ways in which a word is written with one or two stars inside."""
    inner = range(1, len(word) - 1)
    one = [word[:place] + "*" + word[place + 1 :] for place in inner]
    two = [word[:place] + "**" + word[place + 2 :] for place in inner if place + 2 < len(word)]
    return one + two


def _hashed(entries: Mapping[str, Entry], alphabet: Alphabet) -> dict[int, Entry]:
    """Return the entries that are one token, by its hash."""
    letters = read(list(entries), alphabet)
    tokens = split(letters, hash_letters(letters.points))
    first, number = tokens.starts[:-1].tolist(), np.diff(tokens.starts).tolist()
    hashed: dict[int, Entry] = {}
    for start, parts, entry in zip(first, number, entries.values(), strict=True):
        if parts == 1:
            hashed.setdefault(int(tokens.hashes[start]), entry)
    return hashed


def _agreed(languages: list[dict[int, Entry]]) -> dict[int, Entry]:
    found: dict[int, list[Entry]] = {}
    for words in languages:
        for word, entry in words.items():
            found.setdefault(word, []).append(entry)
    return {word: entries[0] for word, entries in found.items() if len({_kind(entry) for entry in entries}) == 1}


def _kind(entry: Entry) -> tuple[bool, int]:
    return entry[0] < 0, entry[1]
