"""Webhooks in: deliveries to sources that are pushed instead of polled."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from crisiswatch.console.bodies import read_body
from crisiswatch.console.doors import Doors
from crisiswatch.console.problems import status_of
from crisiswatch.console.records import answer
from crisiswatch.console.throttle import Throttle
from crisiswatch.core.abilities import Greeter
from crisiswatch.core.models import Batch
from crisiswatch.errors import BadInput, SourceRejected, TooLarge
from crisiswatch.ports import Hook

_log = structlog.get_logger(__name__)


class Webhooks:
    """Receives deliveries. Each hook proves its sender itself; tokens and sessions count for nothing here."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._throttle = Throttle(doors.limits.hooks_per_second, timedelta(seconds=1))

    async def receive(self, request: Request) -> Response:
        """Take one delivery; it is stored when the answer is sent."""
        hook = self._doors.hooks.get(request.path_params["name"])
        if hook is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such hook")
        if (wait := self._throttle.wait(hook.name, self._doors.clock.now())) is not None:
            seconds = str(max(1, round(wait.total_seconds())))
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "too many deliveries", {"Retry-After": seconds})
        batch = await self._read(hook, request)
        await self._doors.ingest(hook.name, batch)
        return answer({"accepted": len(batch.mentions), "skipped": batch.skipped}, HTTPStatus.ACCEPTED)

    async def greet(self, request: Request) -> Response:
        """Answer a sender that asks, before it delivers, whether it is welcome. Nothing is stored."""
        hook = self._doors.hooks.get(request.path_params["name"])
        if not isinstance(hook, Greeter):
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such hook")
        try:
            words = hook.greet(dict(request.query_params))
        except SourceRejected as error:
            _log.info("hook_refused", hook=hook.name, reason=error.reason)
            raise HTTPException(status_of(error), "this sender is not known here") from error
        return PlainTextResponse(words)

    async def _read(self, hook: Hook, request: Request) -> Batch:
        limits = self._doors.limits
        try:
            body = await read_body(request, limits.hook_body, limits.read)
            received = hook.receive(dict(request.headers), body, self._doors.clock.now())
            return received if isinstance(received, Batch) else await received
        except (SourceRejected, TooLarge, BadInput) as error:
            _log.info("hook_refused", hook=hook.name, reason=error.reason)
            # Why a signature is wrong is for the log of the operator, not for whoever tries.
            detail = "the delivery is not signed as agreed" if isinstance(error, SourceRejected) else str(error)
            raise HTTPException(status_of(error), detail) from error
