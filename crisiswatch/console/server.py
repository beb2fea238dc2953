"""Runs the console inside a given event loop, without touching the process's signal handlers."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from crisiswatch.console.doors import Limits
from crisiswatch.errors import ConfigError, Problem

_GRACE_SECONDS = 5


class ConsoleServer:
    """A listening console: `start()` returns when it answers, `stop()` when nothing is left of it."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Return the port that is bound; before `start()` the one that was asked for."""
        return int(self._socket.getsockname()[1]) if self._socket else self._port

    async def start(self) -> None:
        """Bind and begin to answer. Raises ConfigError if the address cannot be bound."""
        self._socket = await _bind(self._host, self._port)
        self._server = _Server(_config(self._app))
        listening = asyncio.Event()
        self._server.listening = listening
        self._serving = asyncio.create_task(self._server.serve([self._socket]), name="console")
        self._serving.add_done_callback(lambda _: listening.set())
        await listening.wait()
        if self._serving.done():
            await self._serving

    async def stop(self) -> None:
        """End event streams, finish what is being answered within a few seconds, and let go of the port."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        self._app.state.streams.end()
        await self._serving
        self._socket = self._server = self._serving = None


def serve(app: Starlette, host: str, port: int) -> ConsoleServer:
    """Return a server for the app; port 0 takes any free one."""
    return ConsoleServer(app, host, port)


class _Server(uvicorn.Server):
    listening: asyncio.Event

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # the daemon owns the signals
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class _Protocol(H11Protocol):
    """HTTP/1.1 that hangs up on clients who take for ever to send a request head."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The base class stops its own timer at the first byte of a head; ours runs until the head is whole.
        if self.cycle is None or self.cycle.response_complete:
            self._await_head()
        else:
            self._head_came()

    def _await_head(self) -> None:
        if self._waiting is None:
            limits: Limits = self.config.app.state.limits  # type: ignore[union-attr]  # always our Starlette
            self._waiting = self.loop.call_later(limits.read.total_seconds(), self._hang_up)

    def _head_came(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _hang_up(self) -> None:
        self.transport.close()


def _config(app: Starlette) -> uvicorn.Config:
    limits: Limits = app.state.limits
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.connections,
        # Twice the limit: heads between the two get an answer that says what was too large.
        h11_max_incomplete_event_size=2 * limits.headers,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


async def _bind(host: str, port: int) -> socket.socket:
    name = host.strip().removeprefix("[").removesuffix("]")
    try:
        found: list[Any] = await asyncio.get_running_loop().getaddrinfo(
            name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        problem = Problem(
            code="server.cannot_listen",
            message=f"server.listen {host}:{port}: {error.strerror or error}",
            where="server.listen",
            hint="is another crisiswatch running?",
        )
        raise ConfigError((problem,)) from error
