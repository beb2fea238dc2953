"""What is said: the texts about a brand, by language and mood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from random import Random

from crisiswatch.app.scenarios import english, french, spanish
from crisiswatch.app.scenarios.grammar import Grammar, compile_rules

LANGUAGES = ("en", "es", "fr")

_MODELS = {
    "Norvik": "Fjord Skerry Lumi Birk Halden Vinter Sund Askel Grane Ostrel Kvist Nordby",
    "Tallis": "Orrin Pell Quarto Rill Sable Tamsin Umbra Wren Corvo Dunlin Elmet Ister",
}


class Mood(StrEnum):
    """What a text is about. The values are names of rules."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    CRISIS = "crisis"
    BAD_REVIEW = "bad_review"
    LAUNCH = "launch"


@dataclass(frozen=True, slots=True)
class Article:
    """A news item."""

    title: str
    text: str


def post(random: Random, brand: str, mood: Mood, language: str) -> str:
    """Return a post that names the brand."""
    return _grammar(brand, language).write(random, mood.value)


def article(random: Random, brand: str, mood: Mood, language: str) -> Article:
    """Return a news item that names the brand: about the crisis, or else about nothing in particular."""
    grammar, prefix = _grammar(brand, language), "crisis_" if mood is Mood.CRISIS else ""
    return Article(grammar.write(random, f"{prefix}headline"), grammar.write(random, f"{prefix}article"))


@cache
def _grammar(brand: str, language: str) -> Grammar:
    rules = {"en": english, "es": spanish, "fr": french}[language]
    names = {"brand": brand, "model": "|".join(_models(brand))}
    return compile_rules({**rules.WORDS, **rules.POSTS, **rules.NEWS, **rules.TROUBLE, **names})


def _models(brand: str) -> list[str]:
    """Return how the models of a brand are called: a name with a size, or a code."""
    names = _MODELS[brand].split()
    return [
        form.format(name, name[0]) for name in names for form in ("{0} {{1-9}}00", "{0} {{2-40}}", "{1}X-{{100-199}}")
    ]
