"""Walks a list page by page without losing the way: first address, next address, and what was visited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

import msgspec

from crisiswatch.core.stretches import Stretch
from crisiswatch.sources.web.cursors import stored

PAGES_LIMIT = 20

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class Walk(msgspec.Struct, frozen=True, omit_defaults=True):
    """A walk over pages: the page to read next, when page 1 was read, and marks of the pages before."""

    url: str
    started: datetime
    visited: tuple[str, ...] = ()
    overlapped: bool = False
    had_seen: bool = False

    def after(self, *, overlapped: bool, had_seen: bool) -> Walk:
        """Return the walk with what its page told: whether a known item was on it, and whether any was known."""
        first = not self.visited
        return msgspec.structs.replace(
            self, overlapped=self.overlapped or overlapped, had_seen=had_seen if first else self.had_seen
        )


def read_walk(cursor: str | None) -> Walk | None:
    """Return a stored walk. Raises BadInput."""
    return stored(cursor, Walk)


def part_of(times: Sequence[datetime], stretch: Stretch) -> float:
    """Return how much of a stretch lies before, or for a list with the newest first after, a page of those times."""
    if len(times) < 2:
        return 0.0
    walked = times[-1] - stretch.start if times[0] < times[-1] else stretch.end - times[-1]
    return min(1.0, max(0.0, walked / stretch.length))


def first_url(template: str, since: datetime, format: str) -> str:
    """Return the address of page 1, with `{since}` replaced."""
    written = {
        "rfc3339": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "epoch": str(int(since.timestamp())),
        "date": since.strftime("%Y-%m-%d"),
    }[format]
    return template.replace("{since}", quote(written, safe=""))


def next_url(template: str, current: str, following: str, parameter: str | None) -> str | None:
    """Return the address of the next page, or None if it lies on another site than the configured one.

    Request headers hold credentials: only the site that the operator named may get them.
    """
    try:
        url = urljoin(current, following) if parameter is None else _with_parameter(current, parameter, following)
        is_ours = _origin(url) == _origin(template)
    except ValueError:
        return None
    return url if is_ours and len(url) <= 4_096 else None


def read_duration(value: object) -> object:
    """Return the timedelta that `10m` or `1h30m` means; other values as they are, for pydantic to judge."""
    if not isinstance(value, str) or not value:
        return value
    match = _DURATION.fullmatch(value)
    if match is None or len(value) > 20:
        return value
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _with_parameter(url: str, parameter: str, value: str) -> str:
    parts = urlsplit(url)
    pairs = [(name, old) for name, old in parse_qsl(parts.query, keep_blank_values=True) if name != parameter]
    return urlunsplit(parts._replace(query=urlencode([*pairs, (parameter, value)])))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.hostname, parts.port
