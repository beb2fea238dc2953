"""Edits the cards that quote a post as soon as that post is deleted where it stood."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import structlog

from crisiswatch.core.incidents import Incident
from crisiswatch.errors import CrisiswatchError
from crisiswatch.ports import Clock, Store

log = structlog.get_logger()


class Retractor:
    """Looks at what open incidents quote whenever something was deleted; what a deletion wiped has no text any more.

    It knows in memory alone which posts it has seen gone: after a restart a card may be edited once too often.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        incidents: Callable[[], Sequence[Incident]],
        edit: Callable[[str, datetime], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._incidents = incidents
        self._edit = edit
        self._deleted = asyncio.Event()
        self._gone: Mapping[str, frozenset[bytes]] = {}

    def wake(self) -> None:
        """Have the cards looked at: something was deleted."""
        self._deleted.set()

    async def run(self) -> None:
        """Look whenever something was deleted, until cancelled."""
        while True:
            await self._deleted.wait()
            self._deleted.clear()
            try:
                await self.look()
            except CrisiswatchError as error:  # the next regular edit leaves the post out all the same
                log.error("retracting_failed", error=str(error))

    async def look(self) -> None:
        """Owe an edit of every open card of which a post has gone since the last look."""
        gone: dict[str, frozenset[bytes]] = {}
        for incident in self._incidents():
            if not incident.is_open or incident.evidence is None or not incident.evidence.posts:
                continue
            known = await self._store.mentions_by_uid([post.uid for post in incident.evidence.posts])
            gone[incident.id] = frozenset(uid for uid, mention in known.items() if not mention.text)
            if gone[incident.id] - self._gone.get(incident.id, frozenset()):
                await self._edit(incident.id, self._clock.now())
        self._gone = gone
