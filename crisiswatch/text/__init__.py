"""Text functions: batch in, batch out; pure, offline, total. Models and automata load when they are first used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crisiswatch.core.steps import Negativity, TextSteps, TextTools


def steps(queries: Mapping[str, Sequence[str]], weights: bytes) -> TextSteps:
    """Return what stage 1 runs: these queries compiled, negativity by these weights.

    Raises QueryError for a query that cannot be read, BadInput for bytes that hold no weights.
    """
    from crisiswatch.core.steps import TextSteps
    from crisiswatch.text.language import detect
    from crisiswatch.text.matching import Index
    from crisiswatch.text.stories import sketch

    return TextSteps(language=detect, negativity=_negativity(weights), sketch=sketch, queries=Index(queries))


def tools(exclude: Sequence[str]) -> TextTools:
    """Return what explains an incident; `exclude` names brands, whose own words are never drivers."""
    from crisiswatch.core.steps import TextTools
    from crisiswatch.text.drivers import drivers
    from crisiswatch.text.incident_types import incident_type
    from crisiswatch.text.marking import marks
    from crisiswatch.text.words import words

    own = tuple(exclude)
    return TextTools(partial(drivers, exclude=own), incident_type, marks, partial(words, exclude=own))


@cache
def _negativity(weights: bytes) -> Negativity:
    """Return the model; a reload of the configuration need not read its tables again."""
    from crisiswatch.text.linear import Linear

    return Linear.from_bytes(weights)
