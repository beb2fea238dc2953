"""The parts of a compiled query, and the error that says where a query is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from crisiswatch.errors import BadInput
from crisiswatch.text.patterns import Pattern
from crisiswatch.text.terms import Term


class QueryError(BadInput):
    """A query that cannot be read; `position` counts characters from 0."""

    reason = "query"

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every text: the query `*`."""


@dataclass(frozen=True, slots=True)
class Near:
    """Neighbours in this list stand at most so many words apart, in either order.

    Each of `groups` is a choice of terms; `distances[i]` holds between `groups[i]` and `groups[i + 1]`.
    """

    groups: tuple[tuple[Term, ...], ...]
    distances: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Matches where every part matches."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Matches where any part matches."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Matches where the part does not."""

    part: Query


Query = Term | Pattern | Everything | Near | And | Or | Not
