"""What machines ask: metrics, health, reload."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console.access import Gate
from crisiswatch.console.doors import Doors, Health, Scope
from crisiswatch.console.problems import problem
from crisiswatch.console.records import answer


class Operations:
    """Serves Prometheus, probes and operators' scripts."""

    def __init__(self, doors: Doors, gate: Gate) -> None:
        self._doors = doors
        self._gate = gate

    async def metrics(self, request: Request) -> Response:
        """Return the registry as Prometheus text."""
        # A fifth of a second with the brands that have a name of their own: pages are shown meanwhile.
        return Response(await asyncio.to_thread(self._doors.metrics), media_type=CONTENT_TYPE_LATEST)

    async def healthy(self, request: Request) -> Response:
        """Say whether the process is alive; a supervisor restarts it where it is not."""
        health = self._doors.health()
        return self._verdict(request, health, is_good=health.is_live)

    async def ready(self, request: Request) -> Response:
        """Say whether the daemon does its work."""
        health = self._doors.health()
        return self._verdict(request, health, is_good=health.is_live and health.is_ready)

    async def reload(self, request: Request) -> Response:
        """Put the config file into force; a bad one changes nothing and is answered with what is wrong."""
        is_in_force, detail = await self._doors.reload()
        if is_in_force:
            return answer({"reloaded": True, "detail": detail})
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)

    def _verdict(self, request: Request, health: Health, *, is_good: bool) -> Response:
        principal = self._gate.identify(request)
        # Probes need no token; what exactly is wrong is only told to those who may read.
        reasons = health.reasons if principal is not None and principal.may(Scope.READ) else ()
        status = HTTPStatus.OK if is_good else HTTPStatus.SERVICE_UNAVAILABLE
        return answer({"status": "ok" if is_good else "failing", "reasons": reasons}, status)
