"""One receiver that hangs, or all but one: the others are told as fast as ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from harness.faulty_servers import Certificates, faulty
from harness.line_faults import CHANNELS, Act, Fault, Way
from harness.sending import Sending, built, worker
from harness.stuck_names import stick
from structlog.testing import capture_logs

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification
from crisiswatch.engine.looking_up import widen_lookups

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

FINE = Fault("none", "ddddd")
TAR_PITS = {
    "says nothing": Fault("hangs", "uuuuu", Act.HANG, {"CONNECT": Act.HANG}),
    "drips": Fault("drips", "uuuuu", Act.DRIP, {"CONNECT": Act.DRIP}),
    "has a name that nobody resolves": Fault("stuck", "rrrru", way=Way.STUCK_NAME),
}
WAITING, APART = 40, timedelta(seconds=0.05)
"""Messages owed to each receiver that hangs, and the pace at which the others are owed theirs."""

PACED = 20
Record = Callable[[str, object], None]

SOON = 8.0
"""Seconds from owed to accepted, at most, for all who are not stuck: who waits for one that is waits ten or more."""


@pytest.fixture(autouse=True)
async def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[None]:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    names = stick(monkeypatch, tmp_path)
    yield
    names.let_go()  # before the loop ends, which waits for its threads


async def latencies(stuck: tuple[str, ...], pit: Fault) -> list[float]:
    """Return how long messages to the others took while `stuck` are sent to a tar pit, with full lanes."""
    widen_lookups(asyncio.get_running_loop())
    nobodys = Certificates(Path(), Path(), Path())
    async with AsyncExitStack() as stack:
        channels = []
        for name in CHANNELS:
            isolator = worker()
            stack.push_async_callback(isolator.close)
            fault = pit if name in stuck else FINE
            place, _ = await stack.enter_async_context(faulty(fault, name == "email", nobodys))
            named = place if name in stuck else place.replace("127.0.0.1", "localhost")
            channels.append(built(name, name, named, "http", isolator))
        sending = Sending(channels)
        others = [name for name in CHANNELS if name not in stuck]
        await warm_up(sending, others)
        stack.enter_context(capture_logs())
        running = asyncio.create_task(sending.dispatcher.run())
        for name in stuck:
            for _ in range(WAITING):
                await sending.owe(name, Severity.CRITICAL)
        sending.dispatcher.wake()
        await asyncio.sleep(0.3)
        owed = [await paced(sending, others[number % len(others)]) for number in range(PACED)]
        took = [await accepted(sending, one) for one in owed]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sending.close()
    return took


async def warm_up(sending: Sending, names: list[str]) -> None:
    """Send one message each, so that nobody measures how long a module takes to load."""
    for name in names:
        await sending.owe(name, Severity.WARNING)
    await sending.dispatcher.settle_due()


async def paced(sending: Sending, receiver: str) -> Notification:
    owed = await sending.owe(receiver, Severity.CRITICAL)
    sending.dispatcher.wake()
    await asyncio.sleep(APART.total_seconds())
    return owed


async def accepted(sending: Sending, owed: Notification) -> float:
    """Return the seconds from owed to delivered; waits five times as long as is allowed before it gives up."""
    for _ in range(int(SOON * 100)):
        row = await sending.row(owed)
        if row.state is DeliveryState.DELIVERED:
            assert row.settled_at is not None and row.created_at is not None
            return (row.settled_at - row.created_at).total_seconds()
        await asyncio.sleep(0.05)
    return float("inf")


def told(what: str, took: list[float]) -> str:
    return f"{what}: {len(took)} messages to others, median {took[len(took) // 2]:.3f} s, slowest {took[-1]:.3f} s"


@pytest.mark.parametrize("pit", TAR_PITS)
async def test_one_receiver_that_hangs_holds_up_nobody(pit: str, record_property: Record) -> None:
    took = sorted(await latencies(("slack",), TAR_PITS[pit]))

    record_property("number", told(f"one {pit}", took))
    assert took[-1] <= SOON


@pytest.mark.parametrize("pit", TAR_PITS)
async def test_all_but_one_hang_and_the_one_is_told_as_fast_as_ever(pit: str, record_property: Record) -> None:
    took = sorted(await latencies(("slack", "email", "pagerduty", "apprise"), TAR_PITS[pit]))

    record_property("number", told(f"all but one {pit}", took))
    assert took[-1] <= SOON
