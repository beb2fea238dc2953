"""What is still owed to one receiver about one incident, made one message where the way was barred meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crisiswatch.core.outbox import DeliveryState, NotificationKind, OutboxRow

_BEGINNINGS = (NotificationKind.OPENED, NotificationKind.REOPENED)
_STRONGEST = (
    NotificationKind.ESCALATED, NotificationKind.RAISED, NotificationKind.REPEATED, NotificationKind.ACK_ENDING,
)  # fmt: skip
_REMINDERS = frozenset((NotificationKind.REPEATED, NotificationKind.ACK_ENDING))
_NEWS = frozenset({*_BEGINNINGS, *_STRONGEST, NotificationKind.CLOSED})

LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Collapsed:
    """What to do about a chain: send `next` (None: nothing is due), forget `superseded`, put off `postponed`."""

    next: OutboxRow | None
    superseded: tuple[OutboxRow, ...] = ()
    postponed: tuple[OutboxRow, ...] = ()


def collapse(waiting: Sequence[OutboxRow], now: datetime) -> Collapsed:
    """Return what to do about the waiting rows of one incident and receiver, oldest first, none past its deadline.

    Of several updates the newest survives. News behind a message that was tried or held back in vain become one
    message, for it tells the incident as it is by then: an end that was never announced becomes a late summary, a
    beginning takes the highest severity of what followed. A message of unknown outcome is settled before anything.
    An edit does not wait behind reminders that are held back: a silence must not keep its own line off the card.
    """
    outdated = [row for row in waiting if _is_outdated(row, waiting, now)]
    rows = [row for row in waiting if row not in outdated]
    head = rows[0]
    if (edit := _edit_beside(rows, now)) is not None:
        return Collapsed(edit, tuple(outdated))
    if head.state is DeliveryState.PENDING and _is_late(head, now):
        merged, dropped = _merged(rows, now)
        return _result(merged, [*outdated, *dropped], [row for row in rows if row not in dropped], now)
    return _result(head, outdated, rows, now)


def _edit_beside(rows: Sequence[OutboxRow], now: datetime) -> OutboxRow | None:
    """Return an edit that is due where all else is reminders that are held back: whoever is reminded has a card."""
    others = [row for row in rows if row.notification.kind is not NotificationKind.UPDATED]
    are_held = all(row.notification.kind in _REMINDERS and row.held and due(row) > now for row in others)
    are_untried = all(row.state is DeliveryState.PENDING and not row.attempts for row in rows)
    if not (others and are_held and are_untried):
        return None
    return next((row for row in rows if row.notification.kind is NotificationKind.UPDATED and due(row) <= now), None)


def due(row: OutboxRow) -> datetime:
    """Return when a row may be tried."""
    return row.not_before or row.notification.not_before


def _is_late(row: OutboxRow, now: datetime) -> bool:
    """Tell whether the way was barred: tried or held back in vain, or not even tried for a minute."""
    return bool(row.attempts or row.held) or now - (row.created_at or now) >= LATE


def _result(head: OutboxRow, superseded: Sequence[OutboxRow], rows: Sequence[OutboxRow], now: datetime) -> Collapsed:
    if due(head) <= now:
        return Collapsed(head, tuple(superseded))
    behind = (row for row in rows if row.id != head.id and due(row) < due(head))
    return Collapsed(None, tuple(superseded), tuple(replace(row, not_before=due(head)) for row in behind))


def _is_outdated(row: OutboxRow, waiting: Sequence[OutboxRow], now: datetime) -> bool:
    if row.notification.kind is not NotificationKind.UPDATED:
        return False
    newer = (other for other in waiting if other.id > row.id and other.notification.kind is NotificationKind.UPDATED)
    return any(due(other) <= now for other in newer)


def _merged(rows: Sequence[OutboxRow], now: datetime) -> tuple[OutboxRow, list[OutboxRow]]:
    """Return the one message that says it all, and the rows that it replaces."""
    head = rows[0]
    together = _certain(rows)
    news = [row for row in together if row.notification.kind in _NEWS]
    if not news:
        return head, []
    survivor = _survivor(news)
    dropped = [row for row in together if row.id != survivor.id]
    if not dropped:
        return head, []
    is_urgent = any(row.id != head.id and due(row) <= now for row in news)
    promise = replace(
        survivor.notification,
        severity=max(row.notification.severity for row in news),
        deadline=max(row.notification.deadline for row in together),
    )
    when = now if is_urgent else due(head)
    return replace(survivor, notification=promise, not_before=when, held=head.held), dropped


def _certain(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Return the rows up to the first that may have arrived, or that is no part of an incident's story."""
    found: list[OutboxRow] = []
    for row in rows:
        is_update = row.notification.kind is NotificationKind.UPDATED
        if row.state is not DeliveryState.PENDING or not (is_update or row.notification.kind in _NEWS):
            break
        found.append(row)
    return found


def _survivor(news: Sequence[OutboxRow]) -> OutboxRow:
    if news[-1].notification.kind is NotificationKind.CLOSED:
        return news[-1]
    beginning = next((row for row in news if row.notification.kind in _BEGINNINGS), None)
    if beginning is not None:
        return beginning
    return min(reversed(news), key=lambda row: _rank(row.notification.kind))


def _rank(kind: NotificationKind) -> int:
    return _STRONGEST.index(kind) if kind in _STRONGEST else len(_STRONGEST)
