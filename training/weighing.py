"""Words and emoji with their weights, by language: what the lexicon of the model, and the baseline, are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from crisiswatch.text.normalising import fold

LANGUAGES = ("en", "es", "fr", "de", "it", "pt")
"""The languages that have a lexicon."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the words of a language do to a score: `weights` from −4 to 4; folded words throughout."""

    weights: Mapping[str, float]
    negators: frozenset[str]
    boosters: frozenset[str]
    dampeners: frozenset[str]
    contrasts: frozenset[str]


@cache
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of one of `LANGUAGES`; emoji are in all of them."""
    entry = _data()[language]
    weights = dict(_vader_weights()) if language == "en" else {}
    for word, weight in _weights(entry["words"]).items():
        weights.setdefault(word, weight)
    weights.update(emoji_weights())
    sets = (frozenset(fold(entry[name]).split()) for name in ("negators", "boosters", "dampeners", "contrasts"))
    return Lexicon(weights, *sets)


@cache
def emoji_weights() -> Mapping[str, float]:
    """Return the weights of emoji, which mean the same everywhere."""
    return _weights(_data()["emoji"]["words"])


@cache
def emoji_pattern() -> re.Pattern[str]:
    """Return what finds one emoji that has a weight."""
    return re.compile("[" + "".join(emoji_weights()) + "]")


@cache
def _data() -> Any:
    return json.loads((Path(__file__).parent / "words" / "shared.json").read_text("utf-8"))


def _weights(groups: Mapping[str, str]) -> dict[str, float]:
    return {word: float(weight) for weight, words in groups.items() for word in fold(words).split()}


@cache
def _vader_weights() -> Mapping[str, float]:
    """Return the published lexicon: one word or emoticon a line with its mean rating."""
    lines = files("vaderSentiment").joinpath("vader_lexicon.txt").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if "\t" in line)
    return {row[0].lower(): float(row[1]) for row in rows}
