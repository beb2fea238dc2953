"""How an attempt ended, applied to an outbox row: the same on every store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crisiswatch.core.outbox import Attempt, DeliveryState, OutboxRow
from crisiswatch.errors import Conflict

WAITING = frozenset({DeliveryState.PENDING, DeliveryState.UNKNOWN})
"""States in which a row may be claimed."""

LIVE = WAITING | {DeliveryState.LEASED}
"""States in which a row holds back newer rows of the same incident and receiver."""

DEADLINE_PASSED = "the deadline passed"

LEAST_TIME = timedelta(minutes=15)
"""What is held back has at least so much time left when it is let go."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a dispatcher says of the row that it claimed."""

    row: OutboxRow
    state: DeliveryState
    attempt: Attempt | None
    now: datetime
    not_before: datetime | None = None
    held: str = ""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row as it stands; `is_cancelled`: nobody wants it any more, so it is not tried again."""

    row: OutboxRow
    is_cancelled: bool = False


def settle(kept: KeptRow, settlement: Settlement) -> OutboxRow:
    """Return the row after a settlement, its lease given back.

    Raises Conflict if the lease was lost meanwhile; that a message arrived is a fact and counts all the same.
    """
    stored = kept.row
    if _lease(stored) != _lease(settlement.row):
        if stored.state is settlement.state:
            return stored
        if settlement.state is not DeliveryState.DELIVERED:
            raise Conflict(f"outbox row {stored.id} is not leased by {settlement.row.lease_owner} any more")
    state = settlement.state
    if kept.is_cancelled and state in WAITING:
        state = DeliveryState.SUPERSEDED
    attempt = settlement.attempt
    return replace(
        _with_time_left(stored, settlement),
        state=state,
        attempts=stored.attempts + (attempt is not None),
        not_before=settlement.not_before or stored.not_before,
        lease_owner=None,
        lease_until=None,
        reference=(attempt.reference if attempt else None) or stored.reference,
        detail=attempt.detail if attempt else stored.detail,
        settled_at=None if state in WAITING else settlement.now,
        held=settlement.held if state is not DeliveryState.DELIVERED else "",
    )


def _lease(row: OutboxRow) -> tuple[str | None, datetime | None]:
    return row.lease_owner, row.lease_until


def _with_time_left(stored: OutboxRow, settlement: Settlement) -> OutboxRow:
    """Time does not run while a row is held back; a dead one that a person puts back gets all of its time again."""
    promise = stored.notification
    begins = settlement.not_before or settlement.now
    deadline = promise.deadline
    if stored.state is DeliveryState.DEAD:
        deadline = max(deadline, begins + (deadline - promise.not_before))
    elif settlement.attempt is None and settlement.state in WAITING:
        deadline = begins + max(deadline - settlement.now, LEAST_TIME)
    return replace(stored, notification=replace(promise, deadline=deadline))
