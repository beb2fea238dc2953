"""What an HTTP answer means for a source: a body to read, or an error with the right consequence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crisiswatch.core.allowances import LONGEST_WAIT, bounded, server_time, wait_of
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.ports import Response

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
    date = server_time(headers, now)
    for name in ("retry-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"):
        wait = wait_of(headers.get(name, ""), date)
        if wait is not None:
            return bounded(wait)
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
