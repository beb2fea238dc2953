"""Mentions and observations as table rows, there and back.

Rows are plain tuples in the order of `MENTION` and `OBSERVATION`: these are the two hot tables.
"""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec

from crisiswatch.core.models import Engagement, Mention, Observation, Via
from crisiswatch.store.sql.instants import to_micros
from crisiswatch.store.sql.schema import mentions, observations

Row = tuple[Any, ...]
"""What a driver takes and gives for one row; it never leaves this folder."""

MENTION = tuple(column for column in mentions.columns if column.name != "seq")
OBSERVATION = tuple(observations.columns)

in_order = attrgetter("observed_at", "uid", "brand")
"""The order in which observations are stored and read."""

_LARGEST = 2**63 - 1
_json = msgspec.json.Encoder()
_pack = msgspec.msgpack.Encoder().encode
_engagement = msgspec.json.Decoder(Engagement)
_names = msgspec.json.Decoder(tuple[str, ...])
_sketch = msgspec.msgpack.Decoder(tuple[int, ...])


def mention_row(mention: Mention, uid: bytes, observed_at: datetime, event_time: datetime) -> Row:
    """Return the row of a mention that was observed then."""
    engagement = mention.engagement
    return (
        uid,
        clean(mention.source),
        clean(mention.instance),
        clean(mention.external_id),
        mention.kind,
        _clean_or_none(mention.title),
        clean(mention.text),
        _clean_or_none(mention.language),
        _clean_or_none(mention.author),
        _clean_or_none(mention.author_name),
        _bounded(mention.author_followers),
        _clean_or_none(mention.permalink),
        _micros_or_none(mention.published_at),
        _micros_or_none(mention.indexed_at),
        to_micros(observed_at),
        to_micros(event_time),
        None if engagement is None else _json.encode(engagement).decode(),
        _bounded(mention.reach),
        _clean_or_none(mention.parent_id),
        mention.via.value,
        _packed_names(mention.brands),
        False,
    )


def mention_of(row: Row) -> Mention:
    """Return the mention in a row."""
    return Mention(
        source=row[1],
        instance=row[2],
        external_id=row[3],
        kind=row[4],
        title=row[5],
        text=row[6],
        language=row[7],
        author=row[8],
        author_name=row[9],
        author_followers=row[10],
        permalink=row[11],
        published_at=row[12],
        indexed_at=row[13],
        observed_at=row[14],
        engagement=None if row[16] is None else _engagement.decode(row[16]),
        reach=row[17],
        parent_id=row[18],
        via=Via(row[19]),
        brands=_unpacked_names(row[20]),
    )


def observation_row(observation: Observation) -> Row:
    """Return the row of an observation."""
    return (
        to_micros(observation.observed_at),
        observation.uid,
        clean(observation.brand),
        clean(observation.source),
        clean(observation.language),
        to_micros(observation.event_time),
        to_micros(observation.bucket_time),
        observation.negativity,
        _pack(observation.sketch),
        _clean_or_none(observation.author),
        _bounded(observation.followers),
        _bounded(observation.reach),
        _bounded(observation.engagement),
        _packed_names(observation.rules),
        observation.live,
        observation.adapted,
        observation.relevance,
    )


def observation_of(row: Row) -> Observation:
    """Return the observation in a row."""
    return Observation(
        observed_at=row[0],
        uid=row[1],
        brand=row[2],
        source=row[3],
        language=row[4],
        event_time=row[5],
        bucket_time=row[6],
        negativity=row[7],
        sketch=sketch_of(row[8]),
        author=row[9],
        followers=row[10],
        reach=row[11],
        engagement=row[12],
        rules=_unpacked_names(row[13]),
        live=row[14],
        adapted=row[15],
        relevance=row[16],
    )


def sketch_of(packed: bytes) -> tuple[int, ...]:
    """Return the sketch in a column."""
    return _sketch.decode(packed)


def clean(text: str) -> str:
    """Return text that every database takes: NUL and half characters become U+FFFD.

    A stranger's text must not be able to make a batch fail for ever.
    """
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text


def _clean_or_none(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _bounded(number: int | None) -> int | None:
    return None if number is None else max(-_LARGEST, min(_LARGEST, number))


def _micros_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _packed_names(names: tuple[str, ...]) -> str | None:
    return _json.encode([clean(name) for name in names]).decode() if names else None


def _unpacked_names(packed: str | None) -> tuple[str, ...]:
    return () if packed is None else _names.decode(packed)
