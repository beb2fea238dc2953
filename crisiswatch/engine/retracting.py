"""Edits the cards that quote a post once that post is gone: deleted where it stood, erased, or too old to be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial

import msgspec
import structlog

from crisiswatch.core.incidents import Incident
from crisiswatch.core.queries import IncidentQuery, Retention
from crisiswatch.core.retracting import Shown, deleted, quoted, retracted, shown
from crisiswatch.core.transactions import Amendment, Decision
from crisiswatch.errors import CrisiswatchError
from crisiswatch.ports import Clock, Store

LOOK_BACK_EVERY = timedelta(hours=1)
"""How often the cards of incidents that are over for good are looked at; those of the others at every deletion."""

LONGEST = timedelta(days=30)
"""How long an incident may have lasted, for its card to be found."""

MOST = 1_000
NAME = "retracted"

Amend = Callable[[str, Amendment], Awaitable[None]]

log = structlog.get_logger()


class Retractor:
    """Compares what incidents quote with what is stored of it, and with what it knew the last time.

    That is kept over restarts, so that a card is edited once for each post that goes. `retention` says how far back a
    card can show what is gone since.
    """

    def __init__(self, store: Store, clock: Clock, incidents: Callable[[], Sequence[Incident]], amend: Amend) -> None:
        self._store = store
        self._clock = clock
        self._incidents = incidents
        self._amend = amend
        self._deleted = asyncio.Event()
        self._known: dict[str, Shown] | None = None
        self.retention = Retention()

    def wake(self) -> None:
        """Have the cards looked at: something was deleted."""
        self._deleted.set()

    async def run(self) -> None:
        """Look whenever something was deleted, until cancelled."""
        while True:
            await self._deleted.wait()
            self._deleted.clear()
            await self._safely(self.look)

    async def run_back(self) -> None:
        """Look at what is over for good, at the start and every hour, until cancelled."""
        while True:
            await self._safely(self.look_back)
            await self._clock.sleep(LOOK_BACK_EVERY)

    async def look(self) -> None:
        """Owe an edit of every card of an incident that is not final of which a post has gone since the last look."""
        await self._compare(self._incidents())

    async def look_back(self) -> None:
        """Do so for all whose card can still show what is gone, and forget the others."""
        since = self._clock.now() - self.retention.cards - LONGEST
        over = await self._store.incidents(IncidentQuery(is_open=False, since=since, limit=MOST))
        found = {one.id: one for one in (*over, *self._incidents())}
        known = await self._read()
        for id in known.keys() - found.keys():
            del known[id]
        await self._compare(found.values())

    async def _compare(self, incidents: Iterable[Incident]) -> None:
        known, is_changed = await self._read(), False
        for incident in incidents:
            posts = quoted(incident)
            if not posts or not incident.told:
                continue
            stored = await self._store.mentions_by_uid([post.uid for post in posts])
            now_shown, before = shown(incident, stored), known.get(incident.id, Shown())
            if now_shown.is_less_than(before):
                await self._amend(incident.id, partial(self._retracted, deleted(incident, stored)))
            if now_shown != before:
                known[incident.id], is_changed = now_shown, True
        if is_changed:
            await self._store.save_checkpoint(NAME, self._clock.now(), msgspec.msgpack.encode(known))

    def _retracted(self, gone: frozenset[bytes], incident: Incident, edits: frozenset[str]) -> Decision | None:
        return retracted(incident, gone, edits, self._clock.now())

    async def _read(self) -> dict[str, Shown]:
        if self._known is None:
            kept = (await self._store.load_checkpoints([NAME])).get(NAME)
            try:
                self._known = msgspec.msgpack.decode(kept[1], type=dict[str, Shown]) if kept else {}
            except msgspec.DecodeError:  # cards are then edited once too often
                self._known = {}
        return self._known

    async def _safely(self, look: Callable[[], Awaitable[None]]) -> None:
        try:
            await look()
        except CrisiswatchError as error:  # the next look finds it all the same
            log.error("retracting_failed", error=str(error))
