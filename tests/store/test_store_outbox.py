"""The outbox of the port, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from store_builders import NOON, a_decision, a_notification, an_incident, minutes

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, OutboxRow, Outcome
from crisiswatch.core.queries import Retention
from crisiswatch.errors import Conflict
from crisiswatch.ports import Store

LEASE = minutes(1)
ARRIVED = Attempt(Outcome.DELIVERED, reference="C1:1700.01")


async def enqueued(store: Store, *notifications: Notification) -> list[int]:
    return [await store.enqueue(notification, NOON) for notification in notifications]


async def claimed(store: Store, at: float = 0, limit: int = 10) -> Sequence[OutboxRow]:
    return await store.claim("worker", NOON + minutes(at), LEASE, limit)


async def states(store: Store) -> list[DeliveryState]:
    return [row.state for row in reversed(await store.outbox())]


async def test_a_claimed_row_says_what_it_was_and_who_has_it(store: Store) -> None:
    (id,) = await enqueued(store, a_notification())

    assert await claimed(store) == [
        OutboxRow(
            id,
            a_notification(),
            DeliveryState.PENDING,
            not_before=NOON,
            lease_owner="worker",
            lease_until=NOON + LEASE,
            created_at=NOON,
        )
    ]
    assert await states(store) == [DeliveryState.LEASED]


async def test_a_row_is_as_old_as_what_it_owes_and_not_as_its_incident(store: Store) -> None:
    await store.commit_decision(a_decision(an_incident(), a_notification(not_before=NOON + minutes(30))))

    (row,) = await store.outbox()

    assert row.created_at == NOON + minutes(30)


async def test_the_same_notification_is_owed_once(store: Store) -> None:
    first, again = await enqueued(store, a_notification(), a_notification(deadline=NOON + minutes(1)))

    assert first == again
    assert len(await store.outbox()) == 1


async def test_critical_goes_first_then_the_oldest(store: Store) -> None:
    await enqueued(
        store,
        a_notification(receiver="late", not_before=NOON + minutes(2)),
        a_notification(receiver="early", not_before=NOON + minutes(1)),
        a_notification(receiver="critical", not_before=NOON + minutes(3), severity=Severity.CRITICAL),
        a_notification(receiver="early too", not_before=NOON + minutes(1)),
    )
    found = [await claimed(store, at=3, limit=3), await claimed(store, at=3)]

    assert [[row.notification.receiver for row in rows] for rows in found] == [
        ["critical", "early", "early too"],
        ["late"],
    ]


async def test_nothing_goes_before_its_time(store: Store) -> None:
    await enqueued(store, a_notification(not_before=NOON + timedelta(microseconds=1)))

    assert not await claimed(store)


async def test_nothing_overtakes_an_older_row_of_its_incident_and_receiver(store: Store) -> None:
    await enqueued(
        store,
        a_notification(1, not_before=NOON + minutes(1)),
        a_notification(2, NotificationKind.RAISED, severity=Severity.CRITICAL),
        a_notification(1, receiver="other"),
        a_notification(1, incident="01B"),
    )

    assert [(row.notification.receiver, row.notification.incident) for row in await claimed(store)] == [
        ("other", "01A"),
        ("pr-team", "01B"),
    ]


async def test_one_is_in_flight_until_it_is_settled(store: Store) -> None:
    await enqueued(store, a_notification(1), a_notification(2, NotificationKind.RAISED))
    (first,) = await claimed(store)
    meanwhile = await claimed(store)
    await store.settle(first, DeliveryState.DELIVERED, ARRIVED, NOON)

    assert not meanwhile
    assert [row.notification.number for row in await claimed(store)] == [2]


@pytest.mark.parametrize("state", [DeliveryState.DEAD, DeliveryState.SUPERSEDED, DeliveryState.SUPPRESSED])
async def test_what_is_over_holds_nothing_back(store: Store, state: DeliveryState) -> None:
    await enqueued(store, a_notification(1), a_notification(2, NotificationKind.RAISED))
    (first,) = await claimed(store)
    await store.settle(first, state, None, NOON)

    assert [row.notification.number for row in await claimed(store)] == [2]


async def test_of_several_updates_only_the_newest_survives(store: Store) -> None:
    await enqueued(
        store,
        a_notification(1),
        a_notification(2, NotificationKind.UPDATED),
        a_notification(3, NotificationKind.UPDATED),
        a_notification(4, NotificationKind.RAISED),
        a_notification(5, NotificationKind.UPDATED),
        a_notification(5, NotificationKind.UPDATED, receiver="other"),
        a_notification(6, NotificationKind.UPDATED, not_before=NOON + minutes(9)),
    )
    await claimed(store)

    assert await states(store) == [
        DeliveryState.LEASED,
        DeliveryState.SUPERSEDED,
        DeliveryState.SUPERSEDED,
        DeliveryState.PENDING,
        DeliveryState.PENDING,
        DeliveryState.LEASED,
        DeliveryState.PENDING,
    ]


async def test_an_update_in_flight_is_not_superseded(store: Store) -> None:
    await enqueued(store, a_notification(1, NotificationKind.UPDATED))
    await claimed(store)
    await enqueued(store, a_notification(2, NotificationKind.UPDATED))
    await claimed(store)

    assert await states(store) == [DeliveryState.LEASED, DeliveryState.PENDING]


async def test_an_update_that_waits_for_another_try_gives_way_to_a_newer_one(store: Store) -> None:
    await enqueued(store, a_notification(1, NotificationKind.UPDATED))
    (row,) = await claimed(store)
    await store.settle(row, DeliveryState.UNKNOWN, None, NOON, NOON + minutes(30))
    await enqueued(store, a_notification(2, NotificationKind.UPDATED))

    assert [row.notification.number for row in await claimed(store)] == [2]
    assert await states(store) == [DeliveryState.SUPERSEDED, DeliveryState.LEASED]


async def test_a_lost_lease_comes_back_as_unknown(store: Store) -> None:
    await enqueued(store, a_notification())
    await claimed(store)
    early, late = await claimed(store, at=0.9), await claimed(store, at=1)

    assert not early
    assert [(row.state, row.lease_until) for row in late] == [(DeliveryState.UNKNOWN, NOON + minutes(1) + LEASE)]


async def test_what_is_past_its_deadline_is_dead_and_seen(store: Store) -> None:
    await enqueued(store, a_notification(deadline=NOON + minutes(5)), a_notification(2, NotificationKind.CLOSED))

    assert [row.notification.number for row in await claimed(store, at=5)] == [2]
    (dead,) = await store.outbox([DeliveryState.DEAD])
    assert (dead.settled_at, dead.detail) == (NOON + minutes(5), "the deadline passed")


async def test_the_last_word_about_a_dead_row_is_kept(store: Store) -> None:
    await enqueued(store, a_notification(deadline=NOON + minutes(5)))
    (row,) = await claimed(store)
    await store.settle(row, DeliveryState.PENDING, Attempt(Outcome.REFUSED, "503"), NOON, NOON + minutes(1))
    await claimed(store, at=6)

    assert [(row.detail, row.attempts) for row in await store.outbox([DeliveryState.DEAD])] == [("503", 1)]


async def test_a_retry_waits_and_counts_its_attempts(store: Store) -> None:
    await enqueued(store, a_notification())
    (row,) = await claimed(store)
    await store.settle(row, DeliveryState.PENDING, Attempt(Outcome.REFUSED, "503 \0"), NOON, NOON + minutes(2))
    early, (again,) = await claimed(store, at=1), await claimed(store, at=2)

    assert not early
    assert (again.state, again.attempts, again.not_before) == (DeliveryState.PENDING, 1, NOON + minutes(2))


async def test_an_unknown_outcome_stays_unknown(store: Store) -> None:
    await enqueued(store, a_notification())
    (row,) = await claimed(store)
    await store.settle(row, DeliveryState.UNKNOWN, Attempt(Outcome.UNKNOWN), NOON, NOON + minutes(1))

    assert [row.state for row in await claimed(store, at=1)] == [DeliveryState.UNKNOWN]


async def test_knows_the_reference_of_the_last_delivered_message(store: Store) -> None:
    await enqueued(store, a_notification(1), a_notification(2, NotificationKind.RAISED))
    for reference in ("first", None):
        (row,) = await claimed(store)
        await store.settle(row, DeliveryState.DELIVERED, Attempt(Outcome.DELIVERED, reference=reference), NOON)

    assert await store.last_reference("01A", "pr-team") == "first"
    assert await store.last_reference("01A", "other") is None


async def test_who_lost_the_lease_cannot_ask_for_another_try(store: Store) -> None:
    await enqueued(store, a_notification())
    (late,) = await claimed(store)
    (current,) = await claimed(store, at=2)

    with pytest.raises(Conflict, match="leased"):
        await store.settle(late, DeliveryState.PENDING, None, NOON + minutes(2), NOON + minutes(2))
    assert [row.lease_until for row in await store.outbox()] == [current.lease_until]


async def test_that_it_arrived_counts_also_from_who_lost_the_lease(store: Store) -> None:
    await enqueued(store, a_notification())
    (late,) = await claimed(store)
    await claimed(store, at=2)
    await store.settle(late, DeliveryState.DELIVERED, ARRIVED, NOON + minutes(2))
    await store.settle(late, DeliveryState.DELIVERED, ARRIVED, NOON + minutes(3))

    (row,) = await store.outbox()
    assert (row.state, row.reference, row.attempts, row.settled_at) == (
        DeliveryState.DELIVERED, "C1:1700.01", 1, NOON + minutes(2),
    )  # fmt: skip


async def test_after_a_restart_leased_rows_are_reconciled_at_once(store: Store) -> None:
    await enqueued(store, a_notification(), a_notification(receiver="other"))
    await store.claim("former process", NOON, LEASE, 1)

    assert await store.release("new process", NOON) == 1
    assert {row.state for row in await claimed(store)} == {DeliveryState.UNKNOWN, DeliveryState.PENDING}


async def test_a_dead_row_that_is_put_back_gets_its_whole_time_again(store: Store) -> None:
    await enqueued(store, a_notification(deadline=NOON + minutes(5)))
    await claimed(store, at=10)
    (dead,) = await store.outbox([DeliveryState.DEAD])
    await store.settle(dead, DeliveryState.PENDING, None, NOON + minutes(60), NOON + minutes(60))

    assert [row.notification.deadline for row in await claimed(store, at=60)] == [NOON + minutes(65)]


async def test_a_row_put_back_waits_for_the_newer_one_in_flight(store: Store) -> None:
    await enqueued(store, a_notification(1), a_notification(2, NotificationKind.RAISED))
    (first,) = await claimed(store)
    await store.settle(first, DeliveryState.DEAD, Attempt(Outcome.REJECTED, "404"), NOON)
    (second,) = await claimed(store)
    await store.settle(replace(first, lease_owner=None, lease_until=None), DeliveryState.PENDING, None, NOON, NOON)
    meanwhile = await claimed(store)
    await store.settle(second, DeliveryState.DELIVERED, ARRIVED, NOON)

    assert not meanwhile
    assert [row.id for row in await claimed(store)] == [first.id]


async def test_two_dispatchers_never_get_the_same_row(store: Store) -> None:
    await enqueued(store, *(a_notification(n, receiver=f"r{n % 15}") for n in range(60)))
    claims = await asyncio.gather(*(store.claim(f"w{n}", NOON, LEASE, 5) for n in range(8)))

    receivers = [row.notification.receiver for rows in claims for row in rows]
    assert len(receivers) == len(set(receivers))
    assert receivers


async def test_delivered_rows_go_when_their_time_is_over_unless_the_incident_lasts(store: Store) -> None:
    await store.commit_decision(a_decision(an_incident("01A"), a_notification(1)))
    await enqueued(store, a_notification(1, incident="gone"), a_notification(1, incident="dead"))
    for row in await claimed(store):
        state = DeliveryState.DEAD if row.notification.incident == "dead" else DeliveryState.DELIVERED
        await store.settle(row, state, ARRIVED, NOON)
    purged = [(await store.purge(Retention(), NOON + timedelta(days=days)))["outbox"] for days in (31, 38)]

    assert purged == [0, 1], "while a text lasts, its card is known"
    assert {row.notification.incident for row in await store.outbox()} == {"01A", "dead"}
