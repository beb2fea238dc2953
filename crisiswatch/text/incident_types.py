"""What type an incident is of, by the words that its texts have in common, with these words as the reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from crisiswatch.text.matching import Index, spans

TYPES = (
    "outage", "product_defect", "safety", "data_breach", "executive_misconduct", "employee_misbehaviour",
    "values_backlash", "boycott", "misinformation", "coordinated_attack", "impersonation", "service_pile_on",
    "labour_dispute", "legal", "financial", "policy_change", "third_party", "external_tragedy", "positive_viral",
)  # fmt: skip
"""Every answer but the honest one."""

UNCLEAR = "unclear"
LANGUAGES = ("en", "es", "fr")
_LEAST_SCORE = 0.5
_LEAST_TEXTS = 2
_LEAD = 1.1
_MORE_CLUES = 0.25
_MOST_EVIDENCE = 3
_ENTRY = re.compile(r'"[^"]+"|\S+')


@dataclass(frozen=True, slots=True)
class _Clue:
    """One word or phrase that speaks for a type."""

    language: str
    type: str
    weight: float
    words: str


def incident_type(texts: Sequence[str], languages: Sequence[str | None]) -> tuple[str, str]:
    """Return the type of which the texts speak, and the words that say so; `("unclear", …)` where none stands out.

    A text counts its weightiest clue for each type; a type needs half a point a text, two texts (or all, if there
    are fewer), and a lead over the next.
    """
    scores = dict.fromkeys(TYPES, 0.0)
    hits: Counter[str] = Counter()
    evidence: dict[str, Counter[str]] = {type_: Counter() for type_ in TYPES}
    samples: dict[str, str] = {}
    for text, best in zip(texts, _clues_by_type(texts, languages), strict=True):
        for type_, clues in best.items():
            scores[type_] += max(clue.weight for clue in clues) + _MORE_CLUES * (len(clues) - 1)
            hits[type_] += 1
            evidence[type_].update(clue.words for clue in clues)
            samples.update({clue.words: text for clue in clues})
    if not hits:
        return UNCLEAR, "no telling words"
    ranked = sorted(TYPES, key=lambda type_: (-scores[type_], TYPES.index(type_)))
    first, second = ranked[:2]
    is_enough = scores[first] >= _LEAST_SCORE * len(texts) and hits[first] >= min(_LEAST_TEXTS, len(texts))
    if not is_enough:
        return UNCLEAR, "few telling words"
    if scores[first] < _LEAD * scores[second]:
        return UNCLEAR, f"{first} and {second} are equally likely"
    strongest = sorted(evidence[first], key=lambda words: (-evidence[first][words], words))[:_MOST_EVIDENCE]
    return first, ", ".join(f"“{_as_written(words, samples[words])}”" for words in strongest)


def _as_written(words: str, text: str) -> str:
    """Return the clue, a cut-off word completed from the text."""
    if not words.endswith("*"):
        return words
    start, end = spans(f'"{words}"', text)[0]
    return text[start:end].lower()


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
    return Index({str(number): [f'"{clue.words}"'] for number, clue in enumerate(clues)}), clues


def _read(language: str) -> Iterator[_Clue]:
    lists = json.loads(files(__package__).joinpath(f"data/incident_types_{language}.json").read_text("utf-8"))
    for type_, weights in lists.items():
        for weight, entries in weights.items():
            for entry in _ENTRY.findall(entries):
                words = entry.strip('"') if entry.startswith('"') else entry.replace("-", " ")
                yield _Clue(language, type_, float(weight), words)
