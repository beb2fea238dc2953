"""Reads fields of what an API sent: a value of the expected shape within its limit, or None. Never raises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import plausible

NAME_LIMIT = 500
LINK_LIMIT = 2_048


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: object, limit: int) -> list[Mapping[str, Any]]:
    """Return up to `limit` objects of a list; no other items."""
    return [item for item in value[:limit] if isinstance(item, dict)] if isinstance(value, list) else []


def words(value: object, limit: int = NAME_LIMIT) -> str | None:
    """Return text without spaces around it; None for an empty one."""
    return clean(value.strip(), limit) or None if isinstance(value, str) else None


def identity(value: object) -> str | None:
    """Return an id as text, whether it came as text or as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= NAME_LIMIT and value.isprintable() else None


def number(value: object) -> int | None:
    """Return a whole number from 0 to 2^62, which may come as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else None


def link(value: object) -> str | None:
    """Return an http(s) address."""
    is_link = isinstance(value, str) and len(value) <= LINK_LIMIT and value.lower().startswith(("http://", "https://"))
    return clean(value, LINK_LIMIT) if is_link and isinstance(value, str) else None


def moment(value: object) -> datetime | None:
    """Return a time in UTC, from RFC 3339 text or from seconds of the epoch."""
    try:
        if isinstance(value, str):
            return plausible(datetime.fromisoformat(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return plausible(datetime.fromtimestamp(value, UTC))
    except (ValueError, OverflowError, OSError):
        return None
    return None
