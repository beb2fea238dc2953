"""The story of one incident, told afterwards: what happened, how well it was answered, what could not be seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.core.counting import floor, negativity_bin
from crisiswatch.core.incidents import Change, Event, Evidence, Incident, Response
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.learning import is_irrelevant
from crisiswatch.core.models import Coverage, Observation
from crisiswatch.core.outbox import DeliveryState, NotificationKind, OutboxRow
from crisiswatch.core.series import Point, Series, with_shown_shares
from crisiswatch.core.stories import HORIZON, StoryIndex

BEFORE = timedelta(hours=6)
"""How much of the calm before is shown."""

AFTER = timedelta(hours=1)
LONGEST = timedelta(days=3)
GAP_FROM = timedelta(minutes=15)
"""Shorter stretches between two polls are no blindness."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a source was not seen."""

    source: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """How well it was answered, each from the first moment of the trouble; None where it did not happen."""

    began: datetime
    detected: timedelta | None
    told: timedelta | None
    acknowledged: timedelta | None
    closed: timedelta | None


@dataclass(frozen=True, slots=True)
class Labelled:
    """How many mentions people gave that label, and who they are."""

    label: str
    mentions: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retelling:
    """Everything that a post-incident report shows."""

    incident: Incident
    events: tuple[Event, ...]
    messages: tuple[OutboxRow, ...]
    series: Series | None
    peak: Point | None
    reaction: Reaction
    gaps: tuple[Gap, ...]
    until: datetime
    labels: tuple[Labelled, ...] = ()


def labelled(labels: Iterable[LabelFrame], brand: str, uids: Collection[bytes]) -> tuple[Labelled, ...]:
    """Return the labels that stand of those mentions of a brand, the most frequent first."""
    found: dict[str, list[str]] = {}
    for one in labels:
        if one.brand == brand and one.uid in uids:
            found.setdefault(one.label, []).append(one.by)
    made = (Labelled(label, len(by), tuple(sorted(set(by)))) for label, by in found.items())
    return tuple(sorted(made, key=lambda one: (-one.mentions, one.label)))


def stretch(incident: Incident, now: datetime) -> tuple[datetime, datetime]:
    """Return the time that a report looks at: from the calm before to a while after the end, three days at most."""
    start = _began(incident) - BEFORE
    return start, min(now, (incident.closed_at or now) + AFTER, start + LONGEST)


def react(incident: Incident, events: Sequence[Event], messages: Sequence[OutboxRow]) -> Reaction:
    """Return how long each step took."""
    began = _began(incident)
    delivered = [row.settled_at for row in messages if row.state is DeliveryState.DELIVERED and row.settled_at]
    acked = next((event.at for event in events if event.change is Change.ACKED), None)
    if acked is None and incident.response is Response.ACKED:
        acked = incident.acked_at

    def since(moment: datetime | None) -> timedelta | None:
        return None if moment is None else max(moment - began, timedelta())

    first = min(delivered, default=None)
    return Reaction(began, since(incident.detected_at), since(first), since(acked), since(incident.closed_at))


def told(rows: Sequence[OutboxRow], incident: str) -> tuple[OutboxRow, ...]:
    """Return the messages about the incident that were owed, edits apart, oldest first."""
    own = (row for row in rows if row.notification.incident == incident)
    return tuple(sorted((row for row in own if row.notification.kind is not NotificationKind.UPDATED), key=_id))


def known_from(span: tuple[datetime, datetime]) -> datetime:
    """Return from when on `draw` needs observations: a story that is told again in the span may have begun before."""
    return span[0] - HORIZON


def draw(
    incident: Incident,
    observations: Iterable[Observation],
    length: timedelta,
    span: tuple[datetime, datetime],
    weights: Sequence[float],
) -> Series | None:
    """Return what was said in each bucket against what the alert called usual; None without evidence.

    Counted as alerts count: by the time of the bucket, each story once, nothing that is not about the brand;
    `weights` are what a story of each negativity bin counts as negative. Observations come in their order.
    """
    evidence = incident.evidence
    if evidence is None:
        return None
    start = floor(span[0], length)
    counts = [(0, 0.0)] * ((span[1] - start) // length)
    for seen in _firsts(one for one in observations if one.brand == incident.brand):
        place, bin_ = (seen.bucket_time - start) // length, negativity_bin(seen.negativity)
        if 0 <= place < len(counts):
            stories, negative = counts[place]
            counts[place] = stories + 1, negative + (weights[bin_] if bin_ >= 0 else 0.0)
    buckets = max(1.0, (evidence.at - evidence.since) / length)
    points = tuple(_point(start + length * place, counted, evidence, buckets) for place, counted in enumerate(counts))
    shown = with_shown_shares(points, evidence.rates)
    return Series(incident.brand, length, shown, evidence.usual_share, evidence.since)


def peak(series: Series | None) -> Point | None:
    """Return the bucket with most stories; None where nothing was said."""
    highest = max(series.points, key=lambda point: point.stories, default=None) if series else None
    return highest if highest is not None and highest.stories > 0 else None


def gaps(coverage: Sequence[Coverage], sources: Sequence[str], span: tuple[datetime, datetime]) -> tuple[Gap, ...]:
    """Return where sources were not seen for a quarter of an hour or longer, by source and time."""
    found: list[Gap] = []
    for source in sources:
        seen = span[0]
        for piece in sorted((one for one in coverage if one.source == source), key=lambda one: one.start):
            found += _gap(source, seen, min(piece.start, span[1]))
            seen = max(seen, piece.end)
        found += _gap(source, seen, span[1])
    return tuple(found)


def _firsts(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Yield the first mention of every story."""
    stories, forgotten = StoryIndex(), None
    for seen in observations:
        if not seen.live or is_irrelevant(seen):
            continue
        if forgotten is None or seen.observed_at - forgotten > HORIZON:
            stories.forget(seen.observed_at)
            forgotten = seen.observed_at
        if stories.assign(seen.sketch, seen.observed_at)[1]:
            yield seen


def _point(start: datetime, counted: tuple[int, float], evidence: Evidence, buckets: float) -> Point:
    stories, negative = counted
    usual = (evidence.expected / buckets, evidence.lower / buckets, evidence.upper / buckets)
    return Point(start, float(stories), *usual, negative / stories if stories else None)


def _gap(source: str, start: datetime, end: datetime) -> list[Gap]:
    return [Gap(source, start, end)] if end - start >= GAP_FROM else []


def _began(incident: Incident) -> datetime:
    return incident.evidence.since if incident.evidence else incident.opened_at


def _id(row: OutboxRow) -> int:
    return row.id
