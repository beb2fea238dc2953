"""What drives an incident: the terms that its texts use more than usual texts do."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from crisiswatch.text.normalising import fold, fold_with_places
from crisiswatch.text.own_names import OwnNames, own_names
from crisiswatch.text.stop_words import stop_words
from crisiswatch.text.terms import UNSPACED

MOST_TERMS = 5
_LEAST_Z = 3.0
_LEAST_COUNT, _LEAST_COUNT_OF_MANY, _MANY = 3, 5, 200
_PRIOR_SHARE, _LEAST_PRIOR_WEIGHT, _MOST_PRIOR_WEIGHT = 0.2, 5.0, 50.0
_LEAST_PRIOR = 0.5
_SUBSUMES = 0.5
_TEXTS_READ_FOR_SPELLING = 20
_DECORATION = re.compile(r"(?:https?:/|www\.)\S*|@[\w.@-]+|^rt\b")
_UNSPACED_RUN = re.compile(f"([{UNSPACED}])")
_LETTER = "(?:[^\\W_]|[\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963])"
_LETTERS = re.compile(f"{_LETTER}+(?:['’-]{_LETTER}+)*")
_APOSTROPHE = re.compile("['’]")
_GLUED = frozenset(
    {"qu", "dell", "nell", "sull", "dall", "all", "quell", "lorsqu", "jusqu", "puisqu", "ll", "ve", "re", "s"}
)
_ENDING, _SHORT_ENDING = 4, 2
_LEAST_ROOT, _LEAST_SHORT_ROOT = 5, 4


class _Candidate(NamedTuple):
    z: float
    term: str
    texts: int


def drivers(foreground: Sequence[str], background: Sequence[str], exclude: Sequence[str] = ()) -> list[str]:
    """Return at most five words or word pairs over-represented in the first texts, strongest first.

    The measure is the z-score of log-odds under a Dirichlet prior shaped like all texts together; a text counts
    a term once. `exclude` names what is not news: words of the brand itself.
    """
    own = own_names(tuple(exclude))
    here, usual = _counts(foreground, own), _counts(background, own)
    least = _LEAST_COUNT_OF_MANY if len(foreground) > _MANY else _LEAST_COUNT
    frequent = [term for term, count in here.items() if count >= least]
    scored = (_score(term, here, usual, (len(foreground), len(background))) for term in frequent)
    ranked = sorted((c for c in scored if c.z >= _LEAST_Z), key=lambda c: (-c.z, c.term))
    return [_spelling(term, foreground) for term in _distinct(ranked)]


def is_one_root(a: str, b: str) -> bool:
    """Tell whether two folded words are forms of one: the same but for a short ending.

    `explose`, `exploses` and `explosion` are, `server` and `service` are not. An ending has at most four letters, one
    and two after a root of four; shorter words, and letters of other scripts than Latin, must agree whole.
    """
    if a == b:
        return True
    if not (a.isascii() and b.isascii()):
        return False
    differing = (place for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other)
    root = next(differing, min(len(a), len(b)))
    endings = sorted((len(a) - root, len(b) - root))
    if root >= _LEAST_ROOT:
        return endings[1] <= _ENDING
    return root >= _LEAST_SHORT_ROOT and endings[0] <= 1 and endings[1] <= _SHORT_ENDING


def _score(term: str, here: Counter[str], usual: Counter[str], sizes: tuple[int, int]) -> _Candidate:
    """Return the term with its z-score; the odds are of a text having the term."""
    count, other = here[term], usual[term]
    if not sizes[1]:  # nothing to compare with: what most texts say
        return _Candidate(_LEAST_Z + count, term, count)
    weight = min(max(_PRIOR_SHARE * sum(sizes), _LEAST_PRIOR_WEIGHT), _MOST_PRIOR_WEIGHT)
    prior = max(weight * (count + other) / sum(sizes), _LEAST_PRIOR)
    rest = max(weight - prior, _LEAST_PRIOR)
    odds = math.log((count + prior) / (sizes[0] - count + rest))
    usual_odds = math.log((other + prior) / (sizes[1] - other + rest))
    return _Candidate((odds - usual_odds) / math.sqrt(1 / (count + prior) + 1 / (other + prior)), term, count)


def _distinct(ranked: Sequence[_Candidate]) -> list[str]:
    """Return the strongest terms without saying a word twice: a pair replaces its word if it is half as frequent."""
    chosen: list[str] = []
    words: set[str] = set()
    for candidate in ranked:
        best = _fullest(candidate, ranked)
        parts = set(best.split())
        if any(is_one_root(part, word) for part in parts for word in words):
            continue
        chosen.append(best)
        words |= parts
        if len(chosen) == MOST_TERMS:
            break
    return chosen


def _fullest(candidate: _Candidate, ranked: Sequence[_Candidate]) -> str:
    for other in ranked:
        if candidate.term in other.term.split() and other.term != candidate.term:
            if other.texts >= _SUBSUMES * candidate.texts:
                return other.term
            break
    return candidate.term


def _counts(texts: Iterable[str], own: OwnNames) -> Counter[str]:
    counts: Counter[str] = Counter()
    ignored = dict.fromkeys(stop_words(), True)
    for text in texts:
        counts.update(_terms(_words(text), ignored, own))
    return counts


def _terms(words: Sequence[str], ignored: dict[str, bool], own: OwnNames) -> set[str]:
    """Return the words that say something, and the pairs of such words that stand side by side.

    `ignored` remembers what was asked before.
    """
    kept = [_telling(word, ignored, own) for word in words]
    terms = {word for word in kept if word}
    terms.update([f"{a} {b}" for a, b in pairwise(kept) if a and b and a != b])
    return terms


def _telling(word: str, ignored: dict[str, bool], own: OwnNames) -> str | None:
    if word not in ignored:
        ignored[word] = own.has(word)
    if ignored[word]:
        return None
    bare = _bare(word, ignored)
    return None if ignored.get(bare) or own.has(bare) or len(bare) < 2 or bare.isdecimal() else bare


def _bare(word: str, ignored: Mapping[str, bool]) -> str:
    """Return a word without what an apostrophe glued to it: l'incendie, acme's, don't."""
    if word.isalnum():
        return word
    said = [part for part in _APOSTROPHE.split(word) if len(part) > 1 and not ignored.get(part) and part not in _GLUED]
    return said[0] if len(said) == 1 else word if said else ""


def _words(text: str) -> list[str]:
    folded = fold(text)
    if "@" in folded or "http" in folded or "www" in folded or folded.startswith("rt"):
        folded = _DECORATION.sub(" ", folded)
    words: list[str] = _LETTERS.findall(folded)
    return words if folded.isascii() else [piece for word in words for piece in _pieces(word)]


def _pieces(word: str) -> list[str]:
    """Return a word as it is, or pairs of its letters where its script writes no spaces."""
    if word.isascii() or not _UNSPACED_RUN.search(word):
        return [word]
    return [word[start : start + 2] for start in range(max(1, len(word) - 1))]


def _spelling(term: str, texts: Sequence[str]) -> str:
    """Return the term as most texts write it, in lower case but with its accents."""
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(re.escape(word) for word in term.split()) + r"(?!\w)")
    spellings: Counter[str] = Counter()
    for text in islice((text for text in texts if pattern.search(fold(text))), _TEXTS_READ_FOR_SPELLING):
        folded, places = fold_with_places(text)
        match = pattern.search(folded)
        if match:
            original = text[places[match.start()][0] : places[match.end() - 1][1]].lower()
            spellings[original if fold(original) == term else term] += 1
    return max(spellings, key=lambda spelling: (spellings[spelling], spelling), default=term)
