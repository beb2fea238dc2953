"""Stage 2, first half: observations become buckets. The state is a live object; one brand, one worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from crisiswatch.core.buckets import Bucket, Item, Part
from crisiswatch.core.copying import FIRST, learn_copied, pace
from crisiswatch.core.covering import Covered, covered_share
from crisiswatch.core.keeping import Levels
from crisiswatch.core.learning import is_irrelevant
from crisiswatch.core.models import HISTOGRAM_BINS, Observation
from crisiswatch.core.sharing import Correction, Rates, counted_rates
from crisiswatch.core.stories import StoryIndex

KEPT = timedelta(hours=48)
"""How long single items are kept: as evidence of an incident that began then."""

IN_ONE_BUCKET = 0.4
"""The part of a brand's items that one bucket may have; of more, every other one is kept."""

USUAL_HALF_LIFE = timedelta(days=3)
"""How fast the usual volume of a source is forgotten."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Counting(msgspec.Struct):
    """What counting remembers of one brand.

    `closed_until` is the end of the last closed bucket. `usual` is the usual number of stories per bucket and source,
    `usual_negative` that of negative ones, `usual_copied` the logarithm of how many copies a story usually has.
    `weights` is what a story of each negativity bin counts as negative. `kept` counts the items of `closed`, `levels`
    says how much there may be. `usual_bins` is the usual number of stories per bucket and bin that is shown,
    `usual_counted` how many of them the detector counts as negative; `correction` is what labels say of the scores:
    both are for showing shares alone.
    """

    brand: str
    bucket: timedelta
    lateness: timedelta
    sources: tuple[str, ...]
    weights: tuple[float, ...]
    closed_until: datetime | None = None
    open: dict[datetime, Bucket] = msgspec.field(default_factory=dict)
    closed: list[Bucket] = msgspec.field(default_factory=list)
    kept: int = 0
    levels: Levels = Levels()
    stories: StoryIndex = msgspec.field(default_factory=StoryIndex)
    covered: Covered = msgspec.field(default_factory=Covered)
    usual: dict[str, float] = msgspec.field(default_factory=dict)
    usual_copied: dict[str, float] = msgspec.field(default_factory=dict)
    usual_negative: dict[str, float] = msgspec.field(default_factory=dict)
    usual_bins: list[float] = msgspec.field(default_factory=lambda: [0.0] * HISTOGRAM_BINS)
    usual_counted: list[float] = msgspec.field(default_factory=lambda: [0.0] * HISTOGRAM_BINS)
    correction: Correction = Correction()


@dataclass(frozen=True, slots=True)
class Buckets:
    """What one tick changed: buckets that closed now, and those still open, oldest first, without holes."""

    closed: tuple[Bucket, ...]
    open: tuple[Bucket, ...]


def count(state: Counting, observations: Iterable[Observation], now: datetime) -> Buckets:
    """Add live observations to their buckets, close those whose time has come, and return both kinds."""
    if state.closed_until is None:
        state.closed_until = floor(now, state.bucket)
    oldest = state.closed_until - state.bucket - state.lateness
    for observation in observations:
        if observation.live and observation.observed_at >= oldest:  # older ones are imported history, not news
            _add(state, observation)
    closed = _close(state, now)
    return Buckets(closed, _open(state, now))


def floor(moment: datetime, length: timedelta) -> datetime:
    """Return the start of the bucket that a moment lies in."""
    return moment - (moment - EPOCH) % length


def negativity_bin(negativity: float | None) -> int:
    """Return the histogram bin of a probability, -1 for None."""
    return -1 if negativity is None else min(HISTOGRAM_BINS - 1, max(0, int(negativity * HISTOGRAM_BINS)))


def items_since(state: Counting, since: datetime) -> list[Item]:
    """Return what is kept of the buckets from `since` on, oldest bucket first."""
    buckets = [b for b in state.closed if b.start >= since]
    buckets += [state.open[start] for start in sorted(state.open) if start >= since]
    return [item for bucket in buckets for item in bucket.items]


def items_kept(state: Counting) -> int:
    """Return how many items are kept, those of open buckets included."""
    return state.kept + sum(bucket.kept for bucket in state.open.values())


def totals_since(state: Counting, since: datetime) -> tuple[int, int, float]:
    """Return stories, copies and negative stories of the buckets from `since` on, with items or without."""
    buckets = [b for b in (*state.closed, *state.open.values()) if b.start >= since]
    return sum(b.stories for b in buckets), sum(b.copies for b in buckets), sum(b.negative for b in buckets)


def irrelevant_since(state: Counting, since: datetime) -> int:
    """Return how many mentions of the buckets from `since` on were judged not to be about the brand."""
    return sum(b.irrelevant for b in (*state.closed, *state.open.values()) if b.start >= since)


def items_before(state: Counting, end: datetime) -> list[Item]:
    """Return what is kept of the buckets before `end`, oldest bucket first."""
    buckets = [b for b in state.closed if b.start < end]
    buckets += [state.open[start] for start in sorted(state.open) if start < end]
    return [item for bucket in buckets for item in bucket.items]


def volumes(state: Counting) -> dict[str, float]:
    """Return the usual volume of every source of the brand; a source never heard has none."""
    return {source: state.usual.get(source, 0.0) for source in state.sources}


def usual_mass(state: Counting, source: str) -> tuple[float, float]:
    """Return the stories of a source that its usual volume remembers, and the negative ones among them."""
    buckets = 1 / (1 - 0.5 ** (state.bucket / USUAL_HALF_LIFE))
    return state.usual.get(source, 0.0) * buckets, state.usual_negative.get(source, 0.0) * buckets


def usual_histogram(state: Counting) -> list[float]:
    """Return the stories of each negativity bin that the usual volume remembers."""
    buckets = 1 / (1 - 0.5 ** (state.bucket / USUAL_HALF_LIFE))
    return [stories * buckets for stories in state.usual_bins]


def shown_rates(state: Counting) -> Rates:
    """Return how shares by the detector's count become shares that are shown."""
    buckets = 1 / (1 - 0.5 ** (state.bucket / USUAL_HALF_LIFE))
    counted = [stories * buckets for stories in state.usual_counted]
    return counted_rates(usual_histogram(state), counted, state.correction)


