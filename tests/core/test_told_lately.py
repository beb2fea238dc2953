"""A reminder of a warning is not sent on the heels of the message before it, which may have come late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import NOON, after

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.core.suppressing import Suppression, told_lately

FOUR_HOURS_ON = after(hours=4)


def row(kind: NotificationKind, owed: datetime, arrived: datetime | None = None, **changes: Any) -> OutboxRow:
    fields: dict[str, Any] = {"incident": "01A", "receiver": "team", "severity": Severity.WARNING, **changes}
    notification = Notification(kind=kind, number=1, not_before=owed, deadline=owed + timedelta(hours=6), **fields)
    return OutboxRow(1, notification, DeliveryState.DELIVERED, settled_at=arrived)


REMINDER = row(NotificationKind.REPEATED, FOUR_HOURS_ON)


@pytest.mark.parametrize(("minutes", "is_sent"), [(30, False), (119, False), (120, True), (240, True)])
def test_half_of_the_time_between_the_two_must_have_passed_since_the_first_arrived(minutes: int, is_sent: bool) -> None:
    first = row(NotificationKind.OPENED, NOON, FOUR_HOURS_ON - timedelta(minutes=minutes))

    found = told_lately(REMINDER, [first], FOUR_HOURS_ON)

    assert (found is None) is is_sent


def test_it_is_settled_and_says_why() -> None:
    found = told_lately(REMINDER, [row(NotificationKind.OPENED, NOON, after(hours=3, minutes=30))], FOUR_HOURS_ON)

    assert found is not None
    assert (found.reason, found.is_final) == (Suppression.TOLD_LATELY, True)
    assert found.text == "told_lately: a message came 30 min before"


def test_the_last_message_counts_and_edits_do_not() -> None:
    rows = [row(NotificationKind.OPENED, NOON, NOON), row(NotificationKind.UPDATED, after(hours=3), after(hours=3.9))]
    late = row(NotificationKind.RAISED, after(hours=1), after(hours=3))

    assert told_lately(REMINDER, rows, FOUR_HOURS_ON) is None
    assert told_lately(REMINDER, [*rows, late], FOUR_HOURS_ON) is not None


@pytest.mark.parametrize("changes", [{"receiver": "mail"}, {"incident": "01B"}])
def test_what_others_were_told_or_what_is_about_others_does_not_count(changes: dict[str, str]) -> None:
    late = row(NotificationKind.OPENED, NOON, after(hours=3.5), **changes)

    assert told_lately(REMINDER, [late], FOUR_HOURS_ON) is None


@pytest.mark.parametrize(
    "message",
    [
        row(NotificationKind.REPEATED, FOUR_HOURS_ON, severity=Severity.CRITICAL),
        row(NotificationKind.ESCALATED, FOUR_HOURS_ON),
        row(NotificationKind.ACK_ENDING, FOUR_HOURS_ON),
        row(NotificationKind.CLOSED, FOUR_HOURS_ON),
    ],
)
def test_a_critical_one_and_everything_that_is_no_reminder_goes(message: OutboxRow) -> None:
    late = row(NotificationKind.OPENED, NOON, after(hours=3.9))

    assert told_lately(replace(message, settled_at=None), [late], FOUR_HOURS_ON) is None
