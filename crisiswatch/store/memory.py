"""The store in memory, for backtests and tests: nothing outlives it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.models import Coverage, Frame, Mention, Observation
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, OutboxRow
from crisiswatch.core.queries import IncidentQuery, MentionQuery, Retention, StoredMention
from crisiswatch.core.silences import Silence
from crisiswatch.core.transactions import Decision, Enriched
from crisiswatch.store.memory_incidents import MemoryIncidents
from crisiswatch.store.memory_inputs import MemoryInputs
from crisiswatch.store.memory_mentions import MemoryMentions
from crisiswatch.store.memory_outbox import Lease, MemoryOutbox
from crisiswatch.store.settling import Settlement


class MemoryStore:
    """A store in memory. No method gives way to another task, so that each is a transaction by itself."""

    def __init__(self) -> None:
        self._mentions = MemoryMentions()
        self._inputs = MemoryInputs()
        self._outbox = MemoryOutbox()
        self._incidents = MemoryIncidents()
        self._silences: dict[str, Silence] = {}

    async def open(self) -> None:
        """Do nothing: there is nothing to open."""

    async def close(self) -> None:
        """Do nothing: what is stored stays until the object goes."""

    async def commit_batch(self, enriched: Enriched) -> frozenset[bytes]:
        """Store a batch whole; return the uids that were new."""
        new = self._mentions.add(enriched)
        self._inputs.add(enriched)
        self._mentions.apply_tombstones(enriched.batch.tombstones)
        return new

    async def cursor(self, source: str) -> str | None:
        """Return the source's last committed cursor."""
        return self._inputs.cursors.get(source)

    async def commit_frame(self, frame: Frame) -> None:
        """Record an input that is not mentions."""
        self._inputs.record(frame)

    async def frames(self, start: datetime, end: datetime, kind: str | None = None) -> Sequence[Frame]:
        """Return the recorded inputs of that kind with start ≤ at < end, oldest first."""
        return self._inputs.frames_between(start, end, kind)

    async def observations(self, start: datetime, end: datetime) -> AsyncIterator[Sequence[Observation]]:
        """Yield pages of observations with start ≤ observed_at < end, in their order."""
        after: Observation | None = None
        while page := self._mentions.page(start, end, after):
            yield page
            after = page[-1]

    async def coverage(self, start: datetime, end: datetime) -> Sequence[Coverage]:
        """Return the coverage that overlaps [start, end)."""
        return self._inputs.coverage_between(start, end)

    async def mentions(self, query: MentionQuery) -> Sequence[StoredMention]:
        """Return matching mentions by event time."""
        return self._mentions.find(query)

    async def mentions_by_uid(self, uids: Sequence[bytes]) -> Mapping[bytes, Mention]:
        """Return the known ones of `uids`."""
        return self._mentions.by_uid(uids)

    async def save_checkpoint(self, name: str, at: datetime, state: bytes) -> None:
        """Replace the checkpoint of that name."""
        self._inputs.checkpoints[name] = (at, state)

    async def load_checkpoints(self, names: Sequence[str]) -> Mapping[str, tuple[datetime, bytes]]:
        """Return the checkpoints of those names that there are, each with its moment."""
        return {name: found for name in names if (found := self._inputs.checkpoints.get(name)) is not None}

    async def commit_decision(self, decision: Decision) -> Incident:
        """Store a decision whole, or raise Conflict; return the incident, one version on."""
        incident = self._incidents.commit(decision)
        if decision.cancel_pending:
            self._outbox.cancel_reminders(incident.id, incident.updated_at)
        for notification in decision.notifications:
            self._outbox.add(notification, incident.updated_at)
        return incident

    async def incident(self, number: int) -> Incident | None:
        """Return the incident with that number."""
        return self._incidents.by_number(number)

    async def incident_by_id(self, id: str) -> Incident | None:
        """Return the incident with that ULID."""
        return self._incidents.by_id(id)

    async def incidents(self, query: IncidentQuery) -> Sequence[Incident]:
        """Return matching incidents, newest first."""
        return self._incidents.find(query)

    async def unfinished(self) -> Sequence[Incident]:
        """Return every incident that is not final, oldest first."""
        return self._incidents.unfinished()

    async def events(self, incident: str) -> Sequence[Event]:
        """Return the history of an incident, oldest first."""
        return self._incidents.events(incident)

    async def claim(self, owner: str, now: datetime, lease: timedelta, limit: int,
                    without: frozenset[str] = frozenset()) -> Sequence[OutboxRow]:  # fmt: skip
        """Lease rows that are due."""
        return self._outbox.claim(Lease(owner, now + lease), now, limit, without)

    async def settle(self, row: OutboxRow, state: DeliveryState, attempt: Attempt | None, now: datetime,
                     not_before: datetime | None = None, held: str = "") -> None:  # fmt: skip
        """Write how an attempt ended; raise Conflict if the lease was lost meanwhile."""
        self._outbox.settle(Settlement(row, state, attempt, now, not_before, held))

    async def let_go(self, now: datetime, receiver: str | None = None) -> int:
        """Make due now what is held back, or all that waits for one receiver; return how many rows."""
        return self._outbox.let_go(now, receiver)

    async def row(self, id: int) -> OutboxRow | None:
        """Return the outbox row with that id."""
        return self._outbox.row(id)

    async def told(self, incident: str) -> frozenset[str]:
        """Return the receivers to which a message about the incident was delivered."""
        return self._outbox.told(incident)

    async def summarise(self, digest: Notification, rows: Sequence[int], now: datetime) -> None:
        """Settle waiting rows as suppressed and owe `digest` in their place."""
        self._outbox.summarise(digest, rows, now)

    async def summarised(self, digest: str) -> Sequence[OutboxRow]:
        """Return the rows that a digest stands for, oldest first."""
        return self._outbox.summarised(digest)

    async def save_silence(self, silence: Silence) -> None:
        """Store a silence, or replace the one with its id."""
        self._silences[silence.id] = silence

    async def silences(self, since: datetime | None = None) -> Sequence[Silence]:
        """Return the silences that end after `since`, oldest first."""
        found = [silence for silence in self._silences.values() if since is None or silence.ends > since]
        return sorted(found, key=lambda silence: (silence.created_at, silence.id))

    async def release(self, owner: str, now: datetime) -> int:
        """Make every leased row UNKNOWN: a lease is a former process's."""
        return self._outbox.release(now)

    async def last_reference(self, incident: str, receiver: str) -> str | None:
        """Return the provider's reference of the last delivered message about the incident."""
        return self._outbox.last_reference(incident, receiver)

    async def outbox(self, states: Sequence[DeliveryState] = (), limit: int = 100) -> Sequence[OutboxRow]:
        """Return rows in those states, newest first."""
        return self._outbox.list_rows(states, limit)

    async def enqueue(self, notification: Notification, now: datetime) -> int:
        """Put one notification into the outbox; return its row id."""
        return self._outbox.add(notification, now)

    async def purge(self, retention: Retention, now: datetime) -> Mapping[str, int]:
        """Wipe what is older than its retention; return how many rows by kind."""
        counts = self._mentions.purge(retention, now) | self._inputs.purge(now - retention.observations)
        over = self._incidents.purge(retention.incidents, now)
        unfinished = frozenset(incident.id for incident in self._incidents.unfinished())
        counts["outbox"] = self._outbox.purge(retention, now, unfinished)
        self._outbox.forget(over)
        return counts | {"incidents": len(over)}

    async def erase(self, *, author: str | None = None, permalink: str | None = None) -> int:
        """Wipe every mention by that author hash or with that link; return how many."""
        uids = self._mentions.uids_of(author, permalink)
        self._incidents.remove_links(uids)
        return self._mentions.wipe(uids)

    async def size(self) -> int:
        """Return about the bytes of the texts: what else there is depends on the interpreter."""
        return self._mentions.size()
