"""What type an incident is of: by the words of its texts and by how it behaves, with a probability and reasons.

Every text votes: its clues (words, phrases and near words, weighted by hand, one list a language) make a share for
each type and one for "nothing telling". The incident's behaviour then raises what it fits: news, reviews and videos
raise types that begin there, and copied text with even gaps or pairs of accounts speaks for a coordinated attack.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.core.steps import Behaviour, TypeGuess
from crisiswatch.text.matching import Index
from crisiswatch.text.showing import show

TYPES = (
    "outage", "product_defect", "safety", "data_breach", "executive_misconduct", "employee_misbehaviour",
    "values_backlash", "boycott", "misinformation", "coordinated_attack", "impersonation", "service_pile_on",
    "labour_dispute", "legal", "financial", "policy_change", "third_party", "external_tragedy", "positive_viral",
)  # fmt: skip
"""Every answer but the honest one."""

UNCLEAR = "unclear"
LANGUAGES = ("en", "es", "fr")
_NO_CLUE = 1.5
"""The weight of "nothing telling" in a text's vote; clues weigh 1.5 to 5."""
_MORE_CLUES = 0.5
_MOST_CLUES = 6.0
_BACKGROUND = 0.2
"""A type must be told by more of the texts than this; other complaints go on during every incident."""
_SHARPNESS = 2.0
_LEAST_PROBABILITY = 0.5
_LEAST_TEXTS = 2
_MOST_EVIDENCE = 3
_BEGINS_IN: Mapping[str, Mapping[str, float]] = {
    "article": {
        **dict.fromkeys(("legal", "financial", "executive_misconduct"), 0.5),
        **dict.fromkeys(("labour_dispute", "data_breach", "third_party"), 0.25),
    },
    "review": {"product_defect": 0.5, "service_pile_on": 0.25},
    "video": {"employee_misbehaviour": 0.5},
}
"""By kind of mention: how much more likely a type is where all mentions are of that kind."""
_WORDS_ALONE = Behaviour()
_COPIED, _REGULAR, _PAIRS, _NEW = 0.5, 0.3, 3, 0.8


@dataclass(frozen=True, slots=True)
class _Clue:
    """One query that speaks for a type."""

    language: str
    type: str
    weight: float
    query: str


def incident_type(
    texts: Sequence[str], languages: Sequence[str | None], behaviour: Behaviour = _WORDS_ALONE
) -> TypeGuess:
    """Return the likeliest type with its probability and telling words; `unclear` under one half.

    The probability is the share of the type's squared support in that of all types and of the background.
    """
    votes = dict.fromkeys(TYPES, 0.0)
    tellers: Counter[str] = Counter()
    clues: dict[str, Counter[_Clue]] = {type_: Counter() for type_ in TYPES}
    for found in _clues_by_type(texts, languages):
        for type_, share in _vote(found).items():
            votes[type_] += share
            tellers[type_] += 1
            clues[type_].update(found[type_])
    _behave(votes, len(texts), behaviour)
    ranked = _probabilities(votes, len(texts))
    first, probability = ranked[0]
    if probability <= 0.0:
        return TypeGuess(UNCLEAR, 1.0, "no telling words")
    is_told = tellers[first] >= min(_LEAST_TEXTS, len(texts)) or not tellers[first]
    if probability < _LEAST_PROBABILITY or not is_told:
        return TypeGuess(UNCLEAR, 1.0 - probability, _doubt(ranked))
    return TypeGuess(first, probability, _reason(clues[first], texts))


def strongest(texts: Sequence[str], languages: Sequence[str | None]) -> list[dict[str, float]]:
    """Return, for each text, the weight of its strongest clue for each type that has one."""
    return [
        {type_: max(clue.weight for clue in clues) for type_, clues in found.items()}
        for found in _clues_by_type(texts, languages)
    ]


