"""How negative a text is, by the weights of its words: the baseline that the model is measured against.

English words have the weights of the VADER lexicon and ours for trouble with products and services; Spanish, French,
German, Italian and Portuguese have our own lists. Negation turns a word, intensifiers and capitals strengthen it, what
follows "but" counts more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from string import punctuation

from crisiswatch.text.normalising import fold
from training.weighing import LANGUAGES, Lexicon, emoji_pattern, emoji_weights, lexicon

SLOPE, BIAS = -2.82, -0.72
"""The curve from compound to log-odds: logistic regression on the 2,000 posts of the TweetEval validation set, each
of the three classes weighted to a third of the whole."""

_LETTERS_READ = 1_000
_REACH = 3
_TURN = -0.74
_BOOST = 0.29
_CAPITALS = 0.73
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.5
_MOST_EXCLAMATIONS = 4
_SPREAD = 15.0
_PUNCTUATION = punctuation + "“”„«»‘’…¡¿"
_SKIPPED = re.compile(r"(?:https?:/|www\.)\S+|@\w+|\bhttps?\b")


class Vader:
    """Scores texts by lexicon. Calibrated on English posts; other languages share its curve."""

    model = "vader-1"

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[float | None]:
        """Return P(negative) under a uniform prior for each text, None where there is nothing to score."""
        return [_score(text, language) for text, language in zip(texts, languages, strict=True)]


def compound(text: str, words: Lexicon) -> float | None:
    """Return the sum of the text's weights squeezed into −1 (bad) … 1 (good), None if no word has a weight."""
    tokens = text.split()
    folded = [_key(token) for token in tokens]
    shouts = text.upper() != text
    total, hits, before_but = 0.0, 0, 0.0
    for number, word in enumerate(folded):
        weight = words.weights.get(word)
        if weight is not None and not _is_turning(words, folded, number):
            hits += 1
            if shouts and len(word) > 1 and tokens[number].isupper():
                weight += math.copysign(_CAPITALS, weight)
            total += _modified(weight, words, folded[max(0, number - _REACH) : number])
        elif word in words.contrasts:
            total, before_but = 0.0, total + before_but
    if not hits:
        return None
    total = _BEFORE_BUT * before_but + _AFTER_BUT * total if before_but else total
    total += math.copysign(_BOOST * min(text.count("!"), _MOST_EXCLAMATIONS), total)
    return total / math.sqrt(total * total + _SPREAD)


def _score(text: str, language: str | None) -> float | None:
    text = _SKIPPED.sub(" ", text[:_LETTERS_READ])
    if not text.isascii():
        text = emoji_pattern().sub(r" \g<0> ", text)
    if not any(character.isalpha() for character in text):
        language = "en"  # emoji and emoticons are all there is
    found = next((value for words in _lexicons(language) if (value := compound(text, words)) is not None), None)
    if found is None and (language not in LANGUAGES or not any(character.isalpha() for character in text)):
        return None
    return 1.0 / (1.0 + math.exp(-(SLOPE * (found or 0.0) + BIAS)))


def _lexicons(language: str | None) -> Iterator[Lexicon]:
    """Yield the lexicons to try in turn: all for a text whose language is unknown, emoji alone for one without."""
    if language in LANGUAGES:
        yield lexicon(language)
    elif language is None:
        yield from map(lexicon, LANGUAGES)
    else:
        nothing: frozenset[str] = frozenset()
        yield Lexicon(emoji_weights(), nothing, nothing, nothing, nothing)


def _key(token: str) -> str:
    """Return how a token stands in a lexicon; one or two characters between punctuation are an emoticon."""
    word = token.strip(_PUNCTUATION)
    if len(word) <= 2 and token.isascii():
        return token.lower() if token != word and len(token) <= 4 else word.lower()
    return word.lower() if word.isascii() else fold(word)


def _is_turning(words: Lexicon, folded: Sequence[str], number: int) -> bool:
    """Tell whether a word only turns the next one ("no problem"), so that its own weight does not count."""
    after = folded[number + 1] if number + 1 < len(folded) else ""
    return folded[number] in words.negators and after in words.weights


def _modified(weight: float, words: Lexicon, before: Sequence[str]) -> float:
    """Return a weight as the up to three words before it change it."""
    for distance, word in enumerate(reversed(before)):
        nearness = 1.0 - 0.05 * distance
        if word in words.boosters:
            weight += math.copysign(_BOOST * nearness, weight)
        elif word in words.dampeners:
            weight -= math.copysign(_BOOST * nearness, weight)
        elif word in words.negators:
            weight *= _TURN
    return weight
