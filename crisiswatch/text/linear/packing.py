"""The file that weights travel in: named arrays, compressed, with a digest. Reading it runs nothing."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from hashlib import blake2b
from math import prod
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from crisiswatch.errors import BadInput

MAGIC = b"crisiswatch weights\n"
VERSION = 1
_DIGEST = 16
_BODY_AT = len(MAGIC) + _DIGEST
_LARGEST = 64_000_000
_TYPES = frozenset({"int8", "uint8", "bool", "int32", "uint32", "float32", "float64"})

Arrays = Mapping[str, NDArray[Any]]


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    type: str
    shape: tuple[int, ...]
    data: bytes


class _Body(msgspec.Struct, frozen=True):
    version: int
    model: str
    arrays: dict[str, _Stored]


def pack(model: str, arrays: Arrays) -> bytes:
    """Return a file of arrays that belong to a model; the same arrays make the same bytes."""
    stored = {name: _Stored(array.dtype.name, array.shape, array.tobytes()) for name, array in arrays.items()}
    body = zlib.compress(msgspec.msgpack.encode(_Body(VERSION, model, stored)), 9)
    return MAGIC + _digest(body) + body


def unpack(data: bytes, model: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file of that model. Raises BadInput, with the place, for any other file."""
    if not data.startswith(MAGIC):
        raise BadInput("weights: byte 0: this is no file of crisiswatch weights")
    body = data[_BODY_AT:]
    if _digest(body) != data[len(MAGIC) : _BODY_AT]:
        raise BadInput(f"weights: bytes {_BODY_AT} to {len(data)}: damaged, the digest at byte {len(MAGIC)} differs")
    try:
        content = msgspec.msgpack.decode(_inflate(body), type=_Body)
    except (zlib.error, msgspec.DecodeError) as error:
        raise BadInput(f"weights: byte {_BODY_AT}: {error}") from error
    if (content.version, content.model) != (VERSION, model):
        found = f"version {content.version} of {content.model!r}"
        raise BadInput(f"weights: byte {_BODY_AT}: {found}; known: version {VERSION} of {model!r}")
    return {name: _array(name, stored) for name, stored in content.arrays.items()}


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST).digest()


def _inflate(body: bytes) -> bytes:
    stream = zlib.decompressobj()
    content = stream.decompress(body, _LARGEST)
    if stream.unconsumed_tail:
        raise BadInput(f"weights: byte {_BODY_AT}: more than {_LARGEST} bytes when unpacked")
    return content


def _array(name: str, stored: _Stored) -> NDArray[Any]:
    size = prod(stored.shape) * np.dtype(stored.type).itemsize if stored.type in _TYPES else -1
    if size != len(stored.data):
        raise BadInput(f"weights: array {name!r}: {len(stored.data)} bytes of {stored.type} for {stored.shape}")
    return np.frombuffer(stored.data, dtype=stored.type).reshape(stored.shape)
