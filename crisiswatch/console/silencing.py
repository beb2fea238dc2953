"""Silences over HTTP: list, preview, add, expire."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console.access import Gate
from crisiswatch.console.bodies import read_body
from crisiswatch.console.doors import Doors, Scope
from crisiswatch.console.parameters import NoParameters, Parameters, parse
from crisiswatch.console.records import Record, answer, severity_word
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.silences import Asked, Silence, make_silence
from crisiswatch.errors import BadInput

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class SilenceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a program sends. `force`: also if it hides everything; without `by` it acts under its token's name."""

    matchers: Annotated[str, msgspec.Meta(max_length=1_000)]
    ends: Annotated[datetime, msgspec.Meta(tz=True)]
    reason: Words
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    until_it_escalates: bool = False
    force: bool = False
    preview: bool = False


class SilenceParameters(Parameters):
    """`all` lists those that are over, too."""

    all: bool = Field(False)


class ExpireParameters(Parameters):
    """Without `by` a silence is ended by whoever the token belongs to."""

    by: str | None = Field(None, min_length=1, max_length=100)


class SilenceRecord(Record, frozen=True, kw_only=True):
    """A silence; `holds_back` is the highest severity that it hides."""

    id: str
    matchers: str
    starts: datetime
    ends: datetime
    by: str
    reason: str
    holds_back: str
    is_active: bool
    expired_at: datetime | None
    expired_by: str


class Silencing:
    """Serves the silences."""

    def __init__(self, doors: Doors, gate: Gate) -> None:
        self._doors = doors
        self._gate = gate

    async def list_all(self, request: Request) -> Response:
        """List the silences that are not over, oldest first."""
        asked, now = parse(request, SilenceParameters), self._doors.clock.now()
        found = await self._doors.store.silences()
        shown = [silence_record(one, now) for one in found if asked.all or not one.is_over(now)]
        return answer({"silences": shown})

    async def add(self, request: Request) -> Response:
        """Put a silence into force and say what it hides; with `preview` only say so."""
        parse(request, NoParameters)
        by = self._gate.require(request, Scope.ACT).name
        sent, now = await self._body(request), self._doors.clock.now()
        open_ones = await self._doors.store.incidents(IncidentQuery(is_open=True, limit=1_000))
        labelled = [(incident, self._doors.labels(incident)) for incident in open_ones]
        made = make_silence(
            Asked(
                text=sent.matchers,
                matchers=self._doors.read_matchers(sent.matchers),
                ends=sent.ends,
                by=sent.by or by,
                reason=sent.reason,
                until_it_escalates=sent.until_it_escalates,
                is_meant=sent.force,
            ),
            labelled,
            now,
        )
        if not sent.preview:
            await self._doors.store.save_silence(made.silence)
            await self._doors.holding_changed()
        told = {"silence": silence_record(made.silence, now), "hides": [one.name for one in made.hidden]}
        return answer(told, HTTPStatus.OK if sent.preview else HTTPStatus.CREATED)

    async def expire(self, request: Request) -> Response:
        """End a silence now; what it held back is sent at once."""
        by = parse(request, ExpireParameters).by or self._gate.require(request, Scope.ACT).name
        id, now = request.path_params["id"], self._doors.clock.now()
        silence = next((one for one in await self._doors.store.silences() if one.id == id), None)
        if silence is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such silence")
        if not silence.is_over(now):
            silence = silence.expired(by, now)
            await self._doors.store.save_silence(silence)
            await self._doors.holding_changed()
        return answer(silence_record(silence, now))

    async def _body(self, request: Request) -> SilenceBody:
        body = await read_body(request, self._doors.limits.body, self._doors.limits.read)
        try:
            return msgspec.json.decode(body, type=SilenceBody)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f"the body is no silence: {error}") from error


def silence_record(silence: Silence, now: datetime) -> SilenceRecord:
    """Return the shape of a silence."""
    return SilenceRecord(
        id=silence.id,
        matchers=silence.matchers,
        starts=silence.starts,
        ends=silence.ends,
        by=silence.by,
        reason=silence.reason,
        holds_back=severity_word(silence.most),
        is_active=silence.is_active(now),
        expired_at=silence.expired_at,
        expired_by=silence.expired_by,
    )
