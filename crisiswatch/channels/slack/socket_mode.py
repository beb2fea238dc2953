"""Socket Mode: Slack's presses over a connection that we open, so that nothing outside needs to reach us."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crisiswatch.channels.slack.wire import Answer, Wire, classify
from crisiswatch.core.outbox import Outcome
from crisiswatch.errors import SourceRejected, SourceUnavailable

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

Reply = Callable[[Mapping[str, object] | None], Awaitable[None]]

OPENING = timedelta(seconds=15)
SILENCE = timedelta(seconds=20)
"""Slack answers pings; a connection that is silent for longer is dead."""

FRAME_LIMIT = 1024 * 1024


async def session(
    wire: Wire, base_url: str, app_token: str, take: Callable[[Mapping[str, Any], Reply], Awaitable[None]]
) -> None:
    """Hand over the payloads of one connection, each with what answers it, until Slack asks to come back.

    Every payload is to be answered within three seconds, with what a form shall say or with None.

    Raises SourceRejected for a wrong token, SourceUnavailable for everything that may pass.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    address = await _address(wire, base_url, app_token)
    seconds, ping = OPENING.total_seconds(), SILENCE.total_seconds()
    try:
        async with connect(address, max_size=FRAME_LIMIT, open_timeout=seconds, ping_interval=ping) as connection:
            async for frame in connection:
                envelope = _envelope(frame)
                if envelope.get("type") == "disconnect":
                    return
                reply = partial(_reply, connection, envelope.get("envelope_id"))
                if envelope.get("type") == "interactive" and isinstance(envelope.get("payload"), Mapping):
                    await take(envelope["payload"], reply)
                else:
                    await reply(None)
    except (TimeoutError, WebSocketException, OSError) as error:
        raise SourceUnavailable(f"Slack's socket broke ({type(error).__name__})") from error


async def _reply(connection: ClientConnection, envelope: object, said: Mapping[str, object] | None) -> None:
    if envelope is not None:
        await connection.send(json.dumps({"envelope_id": envelope} | ({} if said is None else {"payload": said})))


async def _address(wire: Wire, base_url: str, app_token: str) -> str:
    headers = {"Authorization": f"Bearer {app_token}", "Content-Type": "application/x-www-form-urlencoded"}
    answer = await wire.post(f"{base_url.rstrip('/')}/apps.connections.open", headers, b"")
    attempt = classify(answer)
    url = str(answer.data.get("url", "")) if isinstance(answer, Answer) else ""
    if attempt.outcome is Outcome.REJECTED:
        raise SourceRejected(f"Slack refuses a socket: {attempt.detail}", "auth")
    scheme = "wss" if urlsplit(base_url).scheme == "https" else "ws"
    if attempt.outcome is not Outcome.DELIVERED or urlsplit(url).scheme != scheme:
        raise SourceUnavailable(f"Slack names no socket: {attempt.detail}")
    return url


def _envelope(frame: str | bytes) -> Mapping[str, Any]:
    try:
        envelope = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return envelope if isinstance(envelope, Mapping) else {}
