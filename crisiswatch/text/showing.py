"""How the words by which a query matched are shown to a person: few, and as they were written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from crisiswatch.text.matching import predicate
from crisiswatch.text.normalising import fold, fold_with_places
from crisiswatch.text.parsing import parse
from crisiswatch.text.queries import And, Everything, Near, Not, Or, Query
from crisiswatch.text.terms import WORDS

MOST_LETTERS = 40
"""Longer ones are cut, each of the words by its share."""

_LONGEST_TERM = 64
"""Words; a longer phrase is not looked for far behind the words that it is near to."""

_GAP = " … "
_CUT = "…"
_Hit = tuple[int, int]
_parsed = lru_cache(maxsize=4096)(parse)


def show(query: str, text: str) -> str:
    """Return the words of the text by which the query matched, in lower case; "" if it does not, or by no word.

    Words of a NEAR that met its condition stand in the order of the text with an ellipsis for what is between them.
    At most MOST_LETTERS long.
    """
    parsed = _parsed(query)
    if not predicate(parsed)(fold(text)):
        return ""  # most texts: spared the slow fold that remembers its places
    folded, places = fold_with_places(text)
    hits = _hits(parsed, folded)
    parts: list[str] = []
    end = 0
    for first, last in _merged(hits):
        start, stop = places[first][0], places[last - 1][1]
        word = " ".join(text[start:stop].lower().split())
        is_next = bool(parts) and not any(map(str.isalnum, text[end:start]))
        parts += ([" " if is_next else _GAP] if parts else []) + [word]
        end = stop
    return _fitted(parts)


def _hits(query: Query, folded: str) -> list[_Hit]:
    """Return the places that make a query match: of a choice those of the first that does, of a NEAR the closest."""
    if isinstance(query, Near):
        return _closest(query, folded)
    if isinstance(query, And):
        parts = [_hits(part, folded) for part in query.parts]
        return [hit for part in parts for hit in part] if predicate(query)(folded) else []
    if isinstance(query, Or):
        return next((hits for part in query.parts if (hits := _hits(part, folded))), [])
    if isinstance(query, Everything | Not):
        return []
    return list(islice(query.hits(folded), 1))


def _closest(near: Near, folded: str) -> list[_Hit]:
    """Return one place of each group, neighbours in the list near enough, with the fewest words between them."""
    starts = [match.start() for match in WORDS.finditer(folded)]
    chains = [_Chain(0, (place,)) for place in _places(near, 0, folded, starts)]
    for number, distance in enumerate(near.distances, start=1):
        places = _places(near, number, folded, starts)
        chains = [longer for place in places if (longer := _extended(chains, place, distance))]
    return [place.hit for place in min(chains).places] if chains else []


class _Place(NamedTuple):
    """Where a term stands: numbers of its first and last word, and its letters."""

    first: int
    last: int
    hit: _Hit


class _Chain(NamedTuple):
    """Places of the first groups, each near the one before; `words` stand between them."""

    words: int
    places: tuple[_Place, ...]


def _places(near: Near, number: int, folded: str, starts: Sequence[int]) -> list[_Place]:
    hits = sorted({hit for term in near.groups[number] for hit in term.hits(folded)})
    firsts = [bisect_left(starts, hit[0]) for hit in hits]
    return [
        _Place(first, max(first, bisect_left(starts, hit[1]) - 1), hit) for first, hit in zip(firsts, hits, strict=True)
    ]


def _extended(chains: Sequence[_Chain], place: _Place, distance: int) -> _Chain | None:
    """Return the chain with the fewest words that the place makes longer; the chains stand in the text's order."""
    width = distance + _LONGEST_TERM
    near = bisect_left(chains, place.first - width, key=_first), bisect_left(chains, place.last + width, key=_first)
    gaps = (
        (max(place.first - chain.places[-1].last, chain.places[-1].first - place.last), chain)
        for chain in chains[slice(*near)]
    )
    fits = [_Chain(chain.words + gap, (*chain.places, place)) for gap, chain in gaps if 0 < gap <= distance]
    return min(fits, default=None)


def _first(chain: _Chain) -> int:
    return chain.places[-1].first


def _merged(hits: Sequence[_Hit]) -> list[_Hit]:
    """Return the places in order, without those inside another one."""
    kept: list[_Hit] = []
    for hit in sorted(set(hits), key=lambda hit: (hit[0], -hit[1])):
        if not kept or hit[0] >= kept[-1][1]:
            kept.append(hit)
    return kept


def _fitted(parts: Sequence[str]) -> str:
    whole = "".join(parts)
    if len(whole) <= MOST_LETTERS:
        return whole
    words = parts[::2]
    room = max(1, (MOST_LETTERS - len(_GAP) * (len(words) - 1)) // len(words) - len(_CUT))
    cut = [word if len(word) <= room + len(_CUT) else word[:room].rstrip() + _CUT for word in words]
    return _GAP.join(cut)[:MOST_LETTERS]
