"""What the stars of a review say about its negativity."""

from __future__ import annotations

from math import exp, log

from crisiswatch.core.models import Mention

STARS = (0.97, 0.90, 0.40, 0.08, 0.03)
"""P(negative) of a review of which nothing but its stars, 1 to 5, is known; under a uniform prior.

Chosen, not measured: stars of one and two are complaints, of four and five praise, of three mostly neither; a few of
each are slips and irony. No open set has stars and what readers think of the text.
"""

_TEXT_WEIGHT = 0.5
"""How much of the text's evidence counts beside stars: both tell of the same experience."""

_PRIOR = log(0.5)
"""Log-odds of negative under a uniform prior: one class of three."""
_LEAST = 1e-6


def with_stars(mention: Mention, negativity: float | None) -> float | None:
    """Return the mention's P(negative) under a uniform prior, its stars considered; None if nothing is known.

    Stars are the rating of a review from 1 to 5, rounded half up; any other rating is of another scale and says
    nothing. A text that could not be scored has what its stars say.
    """
    stars = _stars(mention)
    if stars is None:
        return negativity
    told = _odds(STARS[stars - 1]) - _PRIOR
    if negativity is not None:
        told += _TEXT_WEIGHT * (_odds(negativity) - _PRIOR)
    return round(1.0 / (1.0 + exp(-_PRIOR - told)), 6)


def _stars(mention: Mention) -> int | None:
    rating = mention.engagement.rating if mention.engagement else None
    if mention.kind != "review" or rating is None or not 1.0 <= rating <= 5.0:
        return None
    return int(rating + 0.5)


def _odds(chance: float) -> float:
    kept = min(max(chance, _LEAST), 1.0 - _LEAST)
    return log(kept / (1.0 - kept))
