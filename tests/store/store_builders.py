"""Values that a store is given; name only what matters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from crisiswatch.core.incidents import Change, Condition, Event, Incident
from crisiswatch.core.models import Batch, Mention, Observation, Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.transactions import Decision, Enriched

T = TypeVar("T")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_mention(external_id: str = "1", **changes: Any) -> Mention:
    values: dict[str, Any] = {"source": "press", "text": "The battery caught fire", "published_at": NOON}
    return Mention(external_id=external_id, **(values | changes))


def an_observation(mention: Mention, brand: str = "acme", **changes: Any) -> Observation:
    values: dict[str, Any] = {
        "source": mention.source,
        "language": mention.language or "en",
        "event_time": mention.published_at or NOON,
        "observed_at": mention.observed_at or NOON,
        "bucket_time": mention.published_at or NOON,
        "author": mention.author,
    }
    return Observation(uid=mention.uid, brand=brand, **(values | changes))


def a_batch(*mentions: Mention, brands: Sequence[str] = ("acme",), at: datetime = NOON, **batch: Any) -> Enriched:
    """Return a frame whose mentions were observed at `at` and match every one of `brands`."""
    observed = tuple(mention if mention.observed_at else stamped(mention, at) for mention in mentions)
    seen = tuple(an_observation(mention, brand) for mention in observed for brand in brands)
    source = mentions[0].source if mentions else "press"
    return Enriched(source, at, observed, seen, Batch(mentions=mentions, **batch))


def stamped(mention: Mention, at: datetime) -> Mention:
    return msgspec.structs.replace(mention, observed_at=at)


def an_incident(id: str = "01A", condition: Condition = Condition.ACTIVE, **changes: Any) -> Incident:
    values: dict[str, Any] = {
        "brand": "acme",
        "family": "crisis",
        "severity": Severity.WARNING,
        "opened_at": NOON,
        "updated_at": NOON,
    }
    return Incident(id=id, condition=condition, **(values | changes))


def a_decision(incident: Incident, *notifications: Notification, **changes: Any) -> Decision:
    event = Event(incident.updated_at, Change.OPENED, incident.severity)
    decision = Decision(incident, incident.version, (event,), notifications)
    return replace(decision, **changes)


def a_notification(number: int = 1, kind: NotificationKind = NotificationKind.OPENED, **changes: Any) -> Notification:
    values: dict[str, Any] = {
        "incident": "01A",
        "receiver": "pr-team",
        "severity": Severity.WARNING,
        "not_before": NOON,
        "deadline": NOON + timedelta(hours=6),
    }
    return Notification(kind=kind, number=number, **(values | changes))


def file_of(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def damage(path: Path) -> None:
    """Overwrite the start of most pages of a database."""
    content = bytearray(path.read_bytes())
    for place in range(8 * 4096, len(content), 4096):
        content[place : place + 64] = b"\xa5" * 64
    path.write_bytes(content)


async def all_of(pages: AsyncIterator[Sequence[T]]) -> list[T]:
    return [item async for page in pages for item in page]
