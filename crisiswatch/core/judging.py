"""Stage 2, second half: closed buckets are learnt once, open ones are scored on every tick."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from crisiswatch.core.apart import OF_POOL, Apart, learn_apart, read_apart
from crisiswatch.core.cleaning import pooled, pooled_open
from crisiswatch.core.counting import Buckets, Counting, floor, volumes
from crisiswatch.core.covering import covered_share
from crisiswatch.core.models import Judgement, PlannedEvent, Reading, Severity
from crisiswatch.core.noticing import Noticing, learn, score
from crisiswatch.core.series import Point
from crisiswatch.core.steps import Detector

COLD_START_NATS, COLD_START_FADES = 1.0, timedelta(days=5)
"""What is asked for beyond the threshold while a baseline is young, and how fast that fades."""

PLANNED_EVENT_FACTOR = 1.5
"""How much higher the bar is while a planned event draws attention."""

RULE_HOLDS = timedelta(minutes=30)
"""How long a rule's last hit keeps its judgement up."""

BLIND_BELOW = 0.5
"""Below this covered share of the usual volume a brand is blind."""

BLIND_AFTER = timedelta(minutes=15)
"""How long a brand is blind before people are told."""

WARM_AFTER = timedelta(days=14)
"""When a baseline has seen every weekday twice."""

POINTS_KEPT = 288 * 7

ALL_SOURCES = "all sources"
"""The series that every source is pooled into."""

LEAST_FOR_SHARE = 5
"""Stories needed before a fixed limit on the negative share is looked at."""


class Measure(StrEnum):
    """What a fixed limit is set on."""

    STORIES = "stories"
    NEGATIVE = "negative"
    NEGATIVE_SHARE = "negative_share"


@dataclass(frozen=True, slots=True)
class Limit:
    """A fixed limit: met when the measure exceeds `value` over the last `within`, in whole buckets."""

    measure: Measure
    value: float
    within: timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """An operator's rule: acts at the severity it declares, and is named. Rules without `limit` act on mentions."""

    name: str
    severity: Severity
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Evidence in nats at which a warning, and a critical, is due for the operator's budget.

    `budget` are the false alarms per week of both, and `bars` what was measured; without them there are no parts.
    """

    warning: float
    critical: float
    budget: tuple[float, float] = (0.0, 0.0)
    bars: tuple[tuple[float, float], ...] = ()

    @classmethod
    def for_budget(cls, bars: Mapping[float, float], warning: float, critical: float) -> Thresholds:
        """Return thresholds for false alarms per week, between and beyond the measured `bars` in log rate."""
        return _for_budget(tuple(sorted(bars.items())), warning, critical)

    def part(self, share: float) -> Thresholds:
        """Return the thresholds of a series that has that share (0..1) of the budget."""
        return _for_budget(self.bars, self.budget[0] * share, self.budget[1] * share) if self.bars else self


@dataclass(slots=True)
class Judging:
    """What judging remembers of one brand: its detectors, the recent past, and what the rules saw last.

    `taught` is when the history was fetched that the detector learnt last. `apart` is of the sources of a brand with
    several, `judgements` what was found last: of the pool, then of each source.
    """

    detector: Detector
    points: list[Point] = field(default_factory=list)
    hits: dict[str, datetime] = field(default_factory=dict)
    blind_since: datetime | None = None
    covered: float = 1.0
    noticing: Noticing = field(default_factory=Noticing)
    taught: datetime | None = None
    apart: Apart | None = None
    judgements: tuple[Judgement, ...] = ()


def judge(
    state: Judging,
    counting: Counting,
    buckets: Buckets,
    thresholds: Thresholds,
    events: Sequence[PlannedEvent],
    now: datetime,
) -> Judgement:
    """Learn the buckets that closed, then return the judgement of the open ones: of the series that is loudest."""
    for bucket in buckets.closed:
        expectation = state.detector.predict_one(bucket.start)
        state.detector.learn_one(pooled(counting, bucket))
        lower, upper = expectation.bounds(expectation.stories)
        share = bucket.negative / bucket.stories if bucket.stories else None
        point = Point(bucket.start, bucket.stories, expectation.stories, lower, upper, share, bucket.covered)
        state.points.append(point)
        learn(state.noticing, bucket, expectation, counting.bucket)
        if state.apart is not None:
            learn_apart(state.apart, counting, bucket)
    del state.points[: max(0, len(state.points) - POINTS_KEPT)]
    if buckets.closed:
        _watch_coverage(state, counting, now)
    score(state.noticing, buckets.open, state.detector.predict_one, counting.bucket, now)
    reading = state.detector.score_open(pooled_open(counting, buckets))
    alone = read_apart(state.apart, counting, buckets) if state.apart is not None else {}
    event = planned_event(events, now)
    state.judgements = to_judgements(reading, alone, len(counting.sources), thresholds, event)
    return loudest(state.judgements)


def to_judgements(
    pool: Reading, alone: Mapping[str, Reading], sources: int, thresholds: Thresholds, event: PlannedEvent | None
) -> tuple[Judgement, ...]:
    """Return the judgements of the pool, then of every source, each by its part of the brand's budget."""
    if sources < 2:
        return (to_judgement(pool, thresholds, event),)
    of_pool, of_each = thresholds.part(OF_POOL), thresholds.part((1 - OF_POOL) / sources)
    found = (replace(to_judgement(reading, of_each, event), series=source) for source, reading in alone.items())
    return (to_judgement(pool, of_pool, event), *found)


