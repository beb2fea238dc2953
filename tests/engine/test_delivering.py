"""The way out: leases, reconciliation, retries, mutes, receivers that left, an orderly end."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from delivering_world import REFUSED, UNKNOWN, Delivering, owed
from engine_fakes import FakeChannel, value
from structlog.testing import capture_logs

from crisiswatch.core.backing_off import AT_MOST, RETRY_AFTER_AT_MOST
from crisiswatch.core.models import Severity
from crisiswatch.core.muting import Mute
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.engine.delivering import LEASE
from tests.builders import NOON, after


async def test_what_is_owed_is_sent_once_and_settled_with_its_reference() -> None:
    delivering = Delivering(FakeChannel())
    await delivering.owe()

    claimed = [await delivering.settle(), await delivering.settle()]

    row = await delivering.row()
    assert (claimed, len(delivering.channel.sent)) == ([1, 0], 1)
    assert (row.state, row.reference) == (DeliveryState.DELIVERED, "ref")


async def test_the_next_message_of_an_incident_knows_the_one_before() -> None:
    delivering = Delivering(FakeChannel())
    await delivering.owe(owed(1), owed(2, kind=NotificationKind.RAISED))

    await delivering.settle()
    await delivering.settle()

    assert [previous for _, previous in delivering.channel.sent] == [None, "ref"]


async def test_a_refused_message_is_tried_again_later_and_later() -> None:
    delivering = Delivering(FakeChannel(REFUSED))
    await delivering.owe(owed(deadline=after(days=9)))
    waits = []
    for _ in range(30):
        await delivering.settle()
        row = await delivering.row()
        assert row.state is DeliveryState.PENDING and row.not_before is not None
        waits.append(row.not_before - delivering.clock.now())
        delivering.clock.set(max(row.not_before, delivering.dispatcher.lanes.probe_at("team") or NOON))

    assert waits[0] <= timedelta(seconds=2)
    assert timedelta(minutes=1) < max(waits) <= AT_MOST
    assert (await delivering.row()).attempts == 30


@pytest.mark.parametrize(("asked", "waited"), [(timedelta(minutes=20), timedelta(minutes=20)),
                                               (timedelta(days=30), RETRY_AFTER_AT_MOST)])  # fmt: skip
async def test_a_channel_may_say_when_to_come_back_within_reason(asked: timedelta, waited: timedelta) -> None:
    delivering = Delivering(FakeChannel(Attempt(Outcome.REFUSED, "429", retry_after=asked)))
    await delivering.owe()

    await delivering.settle()

    assert (await delivering.row()).not_before == NOON + waited


async def test_a_rejected_message_is_dead_and_says_why() -> None:
    delivering = Delivering(FakeChannel(Attempt(Outcome.REJECTED, "channel_not_found")))
    await delivering.owe()

    with capture_logs() as logs:
        await delivering.settle()

    row = await delivering.row()
    assert (row.state, row.detail) == (DeliveryState.DEAD, "channel_not_found")
    assert logs[0]["next"] == "never"


@pytest.mark.parametrize(
    ("found", "sends", "result"),
    [(Attempt(Outcome.DELIVERED, reference="old"), 1, "found"), (Attempt(Outcome.REFUSED), 2, "resent"),
     (None, 2, "unavailable")],
)  # fmt: skip
async def test_an_unknown_outcome_is_asked_about_before_it_is_sent_again(
    found: Attempt | None, sends: int, result: str
) -> None:
    delivering = Delivering(FakeChannel(UNKNOWN, Attempt(Outcome.DELIVERED, reference="new"), found=found))
    await delivering.owe()

    await delivering.settle()
    await delivering.settle(after(minutes=5))

    assert ((await delivering.row()).state, len(delivering.channel.sent)) == (DeliveryState.DELIVERED, sends)
    assert len(delivering.channel.asked) == 1
    assert value(delivering.metrics, "notification_reconciliations", "team", result) == 1


async def test_a_row_of_a_process_that_died_is_reconciled_by_the_next() -> None:
    delivering = Delivering(FakeChannel(found=Attempt(Outcome.DELIVERED, reference="old")))
    await delivering.owe()
    await delivering.store.claim("dead process", NOON, LEASE, 10)

    before = await delivering.settle()
    await delivering.dispatcher.start("alive")
    afterwards = await delivering.settle()

    assert (before, afterwards, delivering.channel.sent) == (0, 1, [])
    assert (await delivering.row()).state is DeliveryState.DELIVERED


async def test_a_bug_in_a_channel_is_an_unknown_outcome_never_a_loss() -> None:
    delivering = Delivering(FakeChannel(ZeroDivisionError("bug"), Attempt(Outcome.DELIVERED)))
    await delivering.owe()

    with capture_logs() as logs:
        await delivering.settle()
    unsettled = await delivering.row()
    await delivering.settle(after(minutes=5))

    assert unsettled.state is DeliveryState.UNKNOWN
    assert "delivery_raised" in {entry["event"] for entry in logs}
    assert (await delivering.row()).state is DeliveryState.DELIVERED


async def test_a_receiver_that_left_the_configuration_is_given_up_visibly() -> None:
    delivering = Delivering(FakeChannel())
    await delivering.owe(owed(receiver="gone"))

    await delivering.settle()

    row = await delivering.row()
    assert row.state is DeliveryState.DEAD
    assert "not configured any more" in row.detail


async def test_a_message_about_an_incident_that_is_gone_is_given_up() -> None:
    delivering = Delivering(FakeChannel())
    delivering.gone.add("01A")
    await delivering.owe()

    await delivering.settle()

    assert ((await delivering.row()).state, delivering.channel.sent) == (DeliveryState.DEAD, [])


async def test_what_is_past_its_deadline_is_not_sent_any_more() -> None:
    delivering = Delivering(FakeChannel())
    await delivering.owe()

    await delivering.settle(after(hours=6, seconds=1))

    assert ((await delivering.row()).state, delivering.channel.sent) == (DeliveryState.DEAD, [])


def nights(*receivers: str) -> Mute:
    severities = frozenset({Severity.WATCH, Severity.WARNING})
    every_day = frozenset(range(7))
    return Mute("noon", time(11), time(14), ZoneInfo("UTC"), every_day, severities, frozenset(receivers))


async def test_muted_hours_hold_back_and_then_let_go() -> None:
    delivering = Delivering(FakeChannel(), mutes=(nights(),))
    await delivering.owe()

    await delivering.settle()
    held = await delivering.row()
    await delivering.settle(after(hours=2))

    assert (held.state, held.not_before, held.attempts) == (DeliveryState.PENDING, after(hours=2), 0)
    assert (await delivering.row()).state is DeliveryState.DELIVERED
    assert value(delivering.metrics, "notifications_suppressed", "muted") == 1


@pytest.mark.parametrize(
    "notification",
    [owed(severity=Severity.CRITICAL), owed(kind=NotificationKind.CLOSED), owed(kind=NotificationKind.TEST)],
)
async def test_critical_ends_and_tests_are_never_muted(notification: Notification) -> None:
    delivering = Delivering(FakeChannel(), mutes=(nights("team"),))
    await delivering.owe(notification)

    await delivering.settle()

    assert (await delivering.row()).state is DeliveryState.DELIVERED


async def test_one_message_per_incident_and_receiver_is_in_flight() -> None:
    channel = FakeChannel()
    channel.hold = asyncio.Event()
    delivering = Delivering(channel)
    await delivering.owe(owed(1), owed(2), owed(1, incident="01B"))

    settling = asyncio.ensure_future(delivering.settle())
    for _ in range(10):
        await asyncio.sleep(0)
    in_flight = len(channel.sent)
    channel.hold.set()
    await settling

    assert in_flight == 2


async def test_delivery_time_is_measured_from_the_decision() -> None:
    delivering = Delivering(FakeChannel())
    await delivering.owe()

    await delivering.settle(after(seconds=3))

    histogram = delivering.metrics.notification_latency_seconds.labels("team", "warning")
    assert histogram._sum.get() == 3
