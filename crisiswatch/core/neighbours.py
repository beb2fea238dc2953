"""Is it only us? How competitors and the industry stand at the same tick, judged as the brand itself is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crisiswatch.core.counting import Counting, floor, shown_rates
from crisiswatch.core.models import Judgement

UNREST_FROM = 0.6
"""The score from which a neighbour is not as usual."""

YOUNG = timedelta(days=1)
"""Before it has learnt this much, nothing can be said of a neighbour."""

OVER = timedelta(hours=1)
"""The stretch of which the negative share of a neighbour is told."""


class Standing(StrEnum):
    """How a neighbour stands. Who is not seen, or not known yet, is not quiet."""

    QUIET = "quiet"
    RESTLESS = "restless"
    BLIND = "blind"
    YOUNG = "young"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another brand at the same tick; its score is relative to its own threshold, shares are 0..1."""

    brand: str
    kind: str
    standing: Standing
    score: float
    share: float
    usual_share: float


def regard(counting: Counting, kind: str, judgement: Judgement, is_blind: bool, now: datetime) -> Neighbour:
    """Return how the brand of `counting` stands as a neighbour of others."""
    since = floor(now - OVER, counting.bucket)
    recent = [each for each in (*counting.closed, *counting.open.values()) if each.start >= since]
    stories = sum(each.stories for each in recent)
    usual = judgement.reading.expectation.share
    share = sum(each.negative for each in recent) / stories if stories else usual
    rates, standing = shown_rates(counting), _standing(judgement, is_blind)
    return Neighbour(counting.brand, kind, standing, judgement.score, rates.correct(share), rates.correct(usual))


def is_only_us(neighbours: Sequence[Neighbour]) -> bool | None:
    """Tell whether all neighbours of whom anything is known are quiet; None where nothing is known of any."""
    known = [each for each in neighbours if each.standing in (Standing.QUIET, Standing.RESTLESS)]
    return all(each.standing is Standing.QUIET for each in known) if known else None


def ranked(neighbours: Sequence[Neighbour]) -> tuple[Neighbour, ...]:
    """Return them in order of interest: the restless first, by score; then the others by name."""
    order = [Standing.RESTLESS, Standing.QUIET, Standing.BLIND, Standing.YOUNG]
    return tuple(sorted(neighbours, key=lambda each: (order.index(each.standing), -round(each.score, 1), each.brand)))


def _standing(judgement: Judgement, is_blind: bool) -> Standing:
    if is_blind:
        return Standing.BLIND
    if judgement.score >= UNREST_FROM:
        return Standing.RESTLESS
    return Standing.YOUNG if judgement.reading.learnt < YOUNG else Standing.QUIET
