"""The JSON shapes of an incident: names and units here are promises, whatever the inside looks like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crisiswatch.console.records import Record, severity_word
from crisiswatch.core.incidents import Event, Evidence, Incident, Post
from crisiswatch.core.messages import Message
from crisiswatch.core.overlays import Silenced
from crisiswatch.core.precision import Precision
from crisiswatch.core.series import Series


class PostRecord(Record, frozen=True, kw_only=True):
    """A mention as evidence."""

    external_id: str
    permalink: str | None
    published_at: datetime


class SilencedRecord(Record, frozen=True, kw_only=True):
    """The silence that holds an open incident back; `until` is exclusive."""

    id: str
    by: str
    until: datetime
    reason: str


class IncidentRecord(Record, frozen=True, kw_only=True):
    """An incident as the list shows it. Shares are 0..1; null is unknown. `sector_event` is its root."""

    id: str
    url: str
    brand: str
    family: str
    condition: str
    response: str
    severity: str
    peak_severity: str
    opened_at: datetime
    detected_at: datetime | None
    updated_at: datetime
    closed_at: datetime | None
    stale_since: datetime | None
    acked_by: str | None
    acked_at: datetime | None
    closed_by: str | None
    verdict: str | None
    verdict_by: str | None
    verdict_at: datetime | None
    silenced: SilencedRecord | None
    sector_event: str | None
    score: float
    peak_score: float
    peak_ratio: float
    rule: str | None
    playbook: str
    incident_type: str | None = None
    since: datetime | None = None
    stories: int | None = None
    copies: int | None = None
    authors: int | None = None
    expected: float | None = None
    negative_share: float | None = None
    usual_negative_share: float | None = None
    covered: float | None = None
    drivers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    first_post: PostRecord | None = None


class Labelled(Record, frozen=True, kw_only=True):
    """A label and its sentence."""

    label: str
    value: str


class QuoteRecord(Record, frozen=True, kw_only=True):
    """What somebody wrote."""

    who: str
    when: str
    text: str
    url: str | None
    language: str | None


class StoryRecord(Record, frozen=True, kw_only=True):
    """The incident in sentences, as the alert tells it."""

    headline: str
    state: str
    silenced: str
    since: str
    facts: tuple[Labelled, ...]
    quotes: tuple[QuoteRecord, ...]
    playbook: str
    owner: str
    playbook_reason: str
    steps: tuple[str, ...]
    holding_statement: str
    why: tuple[str, ...]
    data_health: str


class EventRecord(Record, frozen=True, kw_only=True):
    """One row of the history."""

    at: datetime
    change: str
    severity: str
    by: str
    note: str


class PrecisionRecord(Record, frozen=True, kw_only=True):
    """How often a rule was right: `precision` is the share of real ones among the `judged`, null where none was."""

    brand: str
    rule: str
    judged: int
    real: int
    false: int
    campaign: int
    unsure: int
    precision: float | None


class PointRecord(Record, frozen=True, kw_only=True):
    """One bucket of the chart."""

    start: datetime
    stories: float
    expected: float
    lower: float
    upper: float
    negative_share: float | None
    covered: float


class IncidentDetail(Record, frozen=True, kw_only=True):
    """One incident with everything that its page shows."""

    incident: IncidentRecord
    message: StoryRecord
    events: tuple[EventRecord, ...]
    bucket_seconds: float | None
    series: tuple[PointRecord, ...]


def incident_record(incident: Incident, public_url: str | None) -> IncidentRecord:
    """Return the shape of an incident."""
    return IncidentRecord(
        id=incident.name,
        url=f"{(public_url or '').rstrip('/')}/i/{incident.name}",
        brand=incident.brand,
        family=incident.family,
        condition=incident.condition,
        response=incident.response,
        severity=severity_word(incident.severity),
        peak_severity=severity_word(max(incident.peak_severity, incident.severity)),
        opened_at=incident.opened_at,
        detected_at=incident.detected_at,
        updated_at=incident.updated_at,
        closed_at=incident.closed_at,
        stale_since=incident.stale_since,
        acked_by=incident.acked_by,
        acked_at=incident.acked_at,
        closed_by=incident.closed_by,
        verdict=incident.verdict,
        verdict_by=incident.verdict_by,
        verdict_at=incident.verdict_at,
        silenced=_silenced(incident.silenced) if incident.silenced and incident.is_open else None,
        sector_event=incident.sector.name if incident.sector else None,
        score=incident.score,
        peak_score=incident.peak_score,
        peak_ratio=incident.peak_ratio,
        rule=incident.rule,
        playbook=incident.playbook,
        **(_numbers(incident.evidence) if incident.evidence else {}),
    )


def _numbers(evidence: Evidence) -> dict[str, Any]:
    """Return what the evidence says."""
    return {
        "incident_type": evidence.incident_type,
        "since": evidence.since,
        "stories": evidence.stories,
        "copies": evidence.copies,
        "authors": evidence.authors,
        "expected": evidence.expected,
        "negative_share": evidence.share,
        "usual_negative_share": evidence.usual_share,
        "covered": evidence.covered,
        "drivers": evidence.drivers,
        "missing": evidence.missing,
        "first_post": _post(evidence.first) if evidence.first else None,
    }


def story_record(message: Message) -> StoryRecord:
    """Return the shape of the sentences."""
    return StoryRecord(
        headline=message.headline,
        state=message.state,
        silenced=message.silenced,
        since=message.since,
        facts=tuple(Labelled(label=fact.label, value=fact.value) for fact in message.facts),
        quotes=tuple(
            QuoteRecord(who=quote.who, when=quote.when, text=quote.text, url=quote.url, language=quote.language)
            for quote in message.quotes
        ),
        playbook=message.playbook,
        owner=message.owner,
        playbook_reason=message.playbook_reason,
        steps=message.steps,
        holding_statement=message.holding_statement,
        why=message.why,
        data_health=message.data_health,
    )


def event_records(events: Sequence[Event]) -> tuple[EventRecord, ...]:
    """Return the shapes of a history."""
    return tuple(
        EventRecord(
            at=event.at, change=event.change, severity=severity_word(event.severity), by=event.by, note=event.note
        )
        for event in events
    )


def precision_record(found: Precision) -> PrecisionRecord:
    """Return the shape of the verdicts on a rule."""
    return PrecisionRecord(
        brand=found.brand,
        rule=found.rule,
        judged=found.judged,
        real=found.real,
        false=found.false,
        campaign=found.campaign,
        unsure=found.unsure,
        precision=found.share,
    )


def point_records(series: Series | None) -> tuple[PointRecord, ...]:
    """Return the shapes of the points of a chart."""
    return tuple(
        PointRecord(
            start=point.start,
            stories=point.stories,
            expected=point.expected,
            lower=point.lower,
            upper=point.upper,
            negative_share=point.share,
            covered=point.covered,
        )
        for point in (series.points if series else ())
    )


def _silenced(mark: Silenced) -> SilencedRecord:
    return SilencedRecord(id=mark.id, by=mark.by, until=mark.until, reason=mark.reason)


def _post(post: Post) -> PostRecord:
    return PostRecord(external_id=post.external_id, permalink=post.permalink, published_at=post.published_at)
