"""One JSON document posted within limits of time and size, and what the answer means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crisiswatch.core.outbox import Attempt, Outcome

if TYPE_CHECKING:
    import httpx

DEADLINE = timedelta(seconds=10)
CONNECT_DEADLINE = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
EXCUSE_LIMIT = 300


class Poster:
    """Posts JSON, each time on a connection of its own."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def post(self, url: str, document: object, headers: Mapping[str, str]) -> Attempt:
        """Return how it ended; an answer that never came is UNKNOWN, and saying it again does no harm."""
        import httpx

        self._client = self._client or _new_client()
        content = json.dumps(document, ensure_ascii=True).encode("ascii")
        sent = {**headers, "Content-Type": "application/json", "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(DEADLINE.total_seconds()),
                self._client.stream("POST", url, content=content, headers=sent) as response,
            ):
                return classify(response.status_code, response.headers, await _start_of_body(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            return Attempt(Outcome.REFUSED, f"could not connect ({type(error).__name__})")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            return Attempt(Outcome.REJECTED, f"the address cannot be used ({type(error).__name__})")
        except (httpx.HTTPError, TimeoutError) as error:
            return Attempt(Outcome.UNKNOWN, f"no answer ({type(error).__name__})")

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


def classify(status: int, headers: Mapping[str, str], body: bytes) -> Attempt:
    """Return what an answer says; every failure of the server is worth another try, for a key makes it one."""
    if 200 <= status < 300:
        return Attempt(Outcome.DELIVERED, f"HTTP {status}")
    if status in (408, 425, 429) or status >= 500:
        return Attempt(Outcome.REFUSED, f"HTTP {status}", retry_after=_wait(headers.get("retry-after", "")))
    text = " ".join("".join(c if c.isprintable() else " " for c in body.decode("utf-8", "replace")).split())
    return Attempt(Outcome.REJECTED, f"HTTP {status}: {text[:EXCUSE_LIMIT]}".rstrip(": "))


def is_http_address(url: str) -> bool:
    """Tell whether an address is http(s) and names a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and url.isprintable()
    except ValueError:
        return False


def _wait(value: str) -> timedelta | None:
    if not (value.isascii() and value.isdigit()):
        return None
    return LONGEST_WAIT if len(value) > 9 else min(timedelta(seconds=int(value)), LONGEST_WAIT)


async def _start_of_body(response: httpx.Response) -> bytes:
    if response.status_code < 400:
        return b""
    async for chunk in response.aiter_raw(1024):
        return chunk
    return b""


def _new_client() -> httpx.AsyncClient:
    import httpx

    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=httpx.Timeout(DEADLINE.total_seconds(), connect=CONNECT_DEADLINE.total_seconds()),
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=0),
    )
