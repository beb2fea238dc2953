"""What the core runs but does not contain: text functions and detectors, given to it as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.core.models import Count, Expectation, Reading


class QueryIndex(Protocol):
    """Many compiled queries, asked at once. Keys are what the caller named the queries."""

    def match(self, texts: Sequence[str]) -> Sequence[frozenset[str]]:
        """Return, for each text (as people wrote it), the keys of the queries that match it."""
        ...


class Negativity(Protocol):
    """Scores how negative texts are towards what they speak of."""

    @property
    def model(self) -> str:
        """Return which model it is: bin weights and thresholds are kept by it."""
        ...

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> Sequence[float | None]:
        """Return P(negative) under a uniform prior for each text, None where there is nothing to score."""
        ...


@dataclass(frozen=True, slots=True)
class TextSteps:
    """The text functions that stage 1 runs, each over a whole batch; all are total and pure."""

    language: Callable[[Sequence[str]], Sequence[str | None]]
    negativity: Negativity
    sketch: Callable[[Sequence[str]], Sequence[tuple[int, ...]]]
    queries: QueryIndex


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an incident shows besides its words: how genuine it looks, and the shares of `kinds` of mention, 0..1."""

    authenticity: Authenticity = field(default_factory=Authenticity)
    kinds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypeGuess:
    """The likeliest incident type ("unclear" is an answer), its probability, and the words that say so."""

    type: str
    probability: float
    reason: str


@dataclass(frozen=True, slots=True)
class TextTools:
    """The text functions that explain an incident."""

    drivers: Callable[[Sequence[str], Sequence[str]], Sequence[str]]
    """Terms over-represented in the first texts against the second, strongest first."""
    incident_type: Callable[[Sequence[str], Sequence[str | None], Behaviour], TypeGuess]
    """The incident type of texts in those languages, by their words and by how they behave."""


class Detector(Protocol):
    """Judges one series of one brand, bucket by bucket. The same counts give the same scores."""

    def predict_one(self, start: datetime) -> Expectation:
        """Return what is usual for the bucket that starts then."""
        ...

    def learn_one(self, count: Count) -> None:
        """Learn a closed bucket; buckets come once, in order, without holes (`covered` says what was missed)."""
        ...

    def score_open(self, counts: Sequence[Count]) -> Reading:
        """Score the buckets that are still open, oldest first; changes nothing.

        `covered` of a bucket that is not over counts the part that is still to come as not covered.
        """
        ...

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        ...
