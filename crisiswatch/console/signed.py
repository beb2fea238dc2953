"""Signed links: GET shows a page, and only the button on it acts; programs that open links change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console import sessions
from crisiswatch.console.access import Gate
from crisiswatch.console.acting import form_answer, plain_name
from crisiswatch.console.display import Display
from crisiswatch.console.doors import Doors
from crisiswatch.console.hushing import hush
from crisiswatch.console.throttle import Throttle
from crisiswatch.core.answering import Deed
from crisiswatch.core.hushing import HOURS
from crisiswatch.core.incidents import Incident
from crisiswatch.core.links import Link, verify
from crisiswatch.core.silenced import mark_of

_log = structlog.get_logger(__name__)


class Signed:
    """Serves `/a/TOKEN`. The token is the right to act, for one deed on one incident; a name is asked for."""

    def __init__(self, doors: Doors, display: Display, gate: Gate) -> None:
        self._doors = doors
        self._display = display
        self._gate = gate
        self._throttle = Throttle(doors.limits.links_per_minute, timedelta(minutes=1))

    async def show(self, request: Request) -> Response:
        """Show what the button will do; nothing happens yet, however often the page is opened."""
        link = self._link(request)
        return await self._page(request, link, await self._incident(link))

    async def act(self, request: Request) -> Response:
        """Do it, in the name that was written into the form."""
        self._count_try(request)
        link = self._link(request)
        form = await self._gate.read_form(request, _subject(request))
        incident = await self._incident(link)
        by = plain_name(form.get("name", ""))
        if not by:
            return await self._page(request, link, incident, "Please write your name: others see who is on it.")
        if link.deed is Deed.SILENCE:
            kept = await hush(self._doors, incident, form, by, link.receiver)
            return await self._page(request, link, replace(incident, silenced=mark_of(kept)), is_done=True)
        given = form_answer({**form, "deed": link.deed.value}, by, f"link to {link.receiver}")
        done = await self._doors.answer(incident.number or 0, given)
        return await self._page(request, link, done or incident, is_done=True)

    def _link(self, request: Request) -> Link:
        link = verify(request.path_params["token"], self._doors.link_keys, self._doors.clock.now())
        if link is None:
            if request.method != "POST":
                self._count_try(request)
            _log.info("link_refused", client=_client(request))
            raise HTTPException(HTTPStatus.NOT_FOUND, "this link is not valid, or older than three days")
        return link

    async def _incident(self, link: Link) -> Incident:
        incident = await self._doors.store.incident_by_id(link.incident)
        if incident is None or not incident.number:
            raise HTTPException(HTTPStatus.NOT_FOUND, "the incident is not kept any more")
        return incident

    async def _page(
        self, request: Request, link: Link, incident: Incident, problem: str = "", *, is_done: bool = False
    ) -> Response:
        values = {
            "deed": link.deed,
            "Deed": Deed,
            "HOURS": HOURS,
            "incident": incident,
            "message": await self._doors.message(incident),
            "problem": problem,
            "is_done": is_done,
            "form_token": sessions.form_token(_subject(request), self._doors.session_key),
        }
        return self._display.page("signed.html", values, HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK)

    def _count_try(self, request: Request) -> None:
        wait = self._throttle.wait(_client(request), self._doors.clock.now())
        if wait is not None:
            seconds = str(max(1, round(wait.total_seconds())))
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "too many tries", {"Retry-After": seconds})


def _subject(request: Request) -> str:
    return f"link:{request.path_params['token']}"


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"
