"""Which source is it in? Every source of a brand judged beside the others, over the stretch of the trouble.

A source is expected to bring its usual part of the stories that were expected of all, as far as it was seen; its
negative share is compared with its own usual one. The evidence of a source, in nats, is the half deviance of its
negative share plus that of its volume, the latter with the variance of a baseline that is wrong by a third (gamma of
shape 9) and at most 5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crisiswatch.core.buckets import Item
from crisiswatch.core.counting import Counting, usual_mass
from crisiswatch.core.sharing import Rates

UNUSUAL = 5.0
"""Nats from which a source is not as usual: odds of 150 to 1."""

SHAPE, VOLUME_CAP = 9.0, 5.0

PRIOR_STORIES = 20.0
"""Stories by which the usual share of a source is drawn to that of the brand."""

LEAST_STORIES = 5

CLEARLY_USUAL = 1.0
"""Nats from which a source is not called as usual any more, though that it is unusual is not shown either."""
AS_COUNTED = Rates()


@dataclass(frozen=True, slots=True)
class Located:
    """One source since the trouble began: what it brought against what it usually does; `nats` is the evidence.

    `covered` is the part of the stretch in which it was seen, 0..1; shares are 0..1.
    """

    source: str
    stories: int
    expected: float
    share: float
    usual_share: float
    nats: float
    covered: float

    @property
    def is_unusual(self) -> bool:
        """Tell whether the trouble is in this source."""
        return self.nats >= UNUSUAL

    @property
    def is_usual(self) -> bool:
        """Tell whether it may be called as usual: neither more stories nor more negative ones than chance brings."""
        negative, mean = self.share * self.stories, self.usual_share * self.stories
        is_few = self.stories <= _at_most(self.expected, self.expected)
        return self.nats < CLEARLY_USUAL and is_few and negative <= _at_most(mean, mean * (1 - self.usual_share))


def locate(
    counting: Counting,
    firsts: Sequence[Item],
    expected: float,
    usual_share: float,
    stretch: tuple[datetime, datetime],
    rates: Rates = AS_COUNTED,
) -> tuple[Located, ...]:
    """Return the sources of a brand with several, the one with most evidence first.

    `firsts` are the first posts of the stories in the stretch, of which `expected` were to come from all sources.
    `usual_share` is by the detector's count, on which the evidence rests; `rates` correct what is shown.
    """
    names = sorted({*counting.sources, *(item.source for item in firsts)})
    if len(names) < 2:
        return ()
    covered = {name: counting.covered.part(name, *stretch) for name in names}
    parts = _parts(counting, names, covered)
    found = []
    for name in names:
        items = [item for item in firsts if item.source == name]
        negative = sum(counting.weights[item.bin] for item in items if item.bin >= 0)
        usual = _usual_share(counting, name, usual_share)
        nats = _evidence(len(items), negative, expected * parts[name], usual)
        share = negative / len(items) if items else 0.0
        shown = rates.correct(share) if items else 0.0, rates.correct(usual)
        found.append(Located(name, len(items), expected * parts[name], *shown, nats, covered[name]))
    return tuple(sorted(found, key=lambda each: (-each.nats, each.source)))


def _at_most(mean: float, variance: float) -> float:
    """Return what about 98 of 100 counts stay below; half a story is the step from whole numbers."""
    return mean + 2.0 * math.sqrt(variance) + 0.5


def _parts(counting: Counting, names: Sequence[str], covered: Mapping[str, float]) -> dict[str, float]:
    """Return which part of the expected stories each source was to bring; alike while nothing is known."""
    volumes = {name: counting.usual.get(name, 0.0) * covered[name] for name in names}
    total = sum(volumes.values())
    return {name: volume / total if total > 0 else 1 / len(names) for name, volume in volumes.items()}


def _usual_share(counting: Counting, name: str, usual_share: float) -> float:
    stories, negative = usual_mass(counting, name)
    share = (negative + PRIOR_STORIES * usual_share) / (stories + PRIOR_STORIES)
    return min(0.99, max(0.005, share))


def _evidence(stories: int, negative: float, expected: float, share: float) -> float:
    if stories < LEAST_STORIES:
        return 0.0
    volume, expected = 0.0, max(expected, 0.5)
    if stories > expected:
        volume = stories * math.log(stories / expected)
        volume -= (stories + SHAPE) * math.log((stories + SHAPE) / (expected + SHAPE))
    return _of_share(stories, min(negative, stories) - 0.5, share) + min(VOLUME_CAP, volume)


def _of_share(stories: int, hits: float, share: float) -> float:
    """Return the half deviance of `hits` of `stories` above `share`; 0 if they are not above."""
    if hits <= stories * share:
        return 0.0
    misses = stories - hits
    return hits * math.log(hits / (stories * share)) + misses * math.log(misses / (stories * (1 - share)))
