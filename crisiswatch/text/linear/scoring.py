"""The scorer: texts in, calibrated probabilities out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from crisiswatch.text.linear.featurising import Features, Reader, featurise
from crisiswatch.text.linear.tables import Logits, Summing
from crisiswatch.text.linear.weights import ENGLISH, LANGUAGES, LATIN_HINDI, MODEL, OTHERS, Weights, from_bytes

AT_ONCE = 256
"""Texts that are read together."""

_LEAST_KNOWN = 0.5
"""Share of known words from which a text in a language that was not learnt is scored all the same."""

_DIGITS = 6
_NUMBER = {language: number for number, language in enumerate(LANGUAGES)}
_DEVANAGARI = re.compile("[\u0900-\u097f]")


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores texts in the languages it has learnt; others only where most of their words are known."""

    reader: Reader
    tables: Mapping[str, Summing]
    factors: NDArray[np.float64]
    offsets: NDArray[np.float64]
    model: str = MODEL

    @classmethod
    def from_bytes(cls, data: bytes) -> Linear:
        """Return the scorer with these weights. Raises BadInput for a file that holds no such weights."""
        return cls.of(from_bytes(data))

    @classmethod
    def of(cls, weights: Weights) -> Linear:
        """Return the scorer with these weights."""
        tables = {name: Summing.of(table) for name, table in weights.tables.items()}
        return cls(weights.reader, tables, weights.factors, weights.offsets)

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[float | None]:
        """Return P(negative) under a uniform prior for each text, None where there is nothing to score."""
        negative = self.probabilities(texts, languages)[:, 0].tolist()
        return [None if isnan(value) else value for value in negative]

    def probabilities(self, texts: Sequence[str], languages: Sequence[str | None]) -> Logits:
        """Return P(negative), P(neutral), P(positive) under a uniform prior, a row a text; NaN: nothing to score."""
        pairs = zip(texts, languages, strict=True)
        numbers = np.array([_NUMBER.get(language or "", 0) for _, language in pairs], dtype=np.int64)
        rows = [
            self._chances(texts[start : start + AT_ONCE], numbers[start : start + AT_ONCE])
            for start in range(0, len(texts), AT_ONCE)
        ]
        return np.concatenate(rows) if rows else np.zeros((0, 3))

    def _chances(self, texts: Sequence[str], numbers: NDArray[np.int64]) -> Logits:
        features = featurise(texts, numbers, self.reader)
        varieties = _varieties(texts, numbers)
        logits = self._logits(features, numbers) * self.factors[varieties, None] + self.offsets[varieties]
        three = np.stack([logits[:, 0], np.zeros(len(logits)), logits[:, 1]], axis=1)
        chances: Logits = np.exp(three - three.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        strange = (numbers == 0) & (features.known < _LEAST_KNOWN * features.words)
        chances[strange | (features.words == 0)] = np.nan
        return np.round(chances, _DIGITS)

    def _logits(self, features: Features, numbers: NDArray[np.int64]) -> Logits:
        """Return logits by the calibrated table of each text's language, by both where it has none."""
        english, unknown = numbers == _NUMBER["en"], numbers == 0
        total = np.zeros((len(numbers), 2))
        for name, mine in ((ENGLISH, english), (OTHERS, ~english & ~unknown)):
            share = np.where(mine, 1.0, np.where(unknown, 0.5, 0.0))
            if share.any():
                factor, *summands = self.tables[name].table.calibration
                total += (self.tables[name].logits(features) * factor + summands) * share[:, None]
        return total


def _varieties(texts: Sequence[str], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of the languages, with Hindi that has no letter of its own script told apart."""
    found = numbers.copy()
    for place in np.flatnonzero(numbers == _NUMBER["hi"]).tolist():
        if not _DEVANAGARI.search(texts[place]):
            found[place] = LATIN_HINDI
    return found
