"""Builders: values with every field set, so that a test names only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from crisiswatch.core.assessing import Assessment
from crisiswatch.core.incidents import Condition, Evidence, Incident
from crisiswatch.core.models import Count, Mention, Observation, Severity

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
"""A Wednesday."""

_ids = count(1)


def after(**time: float) -> datetime:
    """Return a time so long after noon."""
    return NOON + timedelta(**time)


def mention(**changes: Any) -> Mention:
    """Return a mention; its id is new each time."""
    fields: dict[str, Any] = {
        "source": "press",
        "external_id": f"m{next(_ids)}",
        "text": "Acme kettle boils",
        "published_at": NOON,
    }
    return Mention(**{**fields, **changes})


def observation(**changes: Any) -> Observation:
    """Return an observation of a negative post at noon; its id is new each time."""
    at = changes.get("observed_at", NOON)
    fields: dict[str, Any] = {
        "uid": next(_ids).to_bytes(16),
        "brand": "Acme",
        "source": "press",
        "language": "en",
        "event_time": at,
        "observed_at": at,
        "bucket_time": at,
        "negativity": 0.9,
        "sketch": (),
    }
    return Observation(**{**fields, **changes})


def bucket_count(minute: float = 0, stories: float = 10, negative: float = 1, **changes: Any) -> Count:
    """Return a covered count of a bucket so many minutes after noon."""
    return Count(after(minutes=minute), stories, negative, changes.get("copies", stories), changes.get("covered", 1.0))


def assessment(severity: Severity = Severity.WARNING, **changes: Any) -> Assessment:
    """Return an assessment whose score fits its severity."""
    scores = {Severity.CALM: 0.1, Severity.WATCH: 0.7, Severity.WARNING: 1.2, Severity.CRITICAL: 2.0}
    return Assessment(**{"severity": severity, "score": scores[severity], **changes})


def evidence(**changes: Any) -> Evidence:
    """Return evidence of forty minutes of trouble."""
    fields: dict[str, Any] = {
        "at": NOON,
        "since": after(minutes=-40),
        "stories": 120,
        "copies": 150,
        "negative": 78.0,
        "expected": 10.0,
        "lower": 4.0,
        "upper": 16.0,
        "share": 0.65,
        "usual_share": 0.17,
    }
    return Evidence(**{**fields, **changes})


def incident(**changes: Any) -> Incident:
    """Return an active warning of Acme that opened at noon."""
    fields: dict[str, Any] = {
        "id": "01" + "A" * 24,
        "brand": "Acme",
        "family": "crisis",
        "condition": Condition.ACTIVE,
        "severity": Severity.WARNING,
        "peak_severity": Severity.WARNING,
        "opened_at": NOON,
        "updated_at": NOON,
        "number": 7,
        "version": 1,
    }
    return Incident(**{**fields, **changes})
