"""Reads the frames of Jetstream, Bluesky's stream of everything, in both of its wire formats.

The second format is read as its documentation gives it; it was never seen live.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Mention, Tombstone, Via
from crisiswatch.errors import SourceUnavailable
from crisiswatch.sources.web.fields import identity, mapping, moment, number
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import CATCHING_UP

POSTS = "app.bsky.feed.post"

ARCHIVE = timedelta(hours=6)
"""A post that claims to be so much older than its arrival was imported from an archive: history, not news."""

_GONE = frozenset({"deleted", "takendown"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Frames(msgspec.Struct, frozen=True):
    """What a run of frames says: mentions and tombstones (without a source), and when its ends were sent."""

    mentions: tuple[Mention, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    first: datetime | None = None
    newest: datetime | None = None
    skipped: int = 0
    notes: tuple[str, ...] = ()


class _Record(msgspec.Struct):
    text: str = ""
    createdAt: str = ""  # as the wire has it
    langs: Any = None
    reply: Any = None


class _Commit(msgspec.Struct):
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: _Record | None = None


class _Account(msgspec.Struct):
    active: bool = True
    status: str | None = None


class _Event(msgspec.Struct):
    """A frame of the first format."""

    did: str
    time_us: int
    kind: str = ""
    commit: _Commit | None = None
    account: _Account | None = None


class _Payload(msgspec.Struct):
    type: str = msgspec.field(default="", name="$type")
    did: str = ""
    time: str = ""
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: _Record | None = None
    account: _Account | None = None
    active: bool = True
    status: str | None = None
    name: str = ""
    message: str = ""


class _Envelope(msgspec.Struct):
    """A frame of the second format."""

    type: str = msgspec.field(default="", name="$type")
    payload: _Payload | None = None
    error: str = ""
    message: str = ""


_events = msgspec.json.Decoder(_Event)
_envelopes = msgspec.json.Decoder(_Envelope)


def parse_frames(frames: Sequence[bytes], now: datetime) -> Frames:
    """Return what frames say, in their order; one that cannot be read is counted.

    Raises SourceUnavailable where the server says in a frame that it gives up on us.
    """
    mentions: list[Mention] = []
    tombstones: list[Tombstone] = []
    notes: list[str] = []
    times: list[datetime] = []
    skipped = 0
    for frame in frames:
        try:
            event = _read(frame, notes)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            skipped += 1
            continue
        if event is None:
            continue
        sent_at = _time(event.time_us, now)
        times.append(sent_at)
        skipped += _take(event, sent_at, now, (mentions, tombstones))
    first, newest = (times[0], max(times)) if times else (None, None)
    return Frames(tuple(mentions), tuple(tombstones), first, newest, skipped, tuple(notes))


def _read(frame: bytes, notes: list[str]) -> _Event | None:
    """Return the event of a frame of either format; None for a notice, which is noted."""
    if not frame.startswith(b'{"$type"') and b'"payload"' not in frame[:60]:
        return _events.decode(frame)
    envelope = _envelopes.decode(frame)
    if envelope.type == "error":
        raise SourceUnavailable(clean(f"the stream says {envelope.error}: {envelope.message}", 300), "refused")
    payload = envelope.payload
    if payload is None:
        return None
    kind = payload.type.rpartition("#")[2]
    if kind == "info":
        notes.append(clean(f"the stream says {payload.name}: {payload.message}", 300))
        return None
    sent_at = moment(payload.time)
    if sent_at is None:
        raise msgspec.DecodeError("no time")
    commit = _Commit(payload.operation, payload.collection, payload.rkey, payload.record) if kind == "commit" else None
    account = (payload.account or _Account(payload.active, payload.status)) if kind == "account" else None
    return _Event(payload.did, (sent_at - _EPOCH) // timedelta(microseconds=1), kind, commit, account)


def _take(event: _Event, sent_at: datetime, now: datetime, into: tuple[list[Mention], list[Tombstone]]) -> int:
    """Add what an event says; return 1 if it should have said something and could not be read."""
    mentions, tombstones = into
    if event.account is not None:
        if not event.account.active and event.account.status in _GONE:
            tombstones.append(Tombstone(source="", author=profile(event.did)))
        return 0
    commit = event.commit
    if commit is None or commit.collection != POSTS:
        return 0
    uri = identity(f"at://{event.did}/{POSTS}/{commit.rkey}")
    if uri is None or not commit.rkey:
        return 1
    if commit.operation == "delete":
        tombstones.append(Tombstone(source="", external_id=uri))
        return 0
    if commit.record is None:
        return 1
    mentions.append(_mention(uri, event.did, commit, sent_at, now))
    return 0


def _mention(uri: str, did: str, commit: _Commit, sent_at: datetime, now: datetime) -> Mention:
    record = commit.record or _Record()
    claimed = moment(record.createdAt) or sent_at
    published_at = min(claimed, sent_at)
    is_history = sent_at < now - CATCHING_UP or published_at < sent_at - ARCHIVE
    return Mention(
        source="",
        external_id=uri,
        text=clean(record.text, TEXT_LIMIT),
        language=language_of(record.langs),
        author=profile(did),
        permalink=f"{profile(did)}/post/{commit.rkey}",
        published_at=published_at,
        indexed_at=sent_at,
        parent_id=identity(mapping(mapping(record.reply).get("parent")).get("uri")) if record.reply else None,
        via=Via.BACKFILL if is_history else Via.STREAM,
    )


def language_of(langs: object) -> str | None:
    """Return the first language that an author declared."""
    first = langs[0] if isinstance(langs, list) and langs else None
    return clean(first, 35) if isinstance(first, str) and 1 < len(first) <= 35 else None


def profile(did: str) -> str:
    """Return the address of an author, by which authors are known here."""
    return clean(f"https://bsky.app/profile/{did}", 300)


def _time(time_us: int, now: datetime) -> datetime:
    """Return when a frame was sent; a time that nobody can have meant, or of the future, is now."""
    microseconds = number(time_us) or 0
    if not 0 < microseconds < 4_000_000_000_000_000:
        return now
    return min(now, _EPOCH + timedelta(microseconds=microseconds))
