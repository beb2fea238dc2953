"""Server-sent events: tells browsers that an incident changed, so that they load it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import msgspec
from anyio import CancelScope
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from crisiswatch.console.doors import Doors, IncidentChange
from crisiswatch.console.records import severity_word


class Streams:
    """The open event streams: so many at most, and all of them end when the console stops."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: set[CancelScope] = set()

    @property
    def is_full(self) -> bool:
        """Tell whether no more streams are allowed."""
        return len(self._open) >= self._limit

    def end(self) -> None:
        """End all streams; browsers come back by themselves."""
        for scope in self._open:
            scope.cancel()

    @contextmanager
    def one(self) -> Iterator[CancelScope]:
        """Count a stream while the block runs; the block is left when the streams end."""
        with CancelScope() as scope:
            self._open.add(scope)
            try:
                yield scope
            finally:
                self._open.discard(scope)


class Live:
    """Serves `/events`."""

    def __init__(self, doors: Doors, streams: Streams) -> None:
        self._doors = doors
        self._streams = streams

    async def events(self, request: Request) -> Response:
        """Return the stream of changes from now on; the id of an event is its sequence number."""
        if self._streams.is_full:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "too many event streams", {"Retry-After": "30"})
        limits = self._doors.limits
        return _Stream(
            _told(self._doors.subscribe()),
            streams=self._streams,
            ping=limits.heartbeat.total_seconds(),
            send_timeout=limits.read.total_seconds(),
        )


class _Stream(EventSourceResponse):
    def __init__(
        self, content: AsyncIterator[ServerSentEvent], *, streams: Streams, ping: float, send_timeout: float
    ) -> None:
        super().__init__(content, ping=ping, send_timeout=send_timeout)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.one() as stream:
            try:
                await super().__call__(scope, receive, send)
            except TimeoutError:
                # The client stopped reading; letting go of it is the answer.
                return
        if stream.cancelled_caught:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _told(changes: AsyncIterator[IncidentChange]) -> AsyncIterator[ServerSentEvent]:
    # A first event at once: proxies pass the headers on, and the browser knows that it is connected.
    yield ServerSentEvent(event="connected", data="{}", retry=5000)
    async for change in changes:
        told = {"incident": change.incident, "change": change.change, "severity": severity_word(change.severity)}
        yield ServerSentEvent(event="incident", id=str(change.sequence), data=msgspec.json.encode(told).decode())
