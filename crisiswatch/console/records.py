"""The JSON shapes of mentions, outbox rows and sources, and what all shapes share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from starlette.responses import Response

from crisiswatch.console.doors import SourceStatus
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import OutboxRow
from crisiswatch.core.queries import StoredMention


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the shapes."""


class MentionRecord(Record, frozen=True, kw_only=True):
    """A mention and what was said of it for one brand; text is a stranger's and not escaped for any markup."""

    uid: str
    brand: str
    source: str
    external_id: str
    kind: str
    title: str | None
    text: str
    language: str | None
    author_name: str | None
    permalink: str | None
    published_at: datetime | None
    observed_at: datetime | None
    event_time: datetime
    negativity: float | None
    marks: tuple[str, ...] = ()


class OutboxRecord(Record, frozen=True, kw_only=True):
    """A notification and how far it got."""

    id: int
    incident: str
    receiver: str
    kind: str
    number: int
    severity: str
    key: str
    state: str
    attempts: int
    created_at: datetime | None
    not_before: datetime | None
    settled_at: datetime | None
    detail: str


class SourceRecord(Record, frozen=True, kw_only=True):
    """How one source does."""

    name: str
    type: str
    is_healthy: bool
    problem: str
    last_success_at: datetime | None
    last_item_at: datetime | None
    next_poll_at: datetime | None


def answer(value: object, status: int = 200) -> Response:
    """Return a value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def mention_record(stored: StoredMention, marks: Iterable[str] = ()) -> MentionRecord:
    """Return the shape of a stored mention; `marks` say what it does."""
    mention = stored.mention
    return MentionRecord(
        uid=mention.uid.hex(),
        brand=stored.brand,
        source=mention.source,
        external_id=mention.external_id,
        kind=mention.kind,
        title=mention.title,
        text=mention.text,
        language=mention.language,
        author_name=mention.author_name,
        permalink=mention.permalink,
        published_at=mention.published_at,
        observed_at=mention.observed_at,
        event_time=stored.event_time,
        negativity=stored.negativity,
        marks=tuple(sorted(marks)),
    )


def outbox_record(row: OutboxRow, incident: str) -> OutboxRecord:
    """Return the shape of an outbox row; `incident` is the name that people use."""
    owed = row.notification
    return OutboxRecord(
        id=row.id,
        incident=incident,
        receiver=owed.receiver,
        kind=owed.kind,
        number=owed.number,
        severity=severity_word(owed.severity),
        key=owed.key,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        not_before=row.not_before or owed.not_before,
        settled_at=row.settled_at,
        detail=row.detail,
    )


def source_record(source: SourceStatus) -> SourceRecord:
    """Return the shape of a source's state."""
    return SourceRecord(
        name=source.name,
        type=source.type,
        is_healthy=source.is_healthy,
        problem=source.problem,
        last_success_at=source.last_success_at,
        last_item_at=source.last_item_at,
        next_poll_at=source.next_poll_at,
    )


def severity_word(severity: Severity) -> str:
    """Return a severity as JSON and the config write it."""
    return severity.name.lower()
