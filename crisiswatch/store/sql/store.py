"""The store port on a database: opens transactions, and leaves what is in them to the modules beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.models import Coverage, Frame, Mention, Observation
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, OutboxRow
from crisiswatch.core.queries import IncidentQuery, MentionQuery, Retention, StoredMention
from crisiswatch.core.silences import Silence
from crisiswatch.core.transactions import Decision, Enriched
from crisiswatch.store.opening import Opening
from crisiswatch.store.reaching import Reach, go_on
from crisiswatch.store.settling import Settlement
from crisiswatch.store.sql import batches, claiming, decisions, incidents, inputs, mentions, outbox, removing, silences
from crisiswatch.store.sql.database import Database, T, Work
from crisiswatch.store.sql.grouping import GroupedSettlements
from crisiswatch.store.sql.postgresql import PostgresDatabase
from crisiswatch.store.sql.rows import in_order
from crisiswatch.store.sql.sqlite import SqliteDatabase
from crisiswatch.store.sql.transactions import Transactions
from crisiswatch.store.sql.urls import parse_url


class SqlStore:
    """A store on SQLite (`sqlite:///file`) or PostgreSQL (`postgresql://…`).

    `opening` matters to SQLite alone: PostgreSQL serves many processes at once.
    """

    def __init__(self, url: str, opening: Opening = Opening.DURABLE, reach: Reach = go_on) -> None:
        address = parse_url(url)
        self._database: Database = (
            PostgresDatabase(address, reach)
            if address.get_backend_name() == "postgresql"
            else SqliteDatabase(Path(address.database or ""), opening, reach)
        )
        self._reach = reach
        self._transactions = Transactions(self._database)
        self._settlements = GroupedSettlements(self._transactions)

    async def open(self) -> None:
        """Open, lock, check and migrate."""
        await self._database.open()

    async def close(self) -> None:
        """Finish the running transaction and let go."""
        await self._transactions.close()

    async def commit_batch(self, enriched: Enriched) -> frozenset[bytes]:
        """Store a batch whole; return the uids that were new."""
        return await self._write("batch", lambda connection: batches.commit_batch(connection, enriched))

    async def cursor(self, source: str) -> str | None:
        """Return the source's last committed cursor."""
        return await self._transactions.read(lambda connection: inputs.cursor_of(connection, source))

    async def commit_frame(self, frame: Frame) -> None:
        """Record an input that is not mentions."""
        await self._transactions.write(lambda connection: inputs.record_frame(connection, frame))

    async def frames(self, start: datetime, end: datetime, kind: str | None = None) -> Sequence[Frame]:
        """Return the recorded inputs with start ≤ at < end, oldest first."""
        return await self._transactions.read(lambda connection: inputs.frames_between(connection, start, end, kind))

    async def observations(self, start: datetime, end: datetime) -> AsyncIterator[Sequence[Observation]]:
        """Yield pages of observations with start ≤ observed_at < end, in their order."""
        after: mentions.Key | None = None
        while True:
            page = await self._transactions.read(partial(mentions.observation_page, stretch=(start, end), after=after))
            if page:
                yield page
            if len(page) < mentions.PAGE:
                return
            after = in_order(page[-1])

    async def coverage(self, start: datetime, end: datetime) -> Sequence[Coverage]:
        """Return the coverage that overlaps [start, end)."""
        return await self._transactions.read(lambda connection: inputs.coverage_between(connection, start, end))

    async def mentions(self, query: MentionQuery) -> Sequence[StoredMention]:
        """Return matching mentions by event time."""
        return await self._transactions.read(
            lambda connection: mentions.find_mentions(connection, query, self._database.has_word)
        )

    async def mentions_by_uid(self, uids: Sequence[bytes]) -> Mapping[bytes, Mention]:
        """Return the known ones of `uids`."""
        return await self._transactions.read(lambda connection: mentions.mentions_by_uid(connection, uids))

    async def save_checkpoint(self, name: str, at: datetime, state: bytes) -> None:
        """Replace the checkpoint of that name."""
        await self._transactions.write(lambda connection: inputs.save_checkpoint(connection, name, at, state))

    async def load_checkpoints(self, names: Sequence[str]) -> Mapping[str, tuple[datetime, bytes]]:
        """Return the checkpoints of those names that there are, each with its moment."""
        return await self._transactions.read(lambda connection: inputs.load_checkpoints(connection, names))

    async def commit_decision(self, decision: Decision) -> Incident:
        """Store a decision whole, or raise Conflict; return the incident, one version on."""
        return await self._write("decision", lambda connection: decisions.commit_decision(connection, decision))

    async def incident(self, number: int) -> Incident | None:
        """Return the incident with that number."""
        return await self._transactions.read(lambda connection: incidents.incident_by_number(connection, number))

    async def incident_by_id(self, id: str) -> Incident | None:
        """Return the incident with that ULID."""
        return await self._transactions.read(lambda connection: incidents.incident_by_id(connection, id))

    async def incidents(self, query: IncidentQuery) -> Sequence[Incident]:
        """Return matching incidents, newest first."""
        return await self._transactions.read(lambda connection: incidents.find_incidents(connection, query))

    async def unfinished(self) -> Sequence[Incident]:
        """Return every incident that is not final, oldest first."""
        return await self._transactions.read(incidents.unfinished)

    async def events(self, incident: str) -> Sequence[Event]:
        """Return the history of an incident, oldest first."""
        return await self._transactions.read(lambda connection: incidents.events_of(connection, incident))

    async def claim(self, owner: str, now: datetime, lease: timedelta, limit: int,
                    without: frozenset[str] = frozenset()) -> Sequence[OutboxRow]:  # fmt: skip
        """Lease rows that are due."""
        asked = claiming.Claim(owner, now + lease, limit, without)
        return await self._write("claim", lambda connection: claiming.claim(connection, asked, now))

    async def settle(self, row: OutboxRow, state: DeliveryState, attempt: Attempt | None, now: datetime,
                     not_before: datetime | None = None, held: str = "") -> None:  # fmt: skip
        """Write how an attempt ended; raise Conflict if the lease was lost meanwhile."""
        await self._settlements.settle(Settlement(row, state, attempt, now, not_before, held))

    async def let_go(self, now: datetime, receiver: str | None = None) -> int:
        """Make due now what is held back, or all that waits for one receiver; return how many rows."""
        return await self._transactions.write(lambda connection: outbox.let_go(connection, now, receiver))

    async def row(self, id: int) -> OutboxRow | None:
        """Return the outbox row with that id."""
        return await self._transactions.read(lambda connection: outbox.row_with_id(connection, id))

    async def told(self, incident: str) -> frozenset[str]:
        """Return the receivers to which a message about the incident was delivered."""
        return await self._transactions.read(lambda connection: outbox.told(connection, incident))

    async def summarise(self, digest: Notification, rows: Sequence[int], now: datetime) -> None:
        """Settle waiting rows as suppressed and owe `digest` in their place."""
        await self._transactions.write(lambda connection: outbox.summarise(connection, digest, rows, now))

    async def summarised(self, digest: str) -> Sequence[OutboxRow]:
        """Return the rows that a digest stands for, oldest first."""
        return await self._transactions.read(lambda connection: outbox.summarised(connection, digest))

    async def save_silence(self, silence: Silence) -> None:
        """Store a silence, or replace the one with its id."""
        await self._transactions.write(lambda connection: silences.save(connection, silence))

    async def silences(self, since: datetime | None = None) -> Sequence[Silence]:
        """Return the silences that end after `since`, oldest first."""
        return await self._transactions.read(lambda connection: silences.list_silences(connection, since))

    async def release(self, owner: str, now: datetime) -> int:
        """Make every leased row UNKNOWN: `owner` holds the lock, so a lease is a former process's."""
        return await self._transactions.write(lambda connection: claiming.release(connection, now))

    async def last_reference(self, incident: str, receiver: str) -> str | None:
        """Return the provider's reference of the last delivered message about the incident."""
        return await self._transactions.read(lambda connection: outbox.last_reference(connection, incident, receiver))

    async def outbox(self, states: Sequence[DeliveryState] = (), limit: int = 100) -> Sequence[OutboxRow]:
        """Return rows in those states, newest first."""
        return await self._transactions.read(lambda connection: outbox.list_rows(connection, states, limit))

    async def enqueue(self, notification: Notification, now: datetime) -> int:
        """Put one notification into the outbox; return its row id."""
        return await self._transactions.write(lambda connection: outbox.enqueue(connection, notification, now))

    async def purge(self, retention: Retention, now: datetime) -> Mapping[str, int]:
        """Wipe what is older than its retention; return how many rows by kind."""
        return await removing.purge(self._transactions, retention, now, self._reach)

    async def erase(self, *, author: str | None = None, permalink: str | None = None) -> int:
        """Wipe every mention by that author hash or with that link; return how many."""
        return await removing.erase(self._transactions, author, permalink, self._reach)

    async def size(self) -> int:
        """Return the bytes that the store takes."""
        return await self._database.size()

    async def _write(self, name: str, work: Work[T]) -> T:
        """Do `work` in one transaction that comes by a place before it is committed."""

        async def in_transaction(connection: AsyncConnection) -> T:
            done = await work(connection)
            self._reach(f"{name}.in_transaction")
            return done

        return await self._transactions.write(in_transaction)
