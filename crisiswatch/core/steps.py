"""What the core runs but does not contain: text functions and detectors, given to it as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.core.learning import OwnSteps
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
    own: OwnSteps | None = None


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
    marks: Callable[[Sequence[str], Sequence[str | None]], Sequence[frozenset[str]]]
    """What each text does: question, request, praise."""
    words: Callable[[str], Mapping[int, str]] = lambda text: {}
    """The telling words of a text: a hash of each, and how it is written."""


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

    def rest(self) -> None:
        """Forget the last hours and keep what is usual: nothing learnt before can count as evidence any more."""
        ...

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        ...


class Feature(StrEnum):
    """What is known of the hour that ends with a bucket: the features of a `Noticer`, by their names in the config.

    Stories, negative stories and copies are counts; `negative_share` is 0..1; `reactions` are likes, reposts and
    replies of what was counted; `largest_…` are those of the one story that had most. `expected` stories are usual,
    `spread` is their relative standard deviation.
    """

    STORIES = "stories"
    NEGATIVE = "negative"
    NEGATIVE_SHARE = "negative_share"
    COPIES = "copies"
    REACTIONS = "reactions"
    LARGEST_COPIES = "largest_copies"
    LARGEST_REACTIONS = "largest_reactions"
    EXPECTED = "expected"
    SPREAD = "spread"


class Noticer(Protocol):
    """An uncalibrated detector: it may say that a brand is worth watching, and never more. River's verbs."""

    @property
    def name(self) -> str:
        """Return the name by which evidence and explanations know it."""
        ...

    @property
    def series(self) -> Feature:
        """Return the feature that it judges."""
        ...

    def learn_one(self, x: Mapping[str, float]) -> None:
        """Learn the hour that ends with a closed bucket; hours come once, in order; those not seen are left out."""
        ...

    def score_one(self, x: Mapping[str, float]) -> float:
        """Return how unusual an hour is: 1.0 is worth a notice. Changes nothing."""
        ...

    def usual_one(self, x: Mapping[str, float]) -> float:
        """Return what is usual for the series in such an hour."""
        ...

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        ...


class SeriesDetector(Protocol):
    """Judges one metric series, point by point. River's verbs."""

    def score_one(self, value: float, at: datetime) -> float:
        """Return how new the value of that moment is: 0 where nothing is to be said, else 1.0 or more."""
        ...

    def learn_one(self, value: float, at: datetime) -> None:
        """Learn the value; points come once, in order."""
        ...

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        ...


class WordMemory(Protocol):
    """Remembers which words were used, and says which are news."""

    def learn_one(self, stories: Sequence[Mapping[int, str]], at: datetime) -> None:
        """Learn the words of the stories of the bucket that starts then; buckets come in order."""
        ...

    def score_one(self, now: datetime) -> float:
        """Return how much the newest word is worth a notice; 1.0 is."""
        ...

    def terms(self, now: datetime) -> Sequence[tuple[str, int]]:
        """Return the words worth a notice, each with its stories in the last hour that was read, most first."""
        ...

    def stories(self, now: datetime) -> int:
        """Return how many stories of that hour were read."""
        ...

    def to_bytes(self) -> bytes:
        """Return the state as versioned MessagePack."""
        ...
