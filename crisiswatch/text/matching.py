"""Many queries asked of many texts at once.

One automaton finds, in one pass over a text, the few strings of which every query needs at least one; only queries
whose string was found are evaluated. Queries that are one plain word are answered by the pass itself.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from crisiswatch.text.normalising import fold, fold_with_places
from crisiswatch.text.parsing import check_query, parse
from crisiswatch.text.patterns import MOST_PATTERNS, Pattern
from crisiswatch.text.queries import And, Everything, Near, Not, Or, Query, QueryError
from crisiswatch.text.terms import WORDS, Term, is_common, rarity, starts_word

if TYPE_CHECKING:
    import ahocorasick

__all__ = ["Index", "QueryError", "check_query", "is_match", "parse", "spans"]

_NOTHING: frozenset[str] = frozenset()
_glues = lru_cache(maxsize=4096)(starts_word)


@dataclass(slots=True)
class _Spot:
    """What finding one string means: keys that match at once, and candidates to evaluate.

    Both of `words` and `candidates` hold only where no other letter is glued to the string.
    """

    length: int
    words: set[str] = field(default_factory=set)
    candidates: list[int] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)


class Index:
    """Compiled queries by key; a key matches where any of its queries does. Raises QueryError."""

    def __init__(self, queries: Mapping[str, Sequence[str]]) -> None:
        self._always: set[str] = set()
        self._predicates: list[tuple[str, Callable[[str], bool]]] = []
        self._unanchored: list[int] = []
        self._spots: dict[str, _Spot] = {}
        patterns = 0
        for key, alternatives in queries.items():
            for alternative in alternatives:
                query = parse(alternative)
                patterns += _patterns(query)
                self._add(key, query)
        if patterns > MOST_PATTERNS:
            raise QueryError(f"all queries together have at most {MOST_PATTERNS} regular expressions", 0)
        self._base = frozenset(self._always)
        self._automaton = _automaton(self._spots)

    def match(self, texts: Sequence[str]) -> list[frozenset[str]]:
        """Return, for each text (as people wrote it), the keys of the queries that match it."""
        return [self._match(fold(text)) for text in texts]

    def _add(self, key: str, query: Query) -> None:
        if isinstance(query, Everything):
            self._always.add(key)
            return
        if isinstance(query, Term) and query.exact:
            for anchor in query.anchors:
                self._spot(anchor).words.add(key)
            return
        number = len(self._predicates)
        self._predicates.append((key, predicate(query)))
        needed = _needed(query)
        if needed is None:
            self._unanchored.append(number)
            return
        for term in needed:
            for anchor in term.anchors:
                spot = self._spot(anchor)
                (spot.candidates if term.exact else spot.loose).append(number)

    def _spot(self, anchor: str) -> _Spot:
        return self._spots.setdefault(anchor, _Spot(len(anchor)))

    def _match(self, folded: str) -> frozenset[str]:
        if self._automaton is None:
            return self._confirm(folded, set(), set(self._unanchored))
        found: set[str] = set()
        numbers = set(self._unanchored)
        for last, spot in self._automaton.iter(folded):
            if spot.loose:
                numbers.update(spot.loose)
            start = last - spot.length
            if start >= 0 and folded[start] != " " and _glues(folded[start]):
                continue
            after = folded[last + 1 : last + 2]
            if after and after != " " and _glues(after):
                continue
            found.update(spot.words)
            numbers.update(spot.candidates)
        return self._confirm(folded, found, numbers) if found or numbers else self._base

    def _confirm(self, folded: str, found: set[str], numbers: set[int]) -> frozenset[str]:
        for number in numbers:
            key, holds = self._predicates[number]
            if key not in found and holds(folded):
                found.add(key)
        return self._base.union(found) if found else self._base


def is_match(query: Query, text: str) -> bool:
    """Tell whether one query matches one text as people wrote it."""
    return predicate(query)(fold(text))


def spans(query: Query | str, text: str) -> list[tuple[int, int]]:
    """Return where in the text, as people wrote it, the terms of a query stand; nothing if it does not match."""
    query = parse(query) if isinstance(query, str) else query
    folded, places = fold_with_places(text)
    if not predicate(query)(folded):
        return []
    found = {hit for term in _wanted(query) for hit in term.hits(folded)}
    return sorted({(places[start][0], places[end - 1][1]) for start, end in found})


def predicate(query: Query) -> Callable[[str], bool]:
    """Return the function that tells whether a folded text matches the query."""
    match query:
        case Term() | Pattern():
            return query.is_in
        case Everything():
            return _always
        case Near():
            return partial(_is_near, query)
        case Not(part):
            return partial(_lacks, predicate(part))
        case And(parts):
            return partial(_has_all, tuple(predicate(part) for part in parts))
        case Or(parts):
            return partial(_has_any, tuple(predicate(part) for part in parts))


def _always(folded: str) -> bool:
    return True


def _lacks(part: Callable[[str], bool], folded: str) -> bool:
    return not part(folded)


def _has_all(parts: Sequence[Callable[[str], bool]], folded: str) -> bool:
    for part in parts:  # noqa: SIM110 - a loop is twice as fast as all(), and boolean queries spend their time here
        if not part(folded):
            return False
    return True


def _has_any(parts: Sequence[Callable[[str], bool]], folded: str) -> bool:
    for part in parts:  # noqa: SIM110 - see _has_all
        if part(folded):
            return True
    return False


def _is_near(near: Near, folded: str) -> bool:
    hits = [[hit for term in group for hit in term.hits(folded)] for group in near.groups]
    if not all(hits):
        return False
    starts = [match.start() for match in WORDS.finditer(folded)]
    words = [sorted({_words_of(hit, starts) for hit in group}) for group in hits]
    pairs = zip(words, words[1:], near.distances, strict=False)
    return all(_follows(a, b, distance) or _follows(b, a, distance) for a, b, distance in pairs)


def _words_of(hit: tuple[int, int], starts: Sequence[int]) -> tuple[int, int]:
    """Return the numbers of the first and last word of a hit."""
    first = bisect_left(starts, hit[0])
    return first, max(first, bisect_left(starts, hit[1]) - 1)


def _follows(earlier: Sequence[tuple[int, int]], later: Sequence[tuple[int, int]], distance: int) -> bool:
    firsts = [first for first, _ in later]
    for _, last in earlier:
        after = bisect_right(firsts, last)
        if after < len(firsts) and firsts[after] - last <= distance:
            return True
    return False


def _needed(query: Query) -> tuple[Term, ...] | None:
    """Return terms of which any matching text has at least one, the most telling such set; None: there is none."""
    match query:
        case Term():
            return (query,)
        case Near(groups):
            return min(groups, key=_commonness)
        case And(parts):
            sets = [needed for part in parts if (needed := _needed(part)) is not None]
            return min(sets, key=_commonness, default=None)
        case Or(parts):
            choices = [_needed(part) for part in parts]
            return None if None in choices else tuple(term for terms in choices if terms for term in terms)
    return None


def _commonness(terms: Sequence[Term]) -> float:
    return sum(1.0 if is_common(anchor) else 4.0 ** -rarity(anchor) for term in terms for anchor in term.anchors)


def _patterns(query: Query) -> int:
    """Return how many regular expressions a query has."""
    match query:
        case Pattern():
            return 1
        case And(parts) | Or(parts):
            return sum(map(_patterns, parts))
        case Not(part):
            return _patterns(part)
    return 0


def _wanted(query: Query) -> Iterator[Term | Pattern]:
    match query:
        case Term() | Pattern():
            yield query
        case Near(groups):
            yield from (term for group in groups for term in group)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part)


def _automaton(spots: Mapping[str, _Spot]) -> ahocorasick.Automaton | None:
    if not spots:
        return None
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for anchor, spot in spots.items():
        automaton.add_word(anchor, spot)
    automaton.make_automaton()
    return automaton
