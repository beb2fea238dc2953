"""Buttons pressed and forms sent in Slack, as Slack delivers them over HTTP."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crisiswatch.console.bodies import read_body
from crisiswatch.console.doors import Doors
from crisiswatch.core.answering import Pressed
from crisiswatch.core.hushing import Press, SilenceSent, Unfit
from crisiswatch.errors import CrisiswatchError, SourceRejected

REMEMBERED = timedelta(minutes=10)
"""Twice as long as a signature is accepted: within its life none counts a second time."""

MOST = 10_000

_log = structlog.get_logger(__name__)


class Pressing:
    """Serves `/slack/actions`. Who asks is proved by Slack's signature; tokens and sessions count for nothing here."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    async def act(self, request: Request) -> Response:
        """Do what was pressed; the card is edited by the notification that follows."""
        body = await read_body(request, self._doors.limits.body, self._doors.limits.read)
        now = self._doors.clock.now()
        try:
            pressed = self._doors.pressed(dict(request.headers), body, now)
        except SourceRejected as error:
            _log.info("press_refused", reason=error.reason, why=str(error))
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "the delivery is not signed as agreed") from error
        self._refuse_replay(request.headers.get("x-slack-signature", ""), now)
        return await self._do(pressed)

    async def _do(self, press: Press | None) -> Response:
        if isinstance(press, Unfit):
            return JSONResponse(press.reply)
        if isinstance(press, Pressed):
            await self._doors.answer(press.incident, press.given)
        elif isinstance(press, SilenceSent):
            try:
                await self._doors.press(press)
            except CrisiswatchError as error:  # the form stays open and says so: nothing is silenced
                _log.error("silence_not_kept", incident=press.incident, error=str(error))
                return JSONResponse(press.otherwise)
        elif press is not None:
            await self._doors.press(press)
        return Response()

    def _refuse_replay(self, signature: str, now: datetime) -> None:
        while self._seen and (len(self._seen) >= MOST or now - next(iter(self._seen.values())) > REMEMBERED):
            self._seen.popitem(last=False)
        if signature in self._seen:
            _log.info("press_refused", reason="replay")
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "the delivery was here before")
        self._seen[signature] = now
