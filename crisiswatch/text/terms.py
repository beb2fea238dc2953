"""One thing to look for in a folded text: a word, phrase, handle, tag or address, with its edges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from itertools import pairwise

from crisiswatch.text.confusables import imitations
from crisiswatch.text.normalising import fold
from crisiswatch.text.stop_words import stop_words

UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3040-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Ranges of the scripts that write words without spaces, or glue particles to them."""

WORDS = re.compile(f"[^\\W{UNSPACED}]+|[{UNSPACED}]")
"""Finds the words of a folded text, as they are counted between neighbours."""

_VOWEL_SIGNS = "\u0900-\u0963\u0966-\u0dff"
_STARTS_WORD = re.compile(f"[^\\W{UNSPACED}]|[{_VOWEL_SIGNS}]")
_NO_WORD_BEFORE = f"(?<![^\\W{UNSPACED}])(?<![{_VOWEL_SIGNS}])"
_NO_WORD_AFTER = f"(?![^\\W{UNSPACED}]|[{_VOWEL_SIGNS}])"
_NO_ADDRESS_AFTER = r"(?![.-]?\w)"
_PIECE = re.compile(f"[^\\W{UNSPACED}]+|[{UNSPACED}]+|[^\\w\\s]+")
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?(?=.)")


class TermKind(Enum):
    """What a term is, which decides what may stand around it."""

    WORD = "word"
    PHRASE = "phrase"
    HANDLE = "handle"
    TAG = "tag"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled term. `anchors` are strings of which at least one is in every text that has the term.

    `exact` says that an anchor with no word glued to it is the whole term; `source` is the expression that finds it.
    """

    text: str
    kind: TermKind
    source: str = field(compare=False, repr=False)
    anchors: tuple[str, ...]
    exact: bool

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the compiled expression; most terms of a large index never need theirs, and each takes its time."""
        return _compiled(self.source)

    def hits(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield the span of each place of the term in a folded text, from left to right."""
        if any(anchor in folded for anchor in self.anchors):
            for match in self.pattern.finditer(folded):
                yield match.span()

    def is_in(self, folded: str) -> bool:
        """Tell whether a folded text has the term."""
        for anchor in self.anchors:
            if anchor in folded:
                return self.pattern.search(folded) is not None
        return False


def compile_term(text: str, kind: TermKind) -> Term | None:
    """Return the term for what a person wrote, None if nothing is left of it to look for."""
    folded = fold(text)
    if kind is TermKind.ADDRESS:
        folded = _SCHEME.sub("", folded).rstrip("/")
    words = [word for word in map(_stem, folded.split()) if _pieces(word)]
    if not words:
        return None
    spellings = [words]
    if kind is TermKind.WORD:
        spellings += [[other + "*" * words[0].endswith("*")] for other in imitations(words[0].rstrip("*"))]
    pattern = "|".join(_source(spelling, kind) for spelling in spellings)
    anchors = tuple(_anchor(spelling) for spelling in spellings)
    exact = kind is TermKind.WORD and [anchors[0]] == words and _STARTS_WORD.match(words[0]) is not None
    return Term(" ".join(words), kind, pattern, anchors, exact)


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


def rarity(anchor: str) -> int:
    """Return how telling a string is: its length, where an ideograph counts as three letters."""
    return sum(1 if letter < "\u0e00" else 3 for letter in anchor)


def is_common(anchor: str) -> bool:
    """Tell whether a string stands in nearly every text."""
    return len(anchor) == 1 or anchor in stop_words()


def starts_word(letter: str) -> bool:
    """Tell whether a letter glued to a word makes it another word."""
    return _STARTS_WORD.match(letter) is not None


def _stem(word: str) -> str:
    """Return the word with at most one star, at its end."""
    return word.rstrip("*") + ("*" if word.endswith("*") else "")


def _source(words: list[str], kind: TermKind) -> str:
    """Return the regular expression of a spelling; it has no nested repetition, so it cannot run away."""
    source = _word_source(words[0])
    for before, word in pairwise(words):
        glued = not (starts_word(before[-1]) and starts_word(word[0])) and before[-1] != "*"
        source += (r"\W*" if glued else r"\W+") + _word_source(word)
    if kind in (TermKind.HANDLE, TermKind.TAG):
        return r"(?<![\w])" + source + ("" if words[-1].endswith("*") else _NO_ADDRESS_AFTER)
    before_it = r"(?<![\w-])" if kind is TermKind.ADDRESS else _NO_WORD_BEFORE if starts_word(words[0][0]) else ""
    return before_it + source + _edge_after(words[-1], kind)


def _edge_after(word: str, kind: TermKind) -> str:
    if word.endswith("*"):
        return ""
    if kind is TermKind.ADDRESS:
        return _NO_ADDRESS_AFTER
    return _NO_WORD_AFTER if starts_word(word[-1]) else ""


def _word_source(word: str) -> str:
    """Return the expression of one word; its hyphens also stand for spaces, `word*` takes the rest of a word."""
    source = re.escape(word.rstrip("*")).replace(r"\-", r"[-\s]")
    return source + (r"\w*" if word.endswith("*") else "")


def _anchor(words: list[str]) -> str:
    """Return the most telling piece of a spelling that is surely written as it stands."""
    return max((piece for word in words for piece in _pieces(word)), key=rarity)


def _pieces(word: str) -> list[str]:
    """Return the parts of a word that are written as they stand: not its hyphens, nor its star."""
    return [piece for part in word.rstrip("*").split("-") for piece in _PIECE.findall(part)]
