"""The result of a backtest or replay: coverage first, then incidents, then what they say per week."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from crisiswatch.core.comparing import alerts
from crisiswatch.core.incidents import Incident, Post
from crisiswatch.core.judging import WARM_AFTER
from crisiswatch.core.models import Mention, Severity
from crisiswatch.core.neighbours import is_only_us

SCHEMA_VERSION = 1
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Input:
    """What was read: its stretch, how much of it was seen, and what had to be assumed."""

    start: datetime
    end: datetime
    mentions: int
    skipped_lines: int
    covered_share: float
    assumed_observed_at: bool


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """What of the recording was seen; `covered_share` 0..1, its sources weighed alike."""

    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    mentions: int
    skipped_lines: int
    covered_share: float
    assumed_observed_at: bool


class FirstPost(msgspec.Struct, frozen=True, kw_only=True):
    """The post that an incident began with, as its source gave it."""

    external_id: str
    permalink: str | None
    published_at: datetime


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One incident. `severity` is the highest reached, `detected_at` the first tick at warning; shares are 0..1."""

    id: str
    ulid: str
    brand: str
    family: str
    severity: str
    opened_at: datetime
    detected_at: datetime | None
    closed_at: datetime | None
    score: float
    rule: str | None
    peak_ratio: float
    negative_share: float | None
    usual_negative_share: float | None
    incident_type: str
    playbook: str | None
    drivers: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    stories: int
    copies: int
    authors: int | None
    notices: tuple[str, ...]
    unusual_sources: tuple[str, ...]
    only_us: bool | None
    first_post: FirstPost | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the incidents say per week; `false_alarm_bound_95` is what this much history excludes."""

    weeks: float
    incidents_per_week: float | None
    by_severity: dict[str, int]
    false_alarm_bound_95: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The object of `backtest --format json`; its names, order and units are a promise."""

    schema_version: int
    config_hash: str
    detector_version: str
    coverage: Extent
    warmup_ends: datetime
    incidents: tuple[Row, ...]
    summary: Summary


def report(
    seen: Input,
    incidents: Sequence[Incident],
    published: Mapping[bytes, Mention],
    config_hash: str,
    detector_version: str,
) -> Report:
    """Return the report; equal for equal input. Incidents are in order of number.

    `published` holds the first posts, for their times as the source gave them.
    """
    return Report(
        schema_version=SCHEMA_VERSION,
        config_hash=config_hash,
        detector_version=detector_version,
        coverage=Extent(
            start=_time(seen.start),
            end=_time(seen.end),
            mentions=seen.mentions,
            skipped_lines=seen.skipped_lines,
            covered_share=_number(seen.covered_share),
            assumed_observed_at=seen.assumed_observed_at,
        ),
        warmup_ends=_time(seen.start + WARM_AFTER),
        incidents=tuple(_row(incident, published) for incident in incidents),
        summary=summarise(incidents, seen.end - seen.start),
    )


def bound_95(alarms: int, weeks: float) -> float | None:
    """Return the rate per week that is excluded with 95 % confidence after so many alarms in so many weeks.

    The exact Poisson bound: the rate at which `alarms` or fewer have probability 0.05 (3 ÷ weeks for none).
    """
    if weeks <= 0:
        return None
    low, high = 0.0, alarms + 10.0 + 5 * math.sqrt(alarms)
    for _ in range(60):
        middle = (low + high) / 2
        at_most = sum(math.exp(-middle + k * math.log(middle) - math.lgamma(k + 1)) for k in range(alarms + 1))
        low, high = (middle, high) if at_most > 0.05 else (low, middle)
    return high / weeks


def summarise(incidents: Sequence[Incident], length: timedelta) -> Summary:
    """Return what incidents in a stretch of that length say per week."""
    weeks = max(0.0, length / WEEK)
    promised = [i for i in alerts(incidents) if i.rule is None and i.family == "crisis"]
    severities = Counter(incident.peak_severity for incident in incidents)
    bound = bound_95(len(promised), weeks)
    return Summary(
        weeks=_number(weeks),
        incidents_per_week=_number(len(incidents) / weeks) if weeks else None,
        by_severity={s.name.lower(): severities[s] for s in Severity if s > Severity.CALM},
        false_alarm_bound_95=None if bound is None else _number(bound),
    )


def _row(incident: Incident, published: Mapping[bytes, Mention]) -> Row:
    evidence = incident.evidence
    return Row(
        id=incident.name,
        ulid=incident.id,
        brand=incident.brand,
        family=incident.family,
        severity=incident.peak_severity.name.lower(),
        opened_at=_time(incident.opened_at),
        detected_at=_maybe(incident.detected_at),
        closed_at=_maybe(incident.closed_at),
        score=_number(incident.peak_score),
        rule=incident.rule,
        peak_ratio=_number(incident.peak_ratio),
        negative_share=_number(evidence.share) if evidence else None,
        usual_negative_share=_number(evidence.usual_share) if evidence else None,
        incident_type=evidence.incident_type if evidence else "unclear",
        playbook=incident.playbook or None,
        drivers=evidence.drivers if evidence else (),
        since=_time(evidence.since) if evidence else None,
        until=_time(evidence.at) if evidence else None,
        stories=evidence.stories if evidence else 0,
        copies=evidence.copies if evidence else 0,
        authors=evidence.authors if evidence else None,
        notices=tuple(f"{notice.detector}/{notice.series}" for notice in evidence.notices) if evidence else (),
        unusual_sources=tuple(each.source for each in evidence.located if each.is_unusual) if evidence else (),
        only_us=is_only_us(evidence.neighbours) if evidence else None,
        first_post=_first(evidence.first if evidence else None, published),
    )


def _first(post: Post | None, published: Mapping[bytes, Mention]) -> FirstPost | None:
    if post is None:
        return None
    mention = published.get(post.uid)
    at = mention.published_at if mention is not None and mention.published_at else post.published_at
    return FirstPost(external_id=post.external_id, permalink=post.permalink, published_at=_time(at))


def _number(value: float) -> float:
    return round(value, 4)


def _time(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _maybe(moment: datetime | None) -> datetime | None:
    return None if moment is None else _time(moment)
