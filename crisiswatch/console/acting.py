"""What people and their programs do to an incident: acknowledge it, judge it, close it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crisiswatch.console.access import Endpoint, Gate, Proof
from crisiswatch.console.bodies import read_body
from crisiswatch.console.doors import Doors, Scope
from crisiswatch.console.incident_records import incident_record
from crisiswatch.console.parameters import NoParameters, parse
from crisiswatch.console.records import answer
from crisiswatch.core.answering import Answer, Deed
from crisiswatch.core.incidents import Incident, Verdict
from crisiswatch.errors import BadInput

NUMBER_LIMIT = 2**63
NAME_LIMIT, NOTE_LIMIT = 100, 500


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a program sends; without `by` it acts under the name of its token."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LIMIT)] | None = None
    verdict: Verdict | None = None
    note: Annotated[str, msgspec.Meta(max_length=NOTE_LIMIT)] = ""


class Acting:
    """Serves the requests that change an incident."""

    def __init__(self, doors: Doors, gate: Gate) -> None:
        self._doors = doors
        self._gate = gate

    def api(self, deed: Deed) -> Endpoint:
        """Return the endpoint for programs that do this deed; it answers with the incident."""

        async def act(request: Request) -> Response:
            parse(request, NoParameters)
            incident = await self._do(request, await self._given(request, deed))
            return answer(incident_record(incident, self._doors.public_url))

        return act

    async def form(self, request: Request) -> Response:
        """Do what somebody chose on the page of an incident, and show the page again."""
        principal = self._gate.require(request, Scope.ACT)
        form = await self._gate.read_form(request, principal.subject)
        named = plain_name(form.get("name", ""))
        if principal.proof is Proof.SESSION:
            named = f"{named} ({principal.name})" if named and named != principal.name else principal.name
        incident = await self._do(request, form_answer(form, named or principal.name, "on the page"))
        return RedirectResponse(f"/i/{incident.name}", HTTPStatus.SEE_OTHER)

    async def _do(self, request: Request, given: Answer) -> Incident:
        number = int(request.path_params["number"])
        incident = await self._doors.answer(number, given) if number < NUMBER_LIMIT else None
        if incident is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no incident INC-{str(number)[:20]}")
        return incident

    async def _given(self, request: Request, deed: Deed) -> Answer:
        """Return what is to be done, under the name in a program's JSON, else under which the request came."""
        principal = self._gate.require(request, Scope.ACT)
        sent = await self._sent(request)
        if (deed is Deed.VERDICT) != (sent.verdict is not None):
            allowed = ", ".join(Verdict)
            raise BadInput(f"a verdict is one of {allowed}" if deed is Deed.VERDICT else "no verdict is wanted here")
        return Answer(deed, plain_name(sent.by or "") or principal.name, sent.verdict, plain_note(sent.note))

    async def _sent(self, request: Request) -> Sent:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Sent()
        body = await read_body(request, self._doors.limits.body, self._doors.limits.read)
        try:
            return msgspec.json.decode(body, type=Sent)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f'the body is not {{"by": "NAME"}}: {error}') from error


def form_answer(form: dict[str, str], by: str, way: str) -> Answer:
    """Return what a form asks for; `way` says where it was filled in. Raises BadInput."""
    try:
        deed = Deed(form.get("deed", ""))
        verdict = Verdict(form.get("verdict", "")) if deed is Deed.VERDICT else None
    except ValueError as error:
        raise BadInput("the form names no such deed or verdict") from error
    if deed is Deed.SILENCE:
        raise BadInput("a silence is no answer to an incident")
    note = plain_note(form.get("note", ""))
    return Answer(deed, by, verdict, f"{note} ({way})" if note else way)


def plain_name(text: str) -> str:
    """Return a name without anything that is not printed."""
    return "".join(c for c in text if c.isprintable()).strip()[:NAME_LIMIT]


def plain_note(text: str) -> str:
    """Return a note as one printable line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:NOTE_LIMIT]
