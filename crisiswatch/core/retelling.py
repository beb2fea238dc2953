"""The story of one incident, told afterwards: what happened, how well it was answered, what could not be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.core.incidents import Change, Event, Evidence, Incident, Response
from crisiswatch.core.models import Coverage, Observation
from crisiswatch.core.outbox import DeliveryState, NotificationKind, OutboxRow
from crisiswatch.core.series import Point, Series, with_shown_shares

BEFORE = timedelta(hours=6)
"""How much of the calm before is shown."""

AFTER = timedelta(hours=1)
LONGEST = timedelta(days=3)
NEGATIVE_FROM = 0.5
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


def draw(
    incident: Incident, observations: Sequence[Observation], length: timedelta, span: tuple[datetime, datetime]
) -> Series | None:
    """Return what was said in each bucket, copies once, against what the alert called usual; None without evidence."""
    evidence = incident.evidence
    if evidence is None:
        return None
    start = span[0] - (span[0] - datetime(1970, 1, 1, tzinfo=span[0].tzinfo)) % length
    counts: list[dict[tuple[int, ...] | bytes, float | None]] = [{} for _ in range((span[1] - start) // length)]
    for seen in observations:
        place = (seen.event_time - start) // length
        if seen.brand == incident.brand and 0 <= place < len(counts):
            counts[place].setdefault(seen.sketch or seen.uid, seen.negativity)
    buckets = max(1.0, (evidence.at - evidence.since) / length)
    points = tuple(_point(start + length * place, stories, evidence, buckets) for place, stories in enumerate(counts))
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


def _point(
    start: datetime, stories: dict[tuple[int, ...] | bytes, float | None], evidence: Evidence, buckets: float
) -> Point:
    negative = sum(1 for score in stories.values() if score is not None and score >= NEGATIVE_FROM)
    usual = (evidence.expected / buckets, evidence.lower / buckets, evidence.upper / buckets)
    return Point(start, float(len(stories)), *usual, negative / len(stories) if stories else None)


def _gap(source: str, start: datetime, end: datetime) -> list[Gap]:
    return [Gap(source, start, end)] if end - start >= GAP_FROM else []


def _began(incident: Incident) -> datetime:
    return incident.evidence.since if incident.evidence else incident.opened_at


def _id(row: OutboxRow) -> int:
    return row.id
