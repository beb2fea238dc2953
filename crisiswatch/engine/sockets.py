"""WebSockets out: to an address that was checked, within limits of size and silence."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from crisiswatch.errors import RateLimited, SourceRejected, SourceUnavailable, UnsafeAddress

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.http11 import Response as Handshake


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Bytes of one message, time to open, and how long nothing may come before the line counts as dead."""

    message: int = 1_000_000
    opening: timedelta = timedelta(seconds=20)
    silence: timedelta = timedelta(seconds=60)


class OpenSocket:
    """A `Socket`. While nobody receives, a few messages are kept and the sender is held back, never dropped."""

    def __init__(self, connection: ClientConnection, shown: str, limits: SocketLimits) -> None:
        self._connection = connection
        self._shown = shown
        self._silence = limits.silence.total_seconds()

    async def receive(self) -> bytes:
        """Return the next message. Raises SourceUnavailable when the line is closed, silent or broken."""
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(self._silence):
                message = await self._connection.recv(decode=False)
        except TimeoutError as error:
            raise SourceUnavailable(f"{self._shown}: silent for {self._silence:g} s", "timeout") from error
        except ConnectionClosed as error:
            raise SourceUnavailable(f"{self._shown}: closed: {error}"[:300], "refused") from error
        return bytes(message)


@asynccontextmanager
async def open_socket(
    url: str,
    shown: str,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    tls: tuple[ssl.SSLContext, SocketLimits],
) -> AsyncGenerator[OpenSocket, None]:
    """Open the WebSocket at one of the addresses, the first that answers; `shown` stands for the URL in messages.

    Raises SourceUnavailable, SourceRejected, RateLimited or UnsafeAddress. Redirects to other hosts are refused.
    """
    context, limits = tls
    connection = await _connect(url, shown, addresses, headers, (context, limits))
    try:
        yield OpenSocket(connection, shown, limits)
    finally:
        await connection.close()


async def _connect(
    url: str,
    shown: str,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    tls: tuple[ssl.SSLContext, SocketLimits],
) -> ClientConnection:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

    context, limits = tls
    failure: Exception | None = None
    for address in addresses:
        try:
            return await connect(
                url,
                host=address,
                ssl=context if url.lower().startswith("wss:") else None,
                additional_headers=dict(headers),
                user_agent_header=None,
                proxy=None,
                compression=None,
                open_timeout=limits.opening.total_seconds(),
                close_timeout=2,
                max_size=limits.message,
            )
        except InvalidStatus as error:
            raise _refusal(shown, error.response) from error
        except (InvalidURI, UnicodeError) as error:
            raise UnsafeAddress(f"{shown}: not a usable WebSocket URL") from error
        except ssl.SSLError as error:
            raise SourceUnavailable(f"{shown}: TLS failed: {error}"[:300], "tls") from error
        except (InvalidHandshake, ValueError, EOFError) as error:
            raise SourceUnavailable(f"{shown}: {error}"[:300], "parse") from error
        except TimeoutError as error:
            raise SourceUnavailable(f"{shown}: not opened in time", "timeout") from error
        except OSError as error:
            failure = error
    raise SourceUnavailable(f"{shown}: connection refused or unreachable", "refused") from failure


def _refusal(shown: str, answer: Handshake) -> Exception:
    """Return what an answer other than 101 means; some of its body tells why."""
    status = answer.status_code
    told = f"{shown} answered {status}: {bytes(answer.body or b'')[:300].decode('utf-8', 'replace')}"
    if status == 429:
        wait = answer.headers.get("Retry-After", "")
        return RateLimited(told, timedelta(seconds=int(wait)) if wait.isdecimal() and len(wait) < 6 else None)
    if status in (401, 403):
        return SourceRejected(told, "auth")
    return SourceRejected(told) if 400 <= status < 500 else SourceUnavailable(told, "http_5xx")
