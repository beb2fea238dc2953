"""What a brand's own models are taught from, and what is made of what they say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from crisiswatch.core.models import Observation

IRRELEVANT_BELOW = 0.2
"""A mention is set apart only where its own words say clearly that it is not about the brand."""

LEAST_OWN = 50
"""Labels of sentiment from which on a brand's own model is shown."""

LEAST_OF_EACH = 25
"""Mentions that are about the brand, and mentions that are not, before relevance is judged."""

TRIED, LEAST_TRIED, WRONGLY = 100, 5, 0.1
"""How many of the last labels that the model would have set apart are looked at; and how many may be wrong."""

EXAMPLES_KEPT, EXAMPLES_DROPPED = 2_000, 200
"""Examples of one model; beyond them the oldest go, so many at once, and the model is taught anew."""


class Example(msgspec.Struct, array_like=True, frozen=True):
    """A labelled mention as a model reads it: the shared model's log-odds, buckets of its words, and the answer."""

    uid: bytes
    odds: float
    buckets: tuple[int, ...]
    answer: bool


class OwnModel(Protocol):
    """An online model of one brand, in river's verbs. The same examples in the same order make the same model."""

    def learn_one(self, example: Example) -> None:
        """Learn one answer."""
        ...

    def score_many(self, odds: Sequence[float], buckets: Sequence[tuple[int, ...]]) -> Sequence[float]:
        """Return the log-odds of "yes" for each text; those of one text do not depend on the others."""
        ...


@dataclass(frozen=True, slots=True)
class OwnSteps:
    """The text functions behind a brand's own models: the words of texts as buckets, and both kinds of model."""

    buckets: Callable[[Sequence[str]], Sequence[tuple[int, ...]]]
    sentiment: Callable[[Sequence[Example]], OwnModel]
    relevance: Callable[[Sequence[Example]], OwnModel]


class Schooling(msgspec.Struct):
    """What one model was taught. `tried` holds, of those that it would have set apart beforehand, the true answers."""

    examples: list[Example] = msgspec.field(default_factory=list)
    tried: list[bool] = msgspec.field(default_factory=list)

    @property
    def is_ready_for_relevance(self) -> bool:
        """Tell whether enough of both kinds was taught, and labels proved the model right before it learnt them."""
        relevant = sum(example.answer for example in self.examples)
        has_both = min(relevant, len(self.examples) - relevant) >= LEAST_OF_EACH
        is_tried = len(self.tried) >= LEAST_TRIED
        return has_both and is_tried and sum(self.tried) <= WRONGLY * len(self.tried)


def teach(schooling: Schooling, model: OwnModel | None, example: Example) -> OwnModel | None:
    """Add an example and return the model that has learnt it; None where it must be taught anew from all examples."""
    examples = schooling.examples
    known = [one for one in examples if one.uid != example.uid]
    is_changed = len(known) < len(examples)
    if len(known) >= EXAMPLES_KEPT + EXAMPLES_DROPPED:
        known, is_changed = known[EXAMPLES_DROPPED:], True
    if is_changed:
        schooling.examples = [*known, example]
        return None
    examples.append(example)
    if model is not None:
        model.learn_one(example)
    return model


def note_trial(schooling: Schooling, odds: float, answer: bool) -> None:
    """Remember whether the model, before it learnt a label, would have set apart a mention that is about the brand."""
    if chance(odds) < IRRELEVANT_BELOW:
        schooling.tried = [*schooling.tried, answer][-TRIED:]


def is_irrelevant(observation: Observation) -> bool:
    """Tell whether a mention is set apart; one that meets a rule of the operator never is."""
    return observation.relevance is not None and observation.relevance < IRRELEVANT_BELOW and not observation.rules


def chance(odds: float) -> float:
    """Return a probability, rounded so that it is stored as it is."""
    return round(1 / (1 + math.exp(-odds)), 6)
