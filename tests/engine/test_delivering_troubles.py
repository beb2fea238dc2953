"""Deliveries go on through trouble with the store, and end what they began."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from delivering_world import Delivering, owed
from engine_fakes import FakeChannel
from structlog.testing import capture_logs

from crisiswatch.core.outbox import DeliveryState
from crisiswatch.errors import Conflict, StoreBusy
from crisiswatch.store.memory import MemoryStore


class TroubledStore(MemoryStore):
    """A store that refuses so many claims, and so many settlements."""

    def __init__(self, claims: int = 0, settlements: int = 0) -> None:
        super().__init__()
        self.claims, self.settlements = claims, settlements

    async def claim(self, *arguments: Any) -> Any:
        self.claims -= 1
        if self.claims >= 0:
            raise StoreBusy("locked")
        return await super().claim(*arguments)

    async def settle(self, *arguments: Any) -> None:
        self.settlements -= 1
        if self.settlements >= 0:
            raise Conflict("the lease was lost")
        await super().settle(*arguments)


@pytest.mark.parametrize("store", [TroubledStore(claims=2), TroubledStore(settlements=2)], ids=["busy", "lease lost"])
async def test_trouble_with_the_store_does_not_end_the_deliveries(store: TroubledStore) -> None:
    delivering = Delivering(FakeChannel(), store)
    await delivering.owe()

    with capture_logs() as logs:
        running = asyncio.ensure_future(delivering.dispatcher.run())
        while (await delivering.row()).state is not DeliveryState.DELIVERED:
            await asyncio.sleep(0)
            delivering.clock.set(delivering.clock.now() + timedelta(seconds=1))
            delivering.dispatcher.wake()
        delivering.dispatcher.finish()
        await running

    assert "outbox_failed" in {entry["event"] for entry in logs}


async def test_finishing_waits_for_what_is_in_flight_and_claims_no_more() -> None:
    channel = FakeChannel()
    channel.hold = asyncio.Event()
    delivering = Delivering(channel)
    await delivering.owe(owed(1), owed(2))
    running = asyncio.ensure_future(delivering.dispatcher.run())
    await channel.begun.wait()

    delivering.dispatcher.finish()
    channel.hold.set()
    await running

    assert [row.state for row in await delivering.rows()] == [DeliveryState.DELIVERED, DeliveryState.PENDING]
