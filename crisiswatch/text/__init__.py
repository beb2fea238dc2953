"""Text functions: batch in, batch out; pure, offline, total. Models and automata load when they are first used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crisiswatch.core.learning import Example, OwnModel, OwnSteps
    from crisiswatch.core.steps import TextSteps, TextTools
    from crisiswatch.text.linear import Linear


def steps(queries: Mapping[str, Sequence[str]], weights: bytes) -> TextSteps:
    """Return what stage 1 runs: these queries compiled, negativity by these weights.

    Raises QueryError for a query that cannot be read, BadInput for bytes that hold no weights.
    """
    from crisiswatch.core.steps import TextSteps
    from crisiswatch.text.language import detect
    from crisiswatch.text.matching import Index
    from crisiswatch.text.stories import sketch

    model = _negativity(weights)
    return TextSteps(language=detect, negativity=model, sketch=sketch, queries=Index(queries), own=_own(model))


def tools(exclude: Sequence[str]) -> TextTools:
    """Return what explains an incident; `exclude` names brands, whose own words are never drivers."""
    from crisiswatch.core.steps import TextTools
    from crisiswatch.text.drivers import drivers
    from crisiswatch.text.incident_types import incident_type
    from crisiswatch.text.marking import marks
    from crisiswatch.text.words import words

    own = tuple(exclude)
    return TextTools(partial(drivers, exclude=own), incident_type, marks, partial(words, exclude=own))


def _own(model: Linear) -> OwnSteps:
    """Return what makes brands' own models, which load river when the first label is learnt."""
    from crisiswatch.core.learning import OwnSteps
    from crisiswatch.text.linear.hints import word_buckets

    def own_model(examples: Sequence[Example], base: float) -> OwnModel:
        from crisiswatch.text.adapting import Residual

        return Residual(examples, base=base)

    return OwnSteps(
        buckets=lambda texts: word_buckets(texts, model.reader),
        sentiment=partial(own_model, base=1.0),
        relevance=partial(own_model, base=0.0),
    )


@cache
def _negativity(weights: bytes) -> Linear:
    """Return the model; a reload of the configuration need not read its tables again."""
    from crisiswatch.text.linear import Linear

    return Linear.from_bytes(weights)
