"""The part of the JSON API that only reads: incidents, mentions, outbox, sources."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console import parameters as ask
from crisiswatch.console.doors import Doors
from crisiswatch.console.incident_records import (
    IncidentDetail,
    event_records,
    incident_record,
    point_records,
    precision_record,
    story_record,
)
from crisiswatch.console.records import answer, mention_record, outbox_record, source_record
from crisiswatch.core.incidents import Incident
from crisiswatch.core.precision import precision
from crisiswatch.core.queries import IncidentQuery

JUDGED_LIMIT = 10_000
"""Incidents whose verdicts are counted, the newest."""


class Api:
    """Answers with JSON what the pages answer with HTML."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def incidents(self, request: Request) -> Response:
        """List incidents, newest first."""
        query = ask.parse(request, ask.IncidentParameters).query()
        found = await self._doors.store.incidents(query)
        return answer({"incidents": [incident_record(incident, self._doors.public_url) for incident in found]})

    async def incident(self, request: Request) -> Response:
        """Return one incident whole."""
        ask.parse(request, ask.NoParameters)
        return answer(await self.detail(await self.find(int(request.path_params["number"]))))

    async def mentions(self, request: Request) -> Response:
        """List mentions, newest first."""
        query = ask.parse(request, ask.MentionParameters).query()
        rows = await self._doors.store.mentions(query)
        marks = self._doors.marks([row.mention.text for row in rows], [row.mention.language for row in rows])
        return answer({"mentions": [mention_record(row, marked) for row, marked in zip(rows, marks, strict=True)]})

    async def outbox(self, request: Request) -> Response:
        """List notifications with their delivery states, newest first."""
        asked = ask.parse(request, ask.OutboxParameters)
        rows = await self._doors.store.outbox(asked.state, asked.limit)
        ids = frozenset(row.notification.incident for row in rows)
        found = await self._doors.store.incidents(IncidentQuery(ids=ids, limit=len(ids)))
        names = {one.id: one.name for one in found}
        told_of = (row.notification.incident for row in rows)
        shown = [outbox_record(row, names.get(id, id)) for row, id in zip(rows, told_of, strict=True)]
        return answer({"outbox": shown})

    async def sources(self, request: Request) -> Response:
        """List the sources and how they do."""
        ask.parse(request, ask.NoParameters)
        return answer({"sources": [source_record(source) for source in self._doors.status().sources]})

    async def verdicts(self, request: Request) -> Response:
        """Return how often each rule was right, as far as people said, and on how many verdicts that rests."""
        ask.parse(request, ask.NoParameters)
        found = precision(await self._doors.store.incidents(IncidentQuery(limit=JUDGED_LIMIT)))
        return answer({"verdicts": [precision_record(one) for one in found]})

    async def find(self, number: int) -> Incident:
        """Return the incident that people call INC-`number`, or raise 404."""
        incident = await self._doors.store.incident(number) if number < 2**63 else None
        if incident is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no incident INC-{str(number)[:20]}")
        return incident

    async def detail(self, incident: Incident) -> IncidentDetail:
        """Return everything that is known of an incident."""
        series = await self._doors.series(incident)
        return IncidentDetail(
            incident=incident_record(incident, self._doors.public_url),
            message=story_record(await self._doors.message(incident)),
            events=event_records(await self._doors.store.events(incident.id)),
            bucket_seconds=series.length.total_seconds() if series else None,
            series=point_records(series),
        )
