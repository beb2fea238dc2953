"""Notifications that are owed, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from crisiswatch.core.collapsing import collapse, due
from crisiswatch.core.incidents import SYNTHETIC
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.core.queries import Retention
from crisiswatch.store.settling import DEADLINE_PASSED, LIVE, WAITING, KeptRow, Settlement, settle

_REMINDERS = frozenset({NotificationKind.REPEATED, NotificationKind.ESCALATED})
_NOT_OWED = frozenset({DeliveryState.DELIVERED, DeliveryState.SUPERSEDED, DeliveryState.SUPPRESSED})

Chain = dict[int, None]
"""The live rows of one incident and receiver, in the order of their ids."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who has a row, and until when."""

    owner: str
    until: datetime


class MemoryOutbox:
    """Rows by id; live ones also by incident and receiver, so that a claim looks at nothing that is over."""

    def __init__(self) -> None:
        self._rows: dict[int, OutboxRow] = {}
        self._ids: dict[str, int] = {}
        self._chains: dict[tuple[str, str], Chain] = {}
        self._cancelled: set[int] = set()
        self._digests: dict[str, tuple[int, ...]] = {}
        self._last_id = 0

    def add(self, notification: Notification, now: datetime) -> int:
        """Put a notification into the outbox, unless it is there by its key; return its row id."""
        key = notification.key
        if key not in self._ids:
            self._last_id += 1
            self._ids[key] = self._last_id
            not_before = notification.not_before
            at = max(now, not_before)  # an incident is older than the step of its ladder
            row = OutboxRow(self._last_id, notification, DeliveryState.PENDING, not_before=not_before, created_at=at)
            self._keep(row)
        return self._ids[key]

    def cancel_reminders(self, incident: str, now: datetime) -> None:
        """Settle the incident's waiting reminders as superseded; those in flight are not tried again."""
        for row in self._live():
            promise = row.notification
            if promise.incident == incident and promise.kind in _REMINDERS:
                self._cancelled.add(row.id)
                if row.state in WAITING:
                    self._finish(row, DeliveryState.SUPERSEDED, now)

    def claim(self, lease: Lease, now: datetime, limit: int, without: frozenset[str]) -> Sequence[OutboxRow]:
        """Lease rows that are due; each row has the state that it had before."""
        self._take_back_leases(lambda row: row.lease_until is not None and row.lease_until <= now, now)
        claimed: list[OutboxRow] = []
        for chain in self._due_chains(now, without):
            found = collapse(chain, now)
            for row in found.superseded:
                self._finish(row, DeliveryState.SUPERSEDED, now)
            for row in found.postponed:
                self._keep(row)
            if found.next is not None:
                leased = replace(found.next, lease_owner=lease.owner, lease_until=lease.until)
                self._keep(replace(leased, state=DeliveryState.LEASED))
                claimed.append(replace(leased, supersedes=len(found.superseded)))
            if len(claimed) == limit:
                break
        return claimed

    def let_go(self, now: datetime, receiver: str | None) -> int:
        """Make what is held back due now, or all that waits for one receiver; return how many rows."""
        waiting = [row for row in self._live() if row.state in WAITING and due(row) > now]
        freed = [row for row in waiting if (row.held if receiver is None else row.notification.receiver == receiver)]
        for row in freed:
            self._keep(replace(row, not_before=now))
        return len(freed)

    def row(self, id: int) -> OutboxRow | None:
        """Return the row with that id."""
        return self._rows.get(id)

    def told(self, incident: str) -> frozenset[str]:
        """Return the receivers to which a message about the incident was delivered."""
        return frozenset(
            row.notification.receiver
            for row in self._rows.values()
            if row.state is DeliveryState.DELIVERED and row.notification.incident == incident
        )

    def summarise(self, digest: Notification, rows: Sequence[int], now: datetime) -> None:
        """Settle waiting rows as suppressed and owe `digest` in their place."""
        waiting = [row for id in rows if (row := self._rows.get(id)) is not None and row.state in WAITING]
        for row in waiting:
            self._finish(row, DeliveryState.SUPPRESSED, now)
        self._digests[digest.incident] = tuple(row.id for row in waiting)
        self.add(digest, now)

    def summarised(self, digest: str) -> Sequence[OutboxRow]:
        """Return the rows that a digest stands for, oldest first."""
        return [self._rows[id] for id in sorted(self._digests.get(digest, ())) if id in self._rows]

    def settle(self, settlement: Settlement) -> None:
        """Write how an attempt ended. Raises Conflict if the lease was lost meanwhile."""
        id = settlement.row.id
        if id in self._rows:
            self._keep(settle(KeptRow(self._rows[id], id in self._cancelled), settlement))

    def release(self, now: datetime) -> int:
        """Make every leased row UNKNOWN; return how many there were."""
        return self._take_back_leases(lambda row: True, now)

    def last_reference(self, incident: str, receiver: str) -> str | None:
        """Return the provider's reference of the last delivered message about the incident."""
        delivered = (
            (row.settled_at, row.id, row.reference)
            for row in self._rows.values()
            if row.state is DeliveryState.DELIVERED
            and row.reference is not None
            and (row.notification.incident, row.notification.receiver) == (incident, receiver)
        )
        last = max(delivered, key=lambda found: found[:2], default=None)
        return None if last is None else last[2]

    def list_rows(self, states: Sequence[DeliveryState], limit: int) -> Sequence[OutboxRow]:
        """Return rows in those states (all, if none are named), newest first; none of the heartbeat."""
        newest_first = (row for row in reversed(self._rows.values()) if row.notification.receiver != SYNTHETIC)
        return list(islice((row for row in newest_first if not states or row.state in states), limit))

    def purge(self, retention: Retention, now: datetime, unfinished: frozenset[str]) -> int:
        """Forget rows that nobody is owed any more, but none of an incident that is not over."""
        old = [
            row
            for row in self._rows.values()
            if row.state in _NOT_OWED
            and row.settled_at is not None
            and (
                (row.settled_at < now - retention.cards and row.notification.incident not in unfinished)
                or (row.notification.kind is NotificationKind.UPDATED and row.settled_at < now - retention.delivered)
            )
        ]
        self._forget(old)
        return len(old)

    def forget(self, incidents: frozenset[str]) -> None:
        """Forget the rows of those incidents."""
        self._forget([row for row in self._rows.values() if row.notification.incident in incidents])

    def _live(self) -> Iterator[OutboxRow]:
        return iter([self._rows[id] for chain in self._chains.values() for id in chain])

    def _due_chains(self, now: datetime, without: frozenset[str]) -> list[list[OutboxRow]]:
        """Return the waiting rows of each incident and receiver of which something is due, the most urgent first."""
        chains: list[tuple[tuple[int, datetime, int], list[OutboxRow]]] = []
        for (_, receiver), ids in list(self._chains.items()):
            rows = [row for row in (self._rows[id] for id in list(ids)) if not self._is_given_up(row, now)]
            urgencies = [_urgency(row) for row in rows if row.state in WAITING and due(row) <= now]
            if urgencies and receiver not in without and all(row.state in WAITING for row in rows):
                chains.append((min(urgencies), rows))
        return [rows for _, rows in sorted(chains, key=lambda chain: chain[0])]

    def _is_given_up(self, row: OutboxRow, now: datetime) -> bool:
        """Settle a waiting row that is past its deadline as dead, and tell whether it was."""
        if row.state not in WAITING or row.notification.deadline > now:
            return False
        self._finish(replace(row, detail=row.detail or DEADLINE_PASSED), DeliveryState.DEAD, now)
        return True

    def _take_back_leases(self, which: Callable[[OutboxRow], bool], now: datetime) -> int:
        leased = [row for row in self._live() if row.state is DeliveryState.LEASED and which(row)]
        for row in leased:
            unknown = replace(row, lease_owner=None, lease_until=None, state=DeliveryState.UNKNOWN)
            self._keep(unknown)
            if row.id in self._cancelled:
                self._finish(unknown, DeliveryState.SUPERSEDED, now)
        return len(leased)

    def _finish(self, row: OutboxRow, state: DeliveryState, now: datetime) -> None:
        self._keep(replace(row, state=state, settled_at=now))

    def _keep(self, row: OutboxRow) -> None:
        self._rows[row.id] = row
        place = (row.notification.incident, row.notification.receiver)
        chain = self._chains.setdefault(place, {})
        if row.state not in LIVE:
            chain.pop(row.id, None)
        elif row.id not in chain:
            chain[row.id] = None
            self._chains[place] = chain = dict.fromkeys(sorted(chain))
        if not chain:
            del self._chains[place]

    def _forget(self, rows: Iterable[OutboxRow]) -> None:
        for row in list(rows):
            self._finish(row, DeliveryState.SUPERSEDED, due(row))
            del self._rows[row.id]
            del self._ids[row.notification.key]
            self._cancelled.discard(row.id)


def _urgency(row: OutboxRow) -> tuple[int, datetime, int]:
    return (-row.notification.severity, due(row), row.id)