def _add(state: Counting, observation: Observation) -> None:
    assert state.closed_until is not None, "set by count"
    start = max(floor(observation.bucket_time, state.bucket), state.closed_until)
    bucket = state.open.get(start)
    if bucket is None:
        bucket = state.open[start] = Bucket(start)
    if is_irrelevant(observation):
        bucket.irrelevant += 1
        return
    story, is_first = state.stories.assign(observation.sketch, observation.observed_at, state.levels.parts)
    bin_ = negativity_bin(observation.negativity)
    negative = state.weights[bin_] if bin_ >= 0 else 0.0
    if len(state.sources) > 1:
        part = bucket.parts.setdefault(observation.source, Part())
        part.copies += 1
        if is_first:
            part.stories += 1
            part.negative += negative
    item = Item(
        observation.uid,
        observation.source,
        observation.language,
        observation.author,
        bin_,
        story,
        is_first,
        observation.event_time,
        observation.engagement or 0,
        observation.rules,
        None if observation.adapted is None else negativity_bin(observation.adapted),
    )
    bucket.add(item, negative, int(state.levels.items * IN_ONE_BUCKET))


def _close(state: Counting, now: datetime) -> tuple[Bucket, ...]:
    """Close every bucket that is over and past its lateness; nothing can fall into it any more."""
    assert state.closed_until is not None, "set by count"
    closed: list[Bucket] = []
    while state.closed_until + state.bucket + state.lateness <= now:
        start = state.closed_until
        bucket = state.open.pop(start, None) or Bucket(start)
        bucket.covered = _covered(state, start)
        _learn_usual(state, bucket)
        bucket.close()
        state.closed_until = start + state.bucket
        closed.append(bucket)
    if closed:
        state.closed += [bucket for bucket in closed if bucket.copies or bucket.irrelevant]
        state.kept += sum(bucket.kept for bucket in closed)
        _forget(state, now)
    return tuple(closed)


def _open(state: Counting, now: datetime) -> tuple[Bucket, ...]:
    assert state.closed_until is not None, "set by count"
    buckets: list[Bucket] = []
    start = state.closed_until
    while start < now:
        bucket = state.open.get(start) or Bucket(start)
        bucket.covered = _covered(state, start)
        buckets.append(bucket)
        start += state.bucket
    return tuple(buckets)


def _covered(state: Counting, start: datetime) -> float:
    return covered_share(state.covered, volumes(state), start, start + state.bucket)


def _learn_usual(state: Counting, bucket: Bucket) -> None:
    keep, items = 0.5 ** (state.bucket / USUAL_HALF_LIFE), bucket.items
    part = (1 - keep) * bucket.step  # a kept item stands for those that were not
    counts, negative = dict.fromkeys(state.sources, 0), dict.fromkeys(state.sources, 0.0)
    if bucket.covered > 0.5:
        state.usual_bins = [keep * stories for stories in state.usual_bins]
        state.usual_counted = [keep * stories for stories in state.usual_counted]
        for item in items:
            if item.is_first and item.bin >= 0:
                state.usual_bins[item.shown_bin] += part
                state.usual_counted[item.shown_bin] += part * state.weights[item.bin]
    for item in items:
        counts[item.source] = counts.get(item.source, 0) + item.is_first * bucket.step
        if item.is_first and item.bin >= 0:
            negative[item.source] = negative.get(item.source, 0.0) + state.weights[item.bin] * bucket.step
    for source, stories in counts.items():
        if state.covered.part(source, bucket.start, bucket.start + state.bucket) > 0.5:
            state.usual[source] = keep * state.usual.get(source, 0.0) + (1 - keep) * stories
            before = state.usual_negative.get(source, 0.0)
            state.usual_negative[source] = keep * before + (1 - keep) * negative.get(source, 0.0)
    for source, seen in bucket.parts.items():
        step = pace(state.bucket, FIRST, state.usual.get(source, 0.0))
        state.usual_copied[source] = learn_copied(state.usual_copied.get(source, 0.0), seen.stories, seen.copies, step)


def _forget(state: Counting, now: datetime) -> None:
    horizon = now - KEPT
    old = next((place for place, bucket in enumerate(state.closed) if bucket.start >= horizon), len(state.closed))
    state.kept -= sum(bucket.kept for bucket in state.closed[:old])
    del state.closed[:old]
    for bucket in state.closed:
        if state.kept <= state.levels.items:
            break
        state.kept -= bucket.kept
        bucket.let_go()
    state.covered.forget(horizon)
    if state.closed_until is not None and state.closed_until.hour % 6 == 0 and state.closed_until.minute == 0:
        state.stories.forget(now)


def missing_sources(state: Counting, start: datetime, end: datetime) -> Sequence[str]:
    """Return the sources of which less than half of [start, end) was seen."""
    return [source for source in state.sources if state.covered.part(source, start, end) < 0.5]
