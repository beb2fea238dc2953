"""What an HTTP answer means for a source: a body to read, or an error with the right consequence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.ports import Response

LONGEST_WAIT = timedelta(days=1)
DEPTH_LIMIT = 64


def require_success(response: Response, now: datetime) -> None:
    """Raise what a status other than 2xx and 304 means: RateLimited, SourceRejected or SourceUnavailable."""
    status = response.status
    if 200 <= status < 300 or status == 304:
        return
    message = f"{urlsplit(response.url).hostname} answered {status}"
    wait = retry_after(response.headers, now)
    if status == 429 or (status == 503 and wait is not None):
        raise RateLimited(message, wait)
    if status in (401, 403, 407):
        raise SourceRejected(message, "auth")
    if status in (404, 410):
        raise SourceRejected(message, "not_found")
    if status in (408, 425) or not 400 <= status < 500:
        raise SourceUnavailable(message, "http_5xx" if status >= 500 else "unavailable")
    raise SourceRejected(message, "http_4xx")


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the source asks us to wait, between 0 and a day; None where it does not say.

    Times are measured on the source's own clock where it sends a Date.
    """
    date = _http_date(headers.get("date", "")) or now
    for name in ("retry-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"):
        value = headers.get(name, "").strip()
        wait = _wait(value, date)
        if wait is not None:
            return min(max(wait, timedelta()), LONGEST_WAIT)
    return None


def seconds(value: int | None) -> timedelta | None:
    """Return a wait that a body names, at most a day; None for none."""
    return None if value is None else min(timedelta(seconds=min(value, 10**6)), LONGEST_WAIT)


def decode_json(body: bytes) -> object:
    """Return the JSON value in a body. Raises BadInput, for a web page instead of JSON too."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        raise BadInput("a web page where JSON was expected")
    if text.count(b"[") + text.count(b"{") > DEPTH_LIMIT:
        _check_depth(text)
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not readable as JSON: {error}"[:200]) from error


def _check_depth(text: bytes) -> None:
    depth = 0
    for piece in text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]:
        for byte in piece:
            depth += (byte in b"[{") - (byte in b"]}")
            if depth > DEPTH_LIMIT:
                raise BadInput(f"nested deeper than {DEPTH_LIMIT} levels")


def _wait(value: str, now: datetime) -> timedelta | None:
    if value.isascii() and value.isdecimal() and len(value) < 12:
        number = int(value)
        # Some send seconds to wait, some the second of the epoch at which to come back.
        return timedelta(seconds=number - now.timestamp() if number > 1_000_000_000 else number)
    moment = _http_date(value) or _iso_date(value)
    return moment - now if moment is not None else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _iso_date(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
