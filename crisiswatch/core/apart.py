"""Every source of a brand judged by itself, beside the pool of all: trouble in one alone is thin in the pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crisiswatch.core.buckets import Bucket, Part
from crisiswatch.core.counting import Buckets, Counting
from crisiswatch.core.models import Count, Reading
from crisiswatch.core.steps import Detector

OF_POOL = 0.7
"""The part of a brand's budget of false alarms that is left to the pool; its sources share the rest alike."""

_NOTHING = Part()


@dataclass(slots=True)
class Apart:
    """What judging remembers of the sources of a brand that has several.

    `make` returns a fresh detector: a source gets its own with its first mention. `readings` are the newest.
    """

    make: Callable[[], Detector]
    detectors: dict[str, Detector] = field(default_factory=dict)
    readings: Mapping[str, Reading] = field(default_factory=dict)


def apart_of(sources: Sequence[str], make: Callable[[], Detector], known: Apart | None = None) -> Apart | None:
    """Return what is to be remembered of these sources, with what is known of them; None for a single one."""
    if len(sources) < 2:
        return None
    detectors = known.detectors if known is not None else {}
    return Apart(make, {source: detectors[source] for source in sources if source in detectors})


def learn_apart(state: Apart, counting: Counting, closed: Bucket) -> None:
    """Learn a closed bucket, source by source; what it held of each is needed no longer."""
    for source in counting.sources:
        if source in closed.parts and source not in state.detectors:
            state.detectors[source] = state.make()
        detector = state.detectors.get(source)
        if detector is not None:
            detector.learn_one(_count(counting, closed, source))
    closed.parts.clear()


def read_apart(state: Apart, counting: Counting, buckets: Buckets) -> Mapping[str, Reading]:
    """Return what is read of every source that was heard of before. Nothing of it is kept: restarts change nothing."""
    state.readings = {
        source: detector.score_open([_count(counting, bucket, source) for bucket in buckets.open])
        for source, detector in state.detectors.items()
    }
    return state.readings


def _count(counting: Counting, bucket: Bucket, source: str) -> Count:
    part = bucket.parts.get(source, _NOTHING)
    covered = counting.covered.part(source, bucket.start, bucket.start + counting.bucket)
    return Count(bucket.start, part.stories, part.negative, part.copies, covered)
