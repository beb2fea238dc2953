"""The result of a backtest or replay: coverage first, then incidents, then what they say per week."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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


def report(
    seen: Input,
    incidents: Sequence[Incident],
    published: Mapping[bytes, Mention],
    config_hash: str,
    detector_version: str,
) -> dict[str, object]:
    """Return the object of `backtest --format json`; equal for equal input. Incidents are in order of number.

    `published` holds the first posts, for their times as the source gave them.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "config_hash": config_hash,
        "detector_version": detector_version,
        "coverage": {
            "from": _time(seen.start),
            "to": _time(seen.end),
            "mentions": seen.mentions,
            "skipped_lines": seen.skipped_lines,
            "covered_share": _number(seen.covered_share),
            "assumed_observed_at": seen.assumed_observed_at,
        },
        "warmup_ends": _time(seen.start + WARM_AFTER),
        "incidents": [_incident(incident, published) for incident in incidents],
        "summary": _summary(seen, incidents),
    }


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


def _summary(seen: Input, incidents: Sequence[Incident]) -> dict[str, object]:
    weeks = max(0.0, (seen.end - seen.start) / WEEK)
    alarms = [i for i in incidents if i.detected_at is not None and i.rule is None and i.family == "crisis"]
    severities = Counter(incident.peak_severity.name.lower() for incident in incidents)
    bound = bound_95(len(alarms), weeks)
    return {
        "weeks": _number(weeks),
        "incidents_per_week": _number(len(incidents) / weeks) if weeks else None,
        "by_severity": {s.name.lower(): severities[s.name.lower()] for s in Severity if s > Severity.CALM},
        "false_alarm_bound_95": None if bound is None else _number(bound),
    }


def _incident(incident: Incident, published: Mapping[bytes, Mention]) -> dict[str, object]:
    evidence = incident.evidence
    return {
        "id": incident.name,
        "ulid": incident.id,
        "brand": incident.brand,
        "family": incident.family,
        "severity": incident.peak_severity.name.lower(),
        "opened_at": _time(incident.opened_at),
        "detected_at": _maybe(incident.detected_at),
        "closed_at": _maybe(incident.closed_at),
        "score": _number(incident.peak_score),
        "rule": incident.rule,
        "peak_ratio": _number(incident.peak_ratio),
        "negative_share": _number(evidence.share) if evidence else None,
        "usual_negative_share": _number(evidence.usual_share) if evidence else None,
        "incident_type": evidence.incident_type if evidence else "unclear",
        "playbook": incident.playbook or None,
        "drivers": list(evidence.drivers) if evidence else [],
        "since": _time(evidence.since) if evidence else None,
        "until": _time(evidence.at) if evidence else None,
        "stories": evidence.stories if evidence else 0,
        "copies": evidence.copies if evidence else 0,
        "authors": evidence.authors if evidence else None,
        "notices": [f"{notice.detector}/{notice.series}" for notice in evidence.notices] if evidence else [],
        "unusual_sources": [each.source for each in evidence.located if each.is_unusual] if evidence else [],
        "only_us": is_only_us(evidence.neighbours) if evidence else None,
        "first_post": _first(evidence.first if evidence else None, published),
    }


def _first(post: Post | None, published: Mapping[bytes, Mention]) -> dict[str, object] | None:
    if post is None:
        return None
    mention = published.get(post.uid)
    at = mention.published_at if mention is not None and mention.published_at else post.published_at
    return {"external_id": post.external_id, "permalink": post.permalink, "published_at": _time(at)}


def _number(value: float) -> float:
    return round(value, 4)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else _time(moment)
