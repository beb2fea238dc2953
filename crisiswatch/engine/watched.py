"""One brand while it is watched: how, and its live state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from crisiswatch.core.assessing import Assessment
from crisiswatch.core.counting import Counting, items_kept
from crisiswatch.core.deciding import Policy
from crisiswatch.core.incidents import Incident
from crisiswatch.core.judging import BLIND_AFTER, BLIND_BELOW, Judging, Rule, Thresholds
from crisiswatch.core.keeping import settle
from crisiswatch.core.metric_series import Investigate, judge_points
from crisiswatch.core.models import Coverage, Judgement, MetricPoint, Observation, PlannedEvent, Reading, Severity
from crisiswatch.core.steps import Noticer, SeriesDetector, TextTools, WordMemory

IDLE_BELOW = 0.3
"""Under this score a tick without news cannot matter: evidence only falls as time passes without mentions."""

OWN = ""
"""The brand of incidents about the daemon itself: its sources (`source:NAME`) and its channels (`self:NAME`)."""


@dataclass(frozen=True, slots=True)
class Learns:
    """What labels may teach about a brand beside the correction of its share; what was learnt is kept while off."""

    sentiment: bool = True
    relevance: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """How one brand is watched, as configured.

    `noticers` make the uncalibrated detectors, by a name that says all their options, from a saved state or fresh;
    `words` (None: new words are not looked for) the memory of words, `series` (None: they are not judged) the detector
    of a metric series with points of that length. They raise StoreUnusable for a state of another version.
    """

    policy: Policy
    sources: tuple[str, ...]
    lateness: timedelta
    bucket: timedelta
    weights: tuple[float, ...]
    thresholds: Thresholds
    tools: TextTools
    rules: tuple[Rule, ...] = ()
    events: tuple[PlannedEvent, ...] = ()
    competitors: tuple[str, ...] = ()
    noticers: Mapping[str, Callable[[bytes | None], Noticer]] = field(default_factory=dict)
    words: Callable[[bytes | None], WordMemory] | None = None
    series: Callable[[timedelta, bytes | None], SeriesDetector] | None = None
    learns: Learns = Learns()


@dataclass(slots=True)
class Watched:
    """One brand while it is watched: its plan, and its live state.

    It `is_undecided` between its judgement and the decision: where a tick failed there, the next one decides.
    """

    plan: Plan
    counting: Counting
    judging: Judging
    inbox: list[Observation] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    points: list[MetricPoint] = field(default_factory=list)
    judgement: Judgement | None = None
    ready_at: datetime | None = None
    is_undecided: bool = False

    @property
    def brand(self) -> str:
        """Return the name of the brand."""
        return self.plan.policy.brand


class Onlooker(Protocol):
    """Decides for itself, beside the watcher, from the same readings: what would other thresholds have done?"""

    def is_busy(self, watched: Watched) -> bool:
        """Tell whether a tick without news matters to it."""
        ...

    def judged(self, watched: Watched, reading: Reading, now: datetime) -> None:
        """Hear a reading: on every tick with news, and on those without for which it is busy."""
        ...


def hand_over(piece: Coverage, brands: Iterable[Watched]) -> None:
    """Tell brands what was seen of a source of theirs. A piece that goes on where the last one ends is joined to it.

    At thousands of mentions a second many pieces come between two ticks, each for every brand.
    """
    joined: dict[int, Coverage | None] = {}
    for watched in brands:
        if piece.source not in watched.counting.sources:
            continue
        last = watched.coverage[-1] if watched.coverage else None
        if id(last) not in joined:  # brands share their pieces
            joined[id(last)] = _joined(last, piece)
        whole = joined[id(last)]
        if whole is None:
            watched.coverage.append(piece)
        else:
            watched.coverage[-1] = whole


def hand_over_points(points: Iterable[MetricPoint], brands: Mapping[str, Watched]) -> None:
    """Give points of metric series to the brands that they are about."""
    for point in points:
        if point.brand in brands:
            brands[point.brand].points.append(point)


def _joined(last: Coverage | None, piece: Coverage) -> Coverage | None:
    if last is None or (last.source, last.quality) != (piece.source, piece.quality):
        return None
    if not last.start <= piece.start <= last.end:
        return None
    return Coverage(last.source, last.start, max(last.end, piece.end), last.quality)


def take(watched: Watched, now: datetime) -> list[Observation]:
    """Return what was observed before `now`, in the order that a replay has too."""
    due = [seen for seen in watched.inbox if seen.observed_at < now]
    if due:
        watched.inbox = [seen for seen in watched.inbox if seen.observed_at >= now]
        due.sort(key=lambda seen: (seen.observed_at, seen.uid))
    return due


def take_points(watched: Watched, now: datetime) -> tuple[Investigate, ...] | None:
    """Judge the points of metric series that were observed before `now`; None where there are none.

    Return the investigations that they call for.
    """
    due = [point for point in watched.points if point.observed_at is None or point.observed_at < now]
    if not due:
        return None
    watched.points = [point for point in watched.points if point.observed_at is not None and point.observed_at >= now]
    series = watched.judging.noticing.series
    if series is None:
        return None
    watched.judging.noticing.scored_at = None  # what was just judged is said at once
    return judge_points(series, watched.brand, due, watched.plan.sources, now)


def is_due(counting: Counting, now: datetime) -> bool:
    """Tell whether a bucket closes now."""
    return counting.closed_until is None or counting.closed_until + counting.bucket + counting.lateness <= now


def allot(brands: Collection[Watched], now: datetime) -> None:
    """Settle how much is kept of each brand, if buckets close at `now`; no brand has been counted then yet.

    After a restart some may have been: what was settled for them holds for the others.
    """
    behind = [watched for watched in brands if watched.ready_at is None or watched.ready_at < now]
    if not any(is_due(watched.counting, now) for watched in behind):
        return
    known = next((each.counting.levels for each in brands if each.counting.levels.at == now), None)
    countings = [watched.counting for watched in brands]
    levels = known or settle(map(items_kept, countings), (len(each.stories.owners) for each in countings), now)
    for watched in behind:
        watched.counting.levels = levels


def is_idle(watched: Watched, incident: Incident | None) -> bool:
    """Tell whether nothing is near a threshold and no timer runs."""
    judging = watched.judging
    score = watched.judgement.score if watched.judgement else 1.0
    return incident is None and score < IDLE_BELOW and judging.blind_since is None and not judging.hits


def blindness(watched: Watched, now: datetime) -> Assessment:
    """Return the assessment of not seeing: a warning after a while, at once calm when it is over."""
    since = watched.judging.blind_since
    is_over = since is None or now - since < BLIND_AFTER
    score = 0.0 if since is None else (BLIND_BELOW / max(watched.judging.covered, 0.01))
    most = min(Severity.WARNING, watched.plan.policy.most)
    return Assessment(Severity.CALM if is_over else most, min(score, 50.0))
