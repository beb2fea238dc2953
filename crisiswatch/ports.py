"""The doors between the core and the world: what the shell needs, said without naming who provides it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch, Coverage, Frame, Mention, Observation
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, OutboxRow
from crisiswatch.core.queries import IncidentQuery, MentionQuery, Retention, StoredMention
from crisiswatch.core.silences import Silence
from crisiswatch.core.transactions import Decision, Enriched

T = TypeVar("T")


class Clock(Protocol):
    """Wall time and waiting. Only `engine/clock.py` reads the real one."""

    def now(self) -> datetime:
        """Return the time, aware, UTC, never before what an earlier call returned."""
        ...

    async def sleep(self, delay: timedelta) -> None:
        """Wait for `delay`."""
        ...


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer, whole: `headers` have lower-case names, `body` is decoded and within the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Socket(Protocol):
    """A WebSocket that is open."""

    async def receive(self) -> bytes:
        """Return the next message. Raises SourceUnavailable when the line is closed, silent or broken."""


class Fetcher(Protocol):
    """HTTP and WebSockets out, within limits of address, size and time."""

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Return the answer, whatever its status. Raises SourceUnavailable, UnsafeAddress or TooLarge."""
        ...

    def open_file(self, url: str, *, limit: int) -> AbstractAsyncContextManager[tuple[Response, AsyncIterator[bytes]]]:
        """Open a file: its head, and its bytes as sent, in pieces. Raises as `fetch` does; TooLarge above `limit`."""
        ...

    def open_socket(self, url: str, *, headers: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[Socket]:
        """Open a WebSocket. Raises SourceUnavailable, SourceRejected, RateLimited or UnsafeAddress."""
        ...


class Isolator(Protocol):
    """Runs a function in another process, with a limit of time and memory."""

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what a module's function says. Raises WorkTimedOut, WorkFailed, or WorkNotBegun: it never ran."""

    async def close(self) -> None:
        """End the other process, if one runs."""


@runtime_checkable
class Source(Protocol):
    """Something that mentions come from."""

    name: str

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it.

        Raises TransientError or PermanentError; the cursor then stays as it was.
        """
        ...

    async def close(self) -> None:
        """Release connections and files."""
        ...


@runtime_checkable
class Streaming(Source, Protocol):
    """A source that also sends by itself. Its `fetch` goes on beside the stream and finds what that missed."""

    def stream(self, cursor: str | None, clock: Clock) -> AsyncGenerator[Batch, None]:
        """Yield batches since the stream's own `cursor`, until the line breaks; each is committed before the next."""
        ...


@runtime_checkable
class Hook(Protocol):
    """A source that is delivered to us over HTTP instead of being asked; some are both."""

    name: str

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch | Awaitable[Batch]:
        """Return the mentions in a delivery, or who will. Raises SourceRejected (at once), TooLarge or BadInput."""
        ...


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a channel can do; `can_ask`: it knows whether a message arrived. `is_single`: one is in flight at a time."""

    edits: bool = False
    threads: bool = False
    pictures: bool = False
    buttons: bool = False
    can_ask: bool = False
    is_single: bool = False


class Channel(Protocol):
    """Something that people are told by. One object serves one receiver."""

    name: str
    abilities: Abilities

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Make one attempt within the total deadline; never raises for a failure of the other side.

        `previous` is the reference of this receiver's last message about the same incident.
        """
        ...

    async def find(self, message: Message) -> Attempt | None:
        """Say whether an earlier attempt arrived: DELIVERED, REFUSED (it did not), or None (cannot be asked)."""
        ...

    async def close(self) -> None:
        """Release connections and workers."""
        ...


class Store(Protocol):
    """Everything that outlives the process."""

    async def open(self) -> None:
        """Open, lock, check and migrate. Raises StoreUnusable."""
        ...

    async def close(self) -> None:
        """Finish the running transaction and let go."""
        ...

    async def commit_batch(self, enriched: Enriched) -> frozenset[bytes]:
        """Store a batch with its cursor in one transaction; return the uids that were new. Known ones stay."""
        ...

    async def cursor(self, source: str) -> str | None:
        """Return the cursor committed with the last batch of that `cursor_name`."""
        ...

    async def commit_frame(self, frame: Frame) -> None:
        """Record an input that is not mentions, so that a replay sees it."""
        ...

    async def frames(self, start: datetime, end: datetime, kind: str | None = None) -> Sequence[Frame]:
        """Return the recorded inputs that are not mentions, of that tag, with start ≤ at < end, oldest first."""
        ...

    def observations(self, start: datetime, end: datetime) -> AsyncIterator[Sequence[Observation]]:
        """Yield pages of observations with start ≤ observed_at < end, by (observed_at, uid, brand)."""
        ...

    async def coverage(self, start: datetime, end: datetime) -> Sequence[Coverage]:
        """Return the coverage that overlaps [start, end), by (source, start)."""
        ...

    async def mentions(self, query: MentionQuery) -> Sequence[StoredMention]:
        """Return matching mentions by event time, one row per mention and brand."""
        ...

    async def mentions_by_uid(self, uids: Sequence[bytes]) -> Mapping[bytes, Mention]:
        """Return the known ones of `uids`."""
        ...

    async def save_checkpoint(self, name: str, at: datetime, state: bytes) -> None:
        """Replace the checkpoint of that name."""
        ...

    async def load_checkpoints(self, names: Sequence[str]) -> Mapping[str, tuple[datetime, bytes]]:
        """Return the checkpoints of those names that there are, each with its moment."""
        ...

    async def commit_decision(self, decision: Decision) -> Incident:
        """Store incident, events and outbox rows in one transaction; give a number to an incident that opens.

        Raises Conflict if the incident is not at `expected_version` any more.
        """
        ...

    async def incident(self, number: int) -> Incident | None:
        """Return the incident that people call INC-`number`."""
        ...

    async def incident_by_id(self, id: str) -> Incident | None:
        """Return the incident with that ULID."""
        ...

    async def incidents(self, query: IncidentQuery) -> Sequence[Incident]:
        """Return matching incidents, newest first; pending ones only where `is_open` is None."""
        ...

    async def unfinished(self) -> Sequence[Incident]:
        """Return every incident that is not final, oldest first."""
        ...

    async def events(self, incident: str) -> Sequence[Event]:
        """Return the history of an incident, oldest first."""
        ...

    async def claim(self, owner: str, now: datetime, lease: timedelta, limit: int,
                    without: frozenset[str] = frozenset()) -> Sequence[OutboxRow]:  # fmt: skip
        """Lease rows that are due: critical first, then oldest; one in flight per incident and receiver.

        Those whose lease ran out come as UNKNOWN, what piled up as one (`core.collapsing`), `without` not at all.
        """
        ...

    async def settle(self, row: OutboxRow, state: DeliveryState, attempt: Attempt | None, now: datetime,
                     not_before: datetime | None = None, held: str = "") -> None:  # fmt: skip
        """Write how an attempt ended and give the lease back; `held` says what holds a waiting row back."""
        ...

    async def let_go(self, now: datetime, receiver: str | None = None) -> int:
        """Make due now what is held back, or all that waits for `receiver`; return how many rows."""
        ...

    async def row(self, id: int) -> OutboxRow | None:
        """Return the outbox row with that id."""
        ...

    async def told(self, incident: str) -> frozenset[str]:
        """Return the receivers to which a message about the incident was delivered."""
        ...

    async def summarise(self, digest: Notification, rows: Sequence[int], now: datetime) -> None:
        """Settle waiting rows as suppressed and owe `digest` instead, in one transaction."""
        ...

    async def summarised(self, digest: str) -> Sequence[OutboxRow]:
        """Return the rows that a digest stands for, oldest first, by the id in the place of its incident."""
        ...

    async def save_silence(self, silence: Silence) -> None:
        """Store a silence, or replace the one with its id. Durable when it returns."""
        ...

    async def silences(self, since: datetime | None = None) -> Sequence[Silence]:
        """Return the silences that end after `since` (all without it), oldest first."""
        ...

    async def release(self, owner: str, now: datetime) -> int:
        """Make rows leased by a former process UNKNOWN at once; return how many."""
        ...

    async def last_reference(self, incident: str, receiver: str) -> str | None:
        """Return the provider's reference of the last delivered message about the incident."""
        ...

    async def outbox(self, states: Sequence[DeliveryState] = (), limit: int = 100) -> Sequence[OutboxRow]:
        """Return rows in those states (all, if none are named), newest first; none of the heartbeat."""
        ...

    async def enqueue(self, notification: Notification, now: datetime) -> int:
        """Put one notification that belongs to no decision (a test) into the outbox; return its row id."""
        ...

    async def purge(self, retention: Retention, now: datetime) -> Mapping[str, int]:
        """Wipe what is older than its retention; return how many rows by kind."""
        ...

    async def erase(self, *, author: str | None = None, permalink: str | None = None) -> int:
        """Wipe text and author of every mention by that author hash or with that link; return how many."""
        ...

    async def size(self) -> int:
        """Return the bytes that the store takes."""
