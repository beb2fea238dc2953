"""Notifications: what is owed to whom, and how far it got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from crisiswatch.core.models import Severity


class NotificationKind(StrEnum):
    """What a notification says.

    `DIGEST` stands for many messages at once, `HANDOVER` tells who goes on call what is open, `BRIEF` is the digest of
    a day or a week: none of them has an incident.
    """

    OPENED = "opened"
    RAISED = "raised"
    REOPENED = "reopened"
    UPDATED = "updated"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    ACK_ENDING = "ack_ending"
    CLOSED = "closed"
    TEST = "test"
    DIGEST = "digest"
    HANDOVER = "handover"
    BRIEF = "brief"


class DeliveryState(StrEnum):
    """How far a notification got. `LEASED` is in flight; `UNKNOWN` must be reconciled before it is sent again."""

    PENDING = "pending"
    LEASED = "leased"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    DEAD = "dead"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"


class Outcome(StrEnum):
    """How one attempt ended.

    `REFUSED`: surely not delivered, worth another try. `UNKNOWN`: the request was written and no answer came.
    `REJECTED`: never to be delivered like this.
    """

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one attempt; `reference` is the provider's id of the message, kept for edits and threads."""

    outcome: Outcome
    detail: str = ""
    reference: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing owed to one receiver, written in the transaction of its cause.

    `number` counts the receiver's messages about the incident from 1.
    """

    incident: str
    receiver: str
    kind: NotificationKind
    number: int
    severity: Severity
    not_before: datetime
    deadline: datetime

    @property
    def key(self) -> str:
        """Return the deduplication key: equal for equal notifications, whoever plans them."""
        parts = "|".join((self.incident, self.receiver, self.kind, str(self.number)))
        return sha256(parts.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A notification with its delivery state, the attempts made so far, and what holds it back (`held`).

    `supersedes` is how many rows were settled at the claim because this one tells what they would have told.
    """

    id: int
    notification: Notification
    state: DeliveryState
    attempts: int = 0
    not_before: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    reference: str | None = None
    detail: str = ""
    created_at: datetime | None = None
    settled_at: datetime | None = None
    held: str = ""
    supersedes: int = 0
