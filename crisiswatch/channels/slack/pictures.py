"""The chart as a private file in Slack: no public address, and never a reason for an alert to fail."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from crisiswatch.channels.slack.wire import Answer, Wire
from crisiswatch.core.messages import Message
from crisiswatch.ports import Clock

UPLOAD_WITHIN = timedelta(seconds=12)
RENEW_AFTER = timedelta(minutes=10)
"""How old the chart on a card may become before an edit draws it anew."""

ALT_LIMIT = 2_000
KEPT = 500

_FORM = "application/x-www-form-urlencoded"
_PASSING = frozenset(("ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"))


class Pictures:
    """Uploads charts and remembers the newest of each incident."""

    def __init__(self, wire: Wire, base_url: str, token: str, clock: Clock) -> None:
        self._wire = wire
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": _FORM}
        self._clock = clock
        self._known: OrderedDict[str, tuple[str, datetime, str]] = OrderedDict()
        self._is_refused = False

    async def block(self, message: Message) -> dict[str, Any] | None:
        """Return an image block with the message's chart, else the newest that is known; None without any."""
        known, at, alt = self._known.get(message.incident, ("", None, ""))
        if message.picture is None:  # an old card: what it was told with is not at hand any more
            return _image(known, alt) if known else None
        is_fresh = at is not None and self._clock.now() - at < RENEW_AFTER and not message.is_over
        file = known if is_fresh else await self._upload(message) or known
        if not file:
            return None
        return _image(file, message.picture.alt)

    async def _upload(self, message: Message) -> str:
        if self._is_refused or message.picture is None:
            return ""
        try:
            async with asyncio.timeout(UPLOAD_WITHIN.total_seconds()):
                file = await self._uploaded(message.picture.draw_png(), f"{message.incident}.png")
        except TimeoutError:
            return ""
        if file:
            self._known[message.incident] = (file, self._clock.now(), message.picture.alt)
            self._known.move_to_end(message.incident)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return file

    async def _uploaded(self, png: bytes, name: str) -> str:
        """Ask for an address, put the bytes there, and say that they are whole; without a channel it stays private."""
        asked = await self._ask("files.getUploadURLExternal", {"filename": name, "length": str(len(png))})
        url, file = str(asked.get("upload_url", "")), str(asked.get("file_id", ""))
        if not file or not self._is_slacks(url):
            return ""
        put = await self._wire.post(url, {"Content-Type": "application/octet-stream"}, png)
        if not isinstance(put, Answer) or put.status != 200:
            return ""
        files = json.dumps([{"id": file, "title": name}])
        return file if await self._ask("files.completeUploadExternal", {"files": files}) else ""

    async def _ask(self, method: str, arguments: dict[str, str]) -> dict[str, Any]:
        answer = await self._wire.post(f"{self._base_url}/{method}", self._headers, urlencode(arguments).encode())
        if not isinstance(answer, Answer) or answer.status != 200:
            return {}
        # A bot without files:write never gets further: it is not asked again before the next start or reload.
        self._is_refused = bool(answer.error) and answer.error not in _PASSING
        return {} if answer.error else dict(answer.data)

    def _is_slacks(self, url: str) -> bool:
        """Tell whether an address for an upload belongs to Slack, or to the server that stands for it."""
        own, given = urlsplit(self._base_url), urlsplit(url)
        host = given.hostname or ""
        is_same = (given.scheme, given.netloc) == (own.scheme, own.netloc)
        return is_same or (given.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com")))


def _image(file: str, alt: str) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": file}, "alt_text": alt[:ALT_LIMIT] or "chart"}
