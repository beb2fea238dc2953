"""What becomes of a message after an attempt, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from crisiswatch.core.outbox import Attempt, DeliveryState, OutboxRow, Outcome

FIRST, AT_MOST = timedelta(seconds=2), timedelta(minutes=5)
RETRY_AFTER_AT_MOST = timedelta(hours=1)


def settled_as(row: OutboxRow, attempt: Attempt, now: datetime, chance: float) -> tuple[DeliveryState, datetime | None]:
    """Return the state after an attempt, and when to try again: full jitter, or when the other side says.

    `chance` is a random number, 0..1; None as a time: never.
    """
    if attempt.outcome is Outcome.DELIVERED:
        return DeliveryState.DELIVERED, None
    if attempt.outcome is Outcome.REJECTED:
        return DeliveryState.DEAD, None
    wait = min(AT_MOST, FIRST * 2.0 ** min(row.attempts, 10)) * chance
    if attempt.retry_after is not None:
        wait = max(wait, min(attempt.retry_after, RETRY_AFTER_AT_MOST))
    state = DeliveryState.UNKNOWN if attempt.outcome is Outcome.UNKNOWN else DeliveryState.PENDING
    return state, now + wait