def loudest(judgements: Sequence[Judgement]) -> Judgement:
    """Return the judgement with the highest score, the pool's before others; what is usual is that of the pool."""
    pool, found = judgements[0], max(judgements, key=lambda each: each.score)
    if found is pool:
        return pool
    usual = pool.reading
    return replace(found, reading=replace(found.reading, expectation=usual.expectation, learnt=usual.learnt))


def to_judgement(reading: Reading, thresholds: Thresholds, event: PlannedEvent | None) -> Judgement:
    """Return a reading relative to the threshold: 1.0 means alert."""
    young = COLD_START_NATS * math.exp(-(reading.learnt / COLD_START_FADES))
    bar = (thresholds.warning + young) * (PLANNED_EVENT_FACTOR if event else 1.0)
    critical = (thresholds.critical + young) * (PLANNED_EVENT_FACTOR if event else 1.0)
    return Judgement("crisis_lr", ALL_SOURCES, reading.raw / bar, critical / bar, reading)


def note_hits(state: Judging, rules: Sequence[str], now: datetime) -> None:
    """Remember that mentions met those rules, and forget hits that hold no more."""
    for rule in [rule for rule, hit in state.hits.items() if now - hit >= RULE_HOLDS]:
        del state.hits[rule]
    for rule in rules:
        state.hits[rule] = now


def limits_met(counting: Counting, rules: Sequence[Rule], now: datetime) -> list[str]:
    """Return the names of the rules whose fixed limit is exceeded now."""
    return [rule.name for rule in rules if rule.limit is not None and _measured(counting, rule.limit, now)]


def holding_rules(state: Judging, rules: Sequence[Rule], now: datetime) -> tuple[Rule, ...]:
    """Return the rules whose last hit is recent, most severe first."""
    held = [rule for rule in rules if rule.name in state.hits and now - state.hits[rule.name] < RULE_HOLDS]
    return tuple(sorted(held, key=lambda rule: (-rule.severity, rule.name)))


def planned_event(events: Sequence[PlannedEvent], now: datetime) -> PlannedEvent | None:
    """Return the planned event that is on, if any."""
    return next((event for event in events if event.start <= now < event.end), None)


def _measured(counting: Counting, limit: Limit, now: datetime) -> bool:
    since = floor(now - limit.within, counting.bucket)
    buckets = [b for b in (*counting.closed, *counting.open.values()) if b.start >= since]
    stories = sum(bucket.stories for bucket in buckets)
    negative = sum(bucket.negative for bucket in buckets)
    if limit.measure is Measure.STORIES:
        return stories > limit.value
    if limit.measure is Measure.NEGATIVE:
        return negative > limit.value
    return stories >= LEAST_FOR_SHARE and negative / stories > limit.value


def _watch_coverage(state: Judging, counting: Counting, now: datetime) -> None:
    """Judge the newest closed bucket: it has had its lateness, so what is not covered now was not seen."""
    assert counting.closed_until is not None, "set by count"
    end = counting.closed_until
    state.covered = covered_share(counting.covered, volumes(counting), end - counting.bucket, end)
    if state.covered >= BLIND_BELOW:
        state.blind_since = None
    elif state.blind_since is None:
        state.blind_since = now


@lru_cache(maxsize=1024)
def _for_budget(bars: tuple[tuple[float, float], ...], warning: float, critical: float) -> Thresholds:
    return Thresholds(_bar(bars, warning), _bar(bars, critical), (warning, critical), bars)


def _bar(bars: Sequence[tuple[float, float]], budget: float) -> float:
    """Interpolate bars linearly in the logarithm of the rate; beyond the ends the nearest slope goes on."""
    points = sorted((-math.log(rate), bar) for rate, bar in bars)
    x = -math.log(budget)
    index = max(1, min(len(points) - 1, sum(point[0] < x for point in points)))
    (x0, y0), (x1, y1) = points[index - 1], points[index]
    return max(1.0, y0 + (y1 - y0) * (x - x0) / (x1 - x0))
