"""Incidents and frames as versioned MessagePack: the version first, then the value."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Frame
from crisiswatch.errors import StoreUnusable
from crisiswatch.store.sql.rows import clean

T = TypeVar("T")

PAYLOAD_VERSION = 1

_AS_THEY_ARE = (bytes, datetime)
_encoder = msgspec.msgpack.Encoder()
_envelope = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_incident = msgspec.msgpack.Decoder(Incident)
_frame: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


def pack(value: Incident | Frame) -> bytes:
    """Return the payload of an incident or a frame."""
    try:
        return _encoder.encode((PAYLOAD_VERSION, value))
    except UnicodeEncodeError:  # half a character in an id or a link that a stranger chose
        return _encoder.encode((PAYLOAD_VERSION, _cleaned(msgspec.to_builtins(value, builtin_types=_AS_THEY_ARE))))


def unpack_incident(payload: bytes) -> Incident:
    """Return the incident in a payload. Raises StoreUnusable if it is of another version or damaged."""
    return _unpack(payload, _incident)


def unpack_frame(payload: bytes) -> Frame:
    """Return the frame in a payload. Raises StoreUnusable if it is of another version or damaged."""
    return _unpack(payload, _frame)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return {_cleaned(key): _cleaned(item) for key, item in value.items()} if isinstance(value, dict) else value


def _unpack(payload: bytes, decoder: msgspec.msgpack.Decoder[T]) -> T:
    try:
        version, body = _envelope.decode(payload)
        if version != PAYLOAD_VERSION:
            raise StoreUnusable(f"a stored payload has version {version}; this program reads version {PAYLOAD_VERSION}")
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise StoreUnusable(f"a stored payload cannot be read: {error}") from error
