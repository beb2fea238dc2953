"""Notifications that are owed, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.store.settling import DEADLINE_PASSED, LIVE, WAITING, KeptRow, Settlement, settle

_REMINDERS = frozenset({NotificationKind.REPEATED, NotificationKind.ESCALATED})
_NOT_OWED = frozenset({DeliveryState.DELIVERED, DeliveryState.SUPERSEDED, DeliveryState.SUPPRESSED})

Chain = dict[int, None]
"""The live rows of one incident and receiver, in the order of their ids."""


class MemoryOutbox:
    """Rows by id; live ones also by incident and receiver, so that a claim looks at nothing that is over."""

    def __init__(self) -> None:
        self._rows: dict[int, OutboxRow] = {}
        self._ids: dict[str, int] = {}
        self._chains: dict[tuple[str, str], Chain] = {}
        self._cancelled: set[int] = set()
        self._last_id = 0

    def add(self, notification: Notification, now: datetime) -> int:
        """Put a notification into the outbox, unless it is there by its key; return its row id."""
        key = notification.key
        if key not in self._ids:
            self._last_id += 1
            self._ids[key] = self._last_id
            not_before = notification.not_before
            row = OutboxRow(self._last_id, notification, DeliveryState.PENDING, not_before=not_before, created_at=now)
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

    def claim(self, owner: str, now: datetime, until: datetime, limit: int) -> Sequence[OutboxRow]:
        """Lease rows that are due until `until`; each row has the state that it had before."""
        self._take_back_leases(lambda row: row.lease_until is not None and row.lease_until <= now, now)
        for chain in list(self._chains.values()):
            self._tidy([self._rows[id] for id in chain], now)
        heads = (self._rows[next(iter(chain))] for chain in self._chains.values() if not self._is_in_flight(chain))
        due = sorted((row for row in heads if _not_before(row) <= now), key=_urgency)
        claimed = [replace(row, lease_owner=owner, lease_until=until) for row in islice(due, limit)]
        for row in claimed:
            self._keep(replace(row, state=DeliveryState.LEASED))
        return claimed

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
        """Return rows in those states (all, if none are named), newest first."""
        newest_first = (self._rows[id] for id in reversed(self._rows))
        return list(islice((row for row in newest_first if not states or row.state in states), limit))

    def purge(self, before: datetime, unfinished: frozenset[str]) -> int:
        """Forget rows that nobody is owed any more, but none of an incident that is not over."""
        old = [
            row
            for row in self._rows.values()
            if row.state in _NOT_OWED
            and row.settled_at is not None
            and row.settled_at < before
            and row.notification.incident not in unfinished
        ]
        self._forget(old)
        return len(old)

    def forget(self, incidents: frozenset[str]) -> None:
        """Forget the rows of those incidents."""
        self._forget([row for row in self._rows.values() if row.notification.incident in incidents])

    def _live(self) -> Iterator[OutboxRow]:
        return iter([self._rows[id] for chain in self._chains.values() for id in chain])

    def _is_in_flight(self, chain: Chain) -> bool:
        return any(self._rows[id].state is DeliveryState.LEASED for id in chain)

    def _tidy(self, rows: Sequence[OutboxRow], now: datetime) -> None:
        """Settle updates that a newer one replaces, then what is past its deadline."""
        newer_update = False
        for row in reversed(rows):
            promise = row.notification
            if row.state not in WAITING:
                continue
            if newer_update and promise.kind is NotificationKind.UPDATED:
                self._finish(row, DeliveryState.SUPERSEDED, now)
            elif promise.deadline <= now:
                self._finish(replace(row, detail=row.detail or DEADLINE_PASSED), DeliveryState.DEAD, now)
            elif promise.kind is NotificationKind.UPDATED and _not_before(row) <= now:
                newer_update = True

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
            self._finish(row, DeliveryState.SUPERSEDED, _not_before(row))
            del self._rows[row.id]
            del self._ids[row.notification.key]
            self._cancelled.discard(row.id)


def _not_before(row: OutboxRow) -> datetime:
    return row.not_before or row.notification.not_before


def _urgency(row: OutboxRow) -> tuple[int, datetime, int]:
    return (-row.notification.severity, _not_before(row), row.id)