def _vote(found: Mapping[str, Sequence[_Clue]]) -> dict[str, float]:
    """Return the share of one text's vote that each type with a clue gets; the rest goes to nothing telling."""
    odds: dict[str, float] = {}
    for type_, clues in found.items():
        weights = sorted((clue.weight for clue in clues), reverse=True)
        odds[type_] = exp(min(weights[0] + _MORE_CLUES * sum(weights[1:]), _MOST_CLUES))
    total = sum(odds.values()) + exp(_NO_CLUE)
    return {type_: odd / total for type_, odd in odds.items()}


def _behave(votes: dict[str, float], texts: int, behaviour: Behaviour) -> None:
    """Raise the votes of the types that the behaviour fits; what is unknown changes nothing."""
    for kind, types in _BEGINS_IN.items():
        for type_, more in types.items():
            votes[type_] *= 1.0 + more * behaviour.kinds.get(kind, 0.0)
    votes["coordinated_attack"] += texts * _staged(behaviour.authenticity)


def _staged(seen: Authenticity) -> float:
    """Return the share of a vote, 0..1, for a staged attack: copies alone are news, copies in step are not."""
    is_copied = (seen.copied or 0.0) >= _COPIED
    in_step = ((seen.regular or 0.0) >= _REGULAR) + ((seen.pairs or 0) >= _PAIRS)
    if not is_copied or not in_step:
        return 0.0
    return 0.4 * in_step + 0.2 * ((seen.new_authors or 0.0) >= _NEW)


def _probabilities(votes: Mapping[str, float], texts: int) -> list[tuple[str, float]]:
    """Return the types by probability, likeliest first."""
    support = {type_: share**_SHARPNESS for type_, share in votes.items()}
    total = sum(support.values()) + (_BACKGROUND * texts) ** _SHARPNESS
    if total <= 0.0:
        return [(type_, 0.0) for type_ in TYPES]
    return sorted(((type_, s / total) for type_, s in support.items()), key=lambda p: (-p[1], TYPES.index(p[0])))


def _doubt(ranked: Sequence[tuple[str, float]]) -> str:
    (first, probability), (second, other) = ranked[:2]
    if other >= 0.5 * probability:
        return f"{first} and {second} are about equally likely"
    return "few telling words"


def _reason(clues: Counter[_Clue], texts: Sequence[str]) -> str:
    """Return the strongest clues as people wrote them, the commonest first."""
    strongest = sorted(clues, key=lambda clue: (-clues[clue] * clue.weight, clue.query))
    said: list[str] = []
    for clue in strongest[: 2 * _MOST_EVIDENCE]:
        written = _as_written(clue.query, texts)
        is_news = not set(written.split()) <= {word for words in said for word in words.split()}
        said += [written] * is_news
        if len(said) == _MOST_EVIDENCE:
            break
    return ", ".join(f"“{word}”" for word in said)


def _as_written(query: str, texts: Sequence[str]) -> str:
    """Return the words of a query in the first text that it matches."""
    return next((shown for text in texts if (shown := show(query, text))), "")


def _clues_by_type(texts: Sequence[str], languages: Sequence[str | None]) -> Iterator[Mapping[str, list[_Clue]]]:
    """Yield, for each text, its clues by type; a text in a language without lists is read in all of them."""
    index, clues = _index()
    for keys, language in zip(index.match(texts), languages, strict=True):
        found: dict[str, list[_Clue]] = {}
        for key in sorted(keys, key=int):
            clue = clues[int(key)]
            if language not in LANGUAGES or clue.language == language:
                found.setdefault(clue.type, []).append(clue)
        yield found


@cache
def _index() -> tuple[Index, tuple[_Clue, ...]]:
    clues = tuple(clue for language in LANGUAGES for clue in _read(language))
    return Index({str(number): [clue.query] for number, clue in enumerate(clues)}), clues


def _read(language: str) -> Iterator[_Clue]:
    lists = json.loads(files(__package__).joinpath(f"data/incident_types_{language}.json").read_text("utf-8"))
    for type_, weights in lists.items():
        for weight, queries in weights.items():
            for query in queries.split(" | "):
                yield _Clue(language, type_, float(weight), query)
