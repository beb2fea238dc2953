"""What people and their programs do to an incident: acknowledge it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console.access import Gate
from crisiswatch.console.bodies import read_body
from crisiswatch.console.doors import Doors, Scope
from crisiswatch.console.incident_records import incident_record
from crisiswatch.console.parameters import NoParameters, parse
from crisiswatch.console.records import answer
from crisiswatch.errors import BadInput

NUMBER_LIMIT = 2**63


class Acknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a program sends; without `by` it acts under the name of its token."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None


class Acting:
    """Serves the requests that change an incident."""

    def __init__(self, doors: Doors, gate: Gate) -> None:
        self._doors = doors
        self._gate = gate

    async def acknowledge(self, request: Request) -> Response:
        """Record that somebody is on it, and return the incident."""
        parse(request, NoParameters)
        number = int(request.path_params["number"])
        by = await self._by(request)
        incident = await self._doors.acknowledge(number, by) if number < NUMBER_LIMIT else None
        if incident is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no incident INC-{str(number)[:20]}")
        return answer(incident_record(incident, self._doors.public_url))

    async def _by(self, request: Request) -> str:
        """Return who acts: the name in a program's JSON, else the name under which the request came."""
        principal = self._gate.require(request, Scope.ACT)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return principal.name
        body = await read_body(request, self._doors.limits.body, self._doors.limits.read)
        try:
            sent = msgspec.json.decode(body, type=Acknowledgement)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f'the body is not {{"by": "NAME"}}: {error}') from error
        named = "".join(c for c in sent.by or "" if c.isprintable()).strip()
        return named or principal.name
