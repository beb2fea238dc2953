"""One HTTP request of a channel: within limits of time, and what it means for a delivery when no answer comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from crisiswatch.core.outbox import Attempt, Outcome

if TYPE_CHECKING:
    import httpx

DEADLINE = timedelta(seconds=10)
CONNECT_DEADLINE = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)

Answer = TypeVar("Answer")


class Exchange:
    """Posts, each time on a new connection: a kept one may be half closed, and a failed write then says nothing."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        content: bytes,
        read: Callable[[httpx.Response], Awaitable[Answer]],
    ) -> Answer | Attempt:
        """Return what `read` makes of the answer, or how the attempt failed without one. Redirects are not followed."""
        import httpx

        self._client = self._client or _new_client()
        headers = {**headers, "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(DEADLINE.total_seconds()),
                self._client.stream("POST", url, headers=headers, content=content) as response,
            ):
                return await read(response)
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


async def start_of_body(response: httpx.Response) -> bytes:
    """Return the first bytes of the body, however long or slow the rest is."""
    async for chunk in response.aiter_raw(1024):
        return chunk
    return b""


def wait_of(seconds: str) -> timedelta | None:
    """Return the wait in a Retry-After header of whole seconds, at most an hour; None for anything else."""
    if not (seconds.isascii() and seconds.isdigit()):
        return None
    return LONGEST_WAIT if len(seconds) > 9 else min(timedelta(seconds=int(seconds)), LONGEST_WAIT)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Return the wait that Retry-After asks for in seconds or by a date, within 0 and 1 hour; None if unreadable."""
    value = value.strip()
    if (wait := wait_of(value)) is not None:
        return wait
    try:
        moment = parsedate_to_datetime(value)
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return max(timedelta(), min(wait, LONGEST_WAIT))


def is_http_address(url: str) -> bool:
    """Tell whether an address is http(s) and names a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and url.isprintable()
    except ValueError:
        return False


def _new_client() -> httpx.AsyncClient:
    import httpx

    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=httpx.Timeout(DEADLINE.total_seconds(), connect=CONNECT_DEADLINE.total_seconds()),
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=0),
    )
