"""One JSON document posted, and what the answer means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from crisiswatch.channels.exchanging import Exchange, start_of_body, wait_of
from crisiswatch.core.outbox import Attempt, Outcome

if TYPE_CHECKING:
    import httpx

EXCUSE_LIMIT = 300


class Poster:
    """Posts JSON."""

    def __init__(self) -> None:
        self._exchange = Exchange()

    async def post(self, url: str, document: object, headers: Mapping[str, str]) -> Attempt:
        """Return how it ended; an answer that never came is UNKNOWN, and saying it again does no harm."""
        content = json.dumps(document, ensure_ascii=True).encode("ascii")
        return await self._exchange.post(url, {**headers, "Content-Type": "application/json"}, content, _read)

    async def close(self) -> None:
        """Close the connections."""
        await self._exchange.close()


async def _read(response: httpx.Response) -> Attempt:
    body = await start_of_body(response) if response.status_code >= 400 else b""
    return classify(response.status_code, response.headers, body)


def classify(status: int, headers: Mapping[str, str], body: bytes) -> Attempt:
    """Return what an answer says; every failure of the server is worth another try, for a key makes it one."""
    if 200 <= status < 300:
        return Attempt(Outcome.DELIVERED, f"HTTP {status}")
    if status in (408, 425, 429) or status >= 500:
        return Attempt(Outcome.REFUSED, f"HTTP {status}", retry_after=wait_of(headers.get("retry-after", "")))
    text = " ".join("".join(c if c.isprintable() else " " for c in body.decode("utf-8", "replace")).split())
    return Attempt(Outcome.REJECTED, f"HTTP {status}: {text[:EXCUSE_LIMIT]}".rstrip(": "))
