"""What a person does about messages that were given up: send them again, or let them go."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crisiswatch.console.access import Gate
from crisiswatch.console.doors import Doors, Scope
from crisiswatch.console.parameters import NoParameters, parse
from crisiswatch.console.records import answer, outbox_record
from crisiswatch.core.outbox import Attempt, DeliveryState, OutboxRow, Outcome

ROW_LIMIT = 2**63


class Mending:
    """Serves the requests that change an outbox row."""

    def __init__(self, doors: Doors, gate: Gate) -> None:
        self._doors = doors
        self._gate = gate

    async def retry(self, request: Request) -> Response:
        """Send a message that was given up, or that waits, now; it gets all of its time again."""
        row, now = await self._row(request), self._doors.clock.now()
        if row.state not in (DeliveryState.DEAD, DeliveryState.PENDING, DeliveryState.UNKNOWN):
            raise HTTPException(HTTPStatus.CONFLICT, f"the message is {row.state}; there is nothing to send again")
        state = DeliveryState.PENDING if row.state is DeliveryState.DEAD else row.state
        await self._doors.store.settle(row, state, None, now, now)
        await self._doors.holding_changed()
        return answer(outbox_record(await self._row(request), row.notification.incident))

    async def discard(self, request: Request) -> Response:
        """Let a message go that was given up; it stays visible as suppressed, with who did it."""
        row, now = await self._row(request), self._doors.clock.now()
        if row.state is not DeliveryState.DEAD:
            raise HTTPException(HTTPStatus.CONFLICT, f"the message is {row.state}; only dead ones are discarded")
        by = self._gate.require(request, Scope.ACT).name
        said = Attempt(Outcome.REJECTED, f"discarded by {by}; {row.detail}"[:500])
        await self._doors.store.settle(row, DeliveryState.SUPPRESSED, said, now)
        return answer(outbox_record(await self._row(request), row.notification.incident))

    async def _row(self, request: Request) -> OutboxRow:
        parse(request, NoParameters)
        id = int(request.path_params["id"])
        row = await self._doors.store.row(id) if id < ROW_LIMIT else None
        if row is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such message")
        return row
