"""The languages in which people can be told. English stands in for those that are missing."""

from __future__ import annotations

from collections.abc import Mapping

from crisiswatch.rendering.words.catalogue import Plural, Words
from crisiswatch.rendering.words.en import ENGLISH
from crisiswatch.rendering.words.es import SPANISH
from crisiswatch.rendering.words.fr import FRENCH

LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH}

__all__ = ["LANGUAGES", "Plural", "Words", "known_language"]


def known_language(language: str) -> str:
    """Return the two-letter code of a language that has words: that of `language` (`es-MX` is es), otherwise en."""
    code = language.replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES else "en"
