"""Reads back what a source stored beside its last batch."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from crisiswatch.errors import BadInput

T = TypeVar("T")


def stored(cursor: str | None, type_: type[T]) -> T | None:
    """Return a stored cursor; None if there is none. Raises BadInput: one that is broken is not a new beginning."""
    try:
        return msgspec.json.decode(cursor, type=type_) if cursor else None
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput("the stored cursor cannot be read") from error
