"""Dense features: how a text is written, and what the words of its language's lexicon say in their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.alphabet import EMOJI, LETTER, LINK, MARK, PERSON
from crisiswatch.text.linear.hashing import Hashes, finish, salt
from crisiswatch.text.linear.tokens import Tokens

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]

NO_ROLE, NEGATOR, BOOSTER, DAMPENER, CONTRAST = range(5)
"""What a word of a lexicon does to others."""

FEATURES = 20
_REACH = 4
_TURN, _BOOST, _CAPITALS, _BEFORE_CONTRAST, _AFTER_CONTRAST = -0.74, 0.3, 1.25, 0.5, 1.5
_SPREAD = 15.0
_SIGNS = (ord("!"), ord("?"), LINK, PERSON, ord("#"))
_EMOJI_SORT = len(_SIGNS) + 1


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of all languages by hash, sorted: weights from −4 to 4 and roles.

    `filter` says, by the top bits of a key, whether there is any; it spares most words the search.
    """

    keys: Hashes
    weights: NDArray[np.float32]
    roles: NDArray[np.uint8]
    filter: NDArray[np.bool_]


def lexicon_keys(words: Hashes, languages: Numbers) -> Hashes:
    """Return under which keys words of these languages (by number) stand."""
    return finish(words ^ _LANGUAGE_SALTS[languages])


def build_lexicon(keys: Hashes, weights: NDArray[np.float32], roles: NDArray[np.uint8]) -> Lexicon:
    """Return a lexicon from sorted keys."""
    found = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
    found[keys >> _FILTER_SHIFT] = True
    return Lexicon(keys, weights, roles, found)


def describe(tokens: Tokens, stretched: Numbers, languages: Numbers, lexicon: Lexicon) -> Values:
    """Return FEATURES numbers a text; `stretched` counts its stretched letters, `languages` gives their numbers."""
    weights, roles = _look_up(tokens, languages, lexicon)
    return np.array([*_style(tokens, stretched, roles), *_tone(tokens, weights, roles)]).T


def _look_up(tokens: Tokens, languages: Numbers, lexicon: Lexicon) -> tuple[Values, NDArray[np.uint8]]:
    keys = lexicon_keys(tokens.hashes, languages[tokens.text])
    weights, roles = np.zeros(len(keys)), np.zeros(len(keys), dtype=np.uint8)
    maybe = np.flatnonzero(lexicon.filter[keys >> _FILTER_SHIFT])
    entry = np.searchsorted(lexicon.keys, keys[maybe])
    entry[entry == len(lexicon.keys)] = 0
    hit = lexicon.keys[entry] == keys[maybe]
    weights[maybe[hit]] = lexicon.weights[entry[hit]]
    roles[maybe[hit]] = lexicon.roles[entry[hit]]
    return weights, roles


def _style(tokens: Tokens, stretched: Numbers, roles: NDArray[np.uint8]) -> list[Values]:
    shouted = tokens.capital & _has_small(tokens)[tokens.text]
    number = tokens.starts[1:] - tokens.starts[:-1]
    sort = np.zeros(len(tokens.first), dtype=np.int64)
    for place, sign in enumerate(_SIGNS):
        sort[tokens.first == sign] = place + 1
    sort[tokens.kind == EMOJI] = _EMOJI_SORT
    loud, asking, link, person, tag, emoji = _tally(tokens, sort, _EMOJI_SORT + 1)[1:]
    role = _tally(tokens, roles, CONTRAST + 1)
    counts = (number, _count(tokens, shouted), stretched, loud, asking, emoji, link, person, tag)
    return list(np.log1p(np.array((*counts, role[NEGATOR], role[CONTRAST]))))


def _tally(tokens: Tokens, sort: NDArray[np.integer[Any]], sorts: int) -> Numbers:
    """Return how many tokens of each sort the texts have, a row a sort."""
    texts = len(tokens.starts) - 1
    return np.bincount(tokens.text * sorts + sort, minlength=texts * sorts).reshape(texts, sorts).T


def _has_small(tokens: Tokens) -> NDArray[np.bool_]:
    """Tell which texts have words that are not in capitals: where all are, capitals say nothing."""
    small = (tokens.kind == LETTER) & ~tokens.capital & (tokens.first < PERSON)
    return _count(tokens, small) > 0


def _tone(tokens: Tokens, weights: Values, roles: NDArray[np.uint8]) -> list[Values]:
    texts = len(tokens.starts) - 1
    length = np.sqrt(tokens.starts[1:] - tokens.starts[:-1] + 1.0)
    hits = np.flatnonzero((weights != 0) & (roles != NEGATOR))
    value = _in_place(tokens, weights, roles, hits)
    text = tokens.text[hits]
    good = np.bincount(text, np.maximum(value, 0), texts)
    bad = np.bincount(text, np.maximum(-value, 0), texts)
    best, worst, last = np.zeros(texts), np.zeros(texts), np.zeros(texts)
    if len(hits):
        is_last = np.ones(len(hits), dtype=np.bool_)
        is_last[:-1] = text[1:] != text[:-1]
        ends = is_last.nonzero()[0]
        first = np.concatenate(([0], ends[:-1] + 1))
        best[text[ends]] = np.maximum(np.maximum.reduceat(value, first), 0)
        worst[text[ends]] = np.maximum(np.maximum.reduceat(-value, first), 0)
        last[text[ends]] = value[ends]
    total = good - bad
    number = np.log1p(np.bincount(text, minlength=texts))
    compound = total / np.sqrt(total * total + _SPREAD)
    return [good, bad, compound, best, worst, last, number, total / length, np.sign(total)]


def _in_place(tokens: Tokens, weights: Values, roles: NDArray[np.uint8], hits: Numbers) -> Values:
    """Return the weights of the hits as capitals, and the words around them, change them."""
    value = weights[hits] * np.where(tokens.capital[hits], _CAPITALS, 1.0)
    before = np.maximum(hits - 1, 0)
    role = np.where(tokens.text[before] == tokens.text[hits], roles[before], NO_ROLE)
    value *= 1.0 + _BOOST * (role == BOOSTER) - _BOOST * (role == DAMPENER)
    places = np.arange(len(roles))
    negator = np.maximum.accumulate(np.where(roles == NEGATOR, places, -_REACH - 1))
    border = np.maximum.accumulate(np.where(tokens.kind == MARK, places, 0))
    reached = (hits - negator[hits] <= _REACH) & (negator[hits] >= border[hits])
    value *= np.where(reached & (negator[hits] >= tokens.starts[tokens.text[hits]]), _TURN, 1.0)
    contrast = np.full(len(tokens.starts) - 1, -1)
    turns = np.flatnonzero(roles == CONTRAST)
    contrast[tokens.text[turns]] = turns
    turn = contrast[tokens.text[hits]]
    return value * np.where(turn < 0, 1.0, np.where(hits > turn, _AFTER_CONTRAST, _BEFORE_CONTRAST))


def _count(tokens: Tokens, mask: NDArray[np.bool_]) -> Numbers:
    return np.bincount(tokens.text[mask], minlength=len(tokens.starts) - 1)


_FILTER_BITS = 18
_FILTER_SHIFT = np.uint32(32 - _FILTER_BITS)
_LANGUAGE_SALTS = np.array([salt(100 + number) for number in range(64)], dtype=np.uint32)
