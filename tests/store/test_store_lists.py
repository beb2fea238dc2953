"""Lists of owed messages, on every store."""

from __future__ import annotations

from store_builders import NOON, a_notification, minutes

from crisiswatch.core.incidents import SYNTHETIC
from crisiswatch.core.outbox import Attempt, DeliveryState, Outcome
from crisiswatch.ports import Store


async def test_messages_of_the_heartbeat_are_sent_and_in_no_list(store: Store) -> None:
    real, beat = a_notification(1), a_notification(2, receiver=SYNTHETIC)
    for notification in (real, beat):
        await store.enqueue(notification, NOON)

    assert [row.notification for row in await store.outbox(limit=1)] == [real]
    assert [row.notification for row in await store.outbox()] == [real]
    assert {row.notification for row in await store.claim("worker", NOON, minutes(1), 10)} == {real, beat}


async def test_lists_rows_newest_first_by_state(store: Store) -> None:
    ids = [await store.enqueue(a_notification(n, receiver=str(n)), NOON) for n in range(1, 4)]
    (row,) = await store.claim("worker", NOON, minutes(1), 1)
    await store.settle(row, DeliveryState.DELIVERED, Attempt(Outcome.DELIVERED, reference="C1:1700.01"), NOON)

    assert [row.id for row in await store.outbox(limit=2)] == [ids[2], ids[1]]
    assert [row.id for row in await store.outbox([DeliveryState.DELIVERED, DeliveryState.DEAD])] == [ids[0]]
