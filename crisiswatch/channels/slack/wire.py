"""One exchange with Slack: within its limits of time and size, and what its answer means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crisiswatch.channels.exchanging import Exchange, wait_of
from crisiswatch.core.outbox import Attempt, Outcome

if TYPE_CHECKING:
    import httpx

BODY_LIMIT = 8 * 1024 * 1024

TOO_MUCH = frozenset(("invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"))
"""Errors after which the same words are sent once more as plain text."""

_PASSES = frozenset(
    ("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout")
)
_ERROR = re.compile(r"[a-z][a-z_]{0,60}")
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{1,9}")
UNREADABLE = "unreadable answer"
_EMPTY = "empty answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack answered: `error` is its own word, empty when it said ok; `wait` is its Retry-After."""

    status: int
    error: str
    data: Mapping[str, Any]
    wait: timedelta | None = None


class Wire:
    """Posts to Slack."""

    def __init__(self) -> None:
        self._exchange = Exchange()

    async def post(self, url: str, headers: Mapping[str, str], content: bytes) -> Answer | Attempt:
        """Return Slack's answer, or how the attempt failed without one."""
        return await self._exchange.post(url, headers, content, _read)

    async def close(self) -> None:
        """Close the connections."""
        await self._exchange.close()


async def _read(response: httpx.Response) -> Answer:
    return parse_answer(response.status_code, response.headers, await _body(response))


def parse_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return an answer of the Web API (JSON) or of an incoming webhook (`ok`, or the error as bare text)."""
    wait = wait_of(headers.get("retry-after", ""))
    text = body.decode("utf-8", "replace").strip()
    if text == "ok":
        return Answer(status, "", {}, wait)
    if not text or _ERROR.fullmatch(text):
        return Answer(status, text or _EMPTY, {}, wait)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("ok"), bool):
        return Answer(status, UNREADABLE, {}, wait)
    error = str(data.get("error", ""))
    return Answer(status, "" if data["ok"] else error if _ERROR.fullmatch(error) else "unnamed error", data, wait)


def classify(answer: Answer | Attempt) -> Attempt:
    """Return what an answer says of the delivery; `detail` is exactly Slack's error where it named one."""
    if isinstance(answer, Attempt):
        return answer
    detail = answer.error if _ERROR.fullmatch(answer.error) else f"HTTP {answer.status}: {answer.error or 'ok'}"
    if answer.status == 429 or answer.error in _PASSES or (answer.status >= 500 and answer.error != _EMPTY):
        return Attempt(Outcome.REFUSED, detail, retry_after=answer.wait)
    is_silent = answer.error in (_EMPTY, UNREADABLE)
    if answer.status >= 500 or (answer.status < 300 and is_silent):
        return Attempt(Outcome.UNKNOWN, detail, retry_after=answer.wait)
    if answer.status < 300 and not answer.error:
        return Attempt(Outcome.DELIVERED, detail, _reference(answer.data))
    return Attempt(Outcome.REJECTED, detail)


def page_of(data: Mapping[str, Any], key: str) -> tuple[list[Mapping[str, Any]], str]:
    """Return the items of one page of a list and the cursor of the next page, empty on the last."""
    items, following = data.get(key), data.get("response_metadata")
    cursor = following.get("next_cursor") if isinstance(following, Mapping) else None
    page = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
    return page, cursor if isinstance(cursor, str) else ""


def _reference(data: Mapping[str, Any]) -> str | None:
    channel, ts = data.get("channel"), data.get("ts")
    if not isinstance(channel, str) or not isinstance(ts, str) or not _TS.fullmatch(ts):
        return None
    return f"{channel}:{ts}"


async def _body(response: httpx.Response) -> bytes:
    """Return the body up to its limit; what is longer is cut and then cannot be read as an answer."""
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > BODY_LIMIT:
            return b"{"
    return body
