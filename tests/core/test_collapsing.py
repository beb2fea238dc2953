"""What waits for one receiver about one incident, made one message where the way was barred."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from builders import NOON, after

from crisiswatch.core.collapsing import collapse
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow

OPENED, RAISED, CLOSED = NotificationKind.OPENED, NotificationKind.RAISED, NotificationKind.CLOSED
UPDATED, REOPENED, REPEATED = NotificationKind.UPDATED, NotificationKind.REOPENED, NotificationKind.REPEATED


def row(id: int, kind: NotificationKind, *, due: datetime = NOON, **changes: Any) -> OutboxRow:
    severity = changes.pop("severity", Severity.WARNING)
    owed = Notification("01A", "team", kind, id, severity, NOON, changes.pop("deadline", after(hours=6)))
    fields: dict[str, Any] = {"state": DeliveryState.PENDING, "not_before": due, **changes}
    return OutboxRow(id, owed, **fields)


def ids(rows: tuple[OutboxRow, ...]) -> list[int]:
    return [one.id for one in rows]


def test_what_is_fresh_is_sent_one_after_the_other() -> None:
    found = collapse([row(1, OPENED), row(2, RAISED), row(3, CLOSED)], NOON)

    assert found.next is not None
    assert (found.next.id, found.superseded) == (1, ())


def test_a_short_crisis_behind_a_dead_channel_becomes_one_late_summary() -> None:
    found = collapse([row(1, OPENED, attempts=4, due=after(minutes=5)), row(2, UPDATED), row(3, CLOSED)], NOON)

    assert found.next is not None
    assert (found.next.id, ids(found.superseded)) == (3, [1, 2])


def test_a_critical_behind_a_muted_warning_goes_now_as_one_opening() -> None:
    held = row(1, OPENED, held="muted: nights", due=after(hours=7))
    raised = row(2, RAISED, severity=Severity.CRITICAL, deadline=after(hours=24))

    found = collapse([held, raised], NOON)

    assert found.next is not None
    assert (found.next.id, found.next.notification.kind) == (1, OPENED)
    assert found.next.notification.severity is Severity.CRITICAL
    assert found.next.notification.deadline == after(hours=24)
    assert ids(found.superseded) == [2]


def test_an_end_and_a_new_beginning_that_both_wait_are_a_reopening() -> None:
    found = collapse([row(1, CLOSED, attempts=3), row(2, REOPENED)], NOON)

    assert found.next is not None
    assert (found.next.id, ids(found.superseded)) == (2, [1])


def test_edits_behind_what_is_held_back_wait_for_nothing_and_wake_nothing() -> None:
    found = collapse([row(1, OPENED, held="silenced: x", due=after(hours=1)), row(2, UPDATED)], NOON)

    assert found.next is None
    assert ids(found.superseded) == [2]


def test_what_may_have_arrived_is_settled_before_anything_behind_it() -> None:
    unknown = row(1, OPENED, state=DeliveryState.UNKNOWN, attempts=1, due=after(minutes=2))

    found = collapse([unknown, row(2, CLOSED)], NOON)

    assert (found.next, found.superseded) == (None, ())
    assert [(one.id, one.not_before) for one in found.postponed] == [(2, after(minutes=2))]
    later = collapse([unknown, row(2, CLOSED)], after(minutes=2)).next
    assert later is not None
    assert later.id == 1


def test_an_edit_does_not_wait_behind_a_reminder_that_is_held_back() -> None:
    reminder = row(1, REPEATED, held="silenced: x", due=after(hours=1))

    found = collapse([reminder, row(2, UPDATED), row(3, UPDATED)], NOON)

    assert found.next is not None
    assert (found.next.id, ids(found.superseded), found.postponed) == (3, [2], ())


def test_an_edit_does_not_go_before_a_critical_that_replaces_a_reminder() -> None:
    reminder = row(1, REPEATED, held="silenced: x", due=after(hours=1))
    raised = row(3, RAISED, severity=Severity.CRITICAL)

    found = collapse([reminder, row(2, UPDATED), raised], NOON)

    assert found.next is not None
    assert found.next.notification.severity is Severity.CRITICAL


def test_an_edit_waits_behind_a_reminder_that_may_have_arrived() -> None:
    tried = row(1, REPEATED, held="silenced: x", attempts=1, due=after(hours=1))

    assert collapse([tried, row(2, UPDATED)], NOON).next is None
