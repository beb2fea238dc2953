"""The pages: the list of incidents, and one incident whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console import sessions
from crisiswatch.console.access import Gate, Proof
from crisiswatch.console.api import JUDGED_LIMIT, Api
from crisiswatch.console.display import Display
from crisiswatch.console.doors import Doors, Scope, SourceStatus, Status
from crisiswatch.console.incident_records import incident_record
from crisiswatch.console.records import answer
from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.precision import BY_SCORE, Precision, precision
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.series import Point, Series

_OPEN = 50
_CLOSED = 10
_TABLE_ROWS = 48
_THEMES = ("light", "dark")
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
_NAME = re.compile(r"INC-(?P<number>[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Row:
    """An incident in a list, with the headline that its alert had."""

    incident: Incident
    headline: str


@dataclass(frozen=True, slots=True)
class Sidebar:
    """What is the matter at all: shown beside every page."""

    open: tuple[Row, ...]
    closed: tuple[Row, ...]
    status: Status
    now: datetime

    @property
    def worst(self) -> Severity:
        """Return the highest severity that is open."""
        return max((row.incident.severity for row in self.open), default=Severity.CALM)

    @property
    def next_poll(self) -> SourceStatus | None:
        """Return the source that is asked next."""
        due = [source for source in self.status.sources if source.next_poll_at]
        return min(due, key=lambda source: source.next_poll_at or self.now, default=None)


class Pages:
    """Serves what people look at."""

    def __init__(self, doors: Doors, display: Display, gate: Gate, api: Api) -> None:
        self._doors = doors
        self._display = display
        self._gate = gate
        self._api = api

    async def incidents(self, request: Request) -> Response:
        """Show the open incidents, then those closed lately; JSON for those who ask for it."""
        if _wants_json(request):
            found = await self._doors.store.incidents(IncidentQuery(limit=_OPEN))
            return answer({"incidents": [incident_record(one, self._doors.public_url) for one in found]})
        return self._page(request, "incidents.html", {"side": await self._sidebar()})

    async def incident(self, request: Request) -> Response:
        """Show one incident; JSON under `.json`, or for those who ask for it."""
        name = request.path_params["name"]
        stem = name.removesuffix(".json")
        incident = await self._find(stem)
        if stem != name or _wants_json(request):
            return answer(await self._api.detail(incident))
        message = await self._doors.message(incident)
        series = await self._doors.series(incident)
        values = {
            "side": await self._sidebar(),
            "incident": incident,
            "message": message,
            "events": await self._doors.store.events(incident.id),
            "chart": message.picture.alt if message.picture else "",
            "points": _table(series),
            "all_points": len(series.points) if series else 0,
            "precision": await self._precision(incident),
        }
        return self._page(request, "incident.html", values)

    async def chart_svg(self, request: Request) -> Response:
        """Return the chart as SVG; `?theme=dark` for dark surroundings."""
        picture = await self._doors.picture(await self._find(request.path_params["name"]), _theme(request))
        if picture is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no chart of this incident")
        return Response(
            picture.draw_svg(), media_type="image/svg+xml", headers={"Content-Security-Policy": _SVG_POLICY}
        )

    async def chart_png(self, request: Request) -> Response:
        """Return the chart as PNG."""
        picture = await self._doors.picture(await self._find(request.path_params["name"]), _theme(request))
        if picture is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no chart of this incident")
        return Response(picture.draw_png(), media_type="image/png")

    def _page(self, request: Request, template: str, values: dict[str, object]) -> Response:
        principal = self._gate.identify(request)
        is_logged_in = principal is not None and principal.proof is Proof.SESSION
        subject = principal.subject if principal else ""
        session = {
            "who": principal.name if principal and is_logged_in else "",
            "form_token": sessions.form_token(subject, self._doors.session_key) if principal else "",
            "may_act": principal is not None and principal.may(Scope.ACT),
        }
        page = self._display.page(template, values | session)
        page.headers["Vary"] = "Accept, Cookie, Authorization"
        return page

    async def _find(self, name: str) -> Incident:
        found = _NAME.fullmatch(name)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "incidents are called INC- and a number")
        return await self._api.find(int(found["number"]))

    async def _sidebar(self) -> Sidebar:
        store = self._doors.store
        is_open = await store.incidents(IncidentQuery(is_open=True, limit=_OPEN))
        closed = await store.incidents(IncidentQuery(is_open=False, limit=_CLOSED))
        worst_first = sorted(is_open, key=lambda one: one.severity, reverse=True)
        return Sidebar(self._rows(worst_first), self._rows(closed), self._doors.status(), self._now())

    def _rows(self, incidents: Sequence[Incident]) -> tuple[Row, ...]:
        return tuple(Row(one, self._doors.headline(one)) for one in incidents)

    async def _precision(self, incident: Incident) -> Precision | None:
        """Return the verdicts on the rule that fired here; None where nobody judged one of its incidents."""
        known = await self._doors.store.incidents(IncidentQuery(brand=incident.brand, limit=JUDGED_LIMIT))
        same = (one for one in precision(known) if one.rule == (incident.rule or BY_SCORE))
        return next((one for one in same if one.judged), None)

    def _now(self) -> datetime:
        return self._doors.clock.now()


def _table(series: Series | None) -> tuple[Point, ...]:
    """Return the newest points, newest first: the chart for those who do not see it."""
    return tuple(reversed(series.points[-_TABLE_ROWS:])) if series else ()


def _theme(request: Request) -> str:
    theme = request.query_params.get("theme", "light")
    if theme not in _THEMES:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"unknown theme; known: {', '.join(_THEMES)}")
    return theme


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept
