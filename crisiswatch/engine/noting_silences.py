"""Notes at every incident which silence stands over it, whoever wrote the silence, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from crisiswatch.core.incidents import Incident
from crisiswatch.core.silenced import noted
from crisiswatch.core.silences import ActiveSilence
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.holding import REFRESH_EVERY, Gate
from crisiswatch.engine.waking import rest
from crisiswatch.engine.watching import Watcher
from crisiswatch.errors import CrisiswatchError
from crisiswatch.ports import Clock

log = structlog.get_logger()


class NotingSilences:
    """Compares what holds incidents back with what their cards say, at once after a change through this process.

    A change by another process, an end and a severity that rises are noticed at the next look.
    """

    def __init__(self, gate: Gate, watcher: Watcher, clock: Clock) -> None:
        self._gate = gate
        self._watcher = watcher
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Have the incidents looked at: silences are others now."""
        self._woken.set()

    async def run(self) -> None:
        """Look at the start, whenever somebody calls for it and as often as silences are read, until cancelled."""
        while True:
            try:
                await self.look()
            except CrisiswatchError as error:  # the next look finds it all the same
                log.error("noting_silences_failed", error=str(error))
            await rest(self._clock, REFRESH_EVERY, self._woken)

    async def look(self) -> None:
        """Note at every open incident what changed: a row of its history, and an edit of its cards."""
        silences = await self._gate.silences()
        for incident in self._watcher.incidents():
            if self._noted(silences, incident, frozenset()) is not None:
                await self._watcher.amend(incident.id, partial(self._noted, silences))

    def _noted(self, silences: Sequence[ActiveSilence], incident: Incident, edits: frozenset[str]) -> Decision | None:
        return noted(incident, silences, self._gate.rules.labels(incident), edits, self._clock.now())
