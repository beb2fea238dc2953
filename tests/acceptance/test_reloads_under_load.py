"""The configuration changes while messages are on their way: none is lost, none comes twice, no timer begins anew."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from harness.slow_receiver import SlowReceiver, slow_receiver
from structlog.testing import capture_logs

from benchmarks.owing import decided
from crisiswatch import store as stores
from crisiswatch.app.running import Process
from crisiswatch.core.incidents import Condition
from crisiswatch.core.lifecycle import ulid
from crisiswatch.core.outbox import DeliveryState
from crisiswatch.engine.clock import SystemClock

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]

RELOADS, RELOADS_OF_A_SOAK = 30, 1_000
EACH = 4
"""Incidents that are owed to both receivers before each reload."""

WRONG_EVERY = 3
ANSWERS_AFTER = 0.2


def configured(folder: Path, receiver: SlowReceiver, reload: int) -> str:
    """Return a configuration that differs from the one before in a brand and in what its receivers send."""
    hooks = [
        {"name": name, "type": "webhook", "url": receiver.url, "headers": {"X-Reload": str(reload)}}
        for name in ("one", "two")
    ]
    config = {
        "version": 1,
        "sources": [{"name": "inbox", "type": "webhook", "secret": "canary"}],
        "brands": [{"name": "Acme", "match": ["acme"]}, {"name": f"Extra {reload}", "match": ["extra"]}],
        "receivers": hooks,
        "routes": {"receivers": ["one", "two"]},
        "storm": {"pings": 1_000_000, "criticals": 1_000_000},
        "store": {"url": f"sqlite:///{folder}/crisiswatch.db"},
        "server": {"listen": "127.0.0.1:0"},
    }
    return json.dumps(config, indent=1)


@asynccontextmanager
async def running(path: Path) -> AsyncIterator[Process]:
    """Run the daemon in this process; yield it when it runs."""
    process, ready = Process(path, os.environ), asyncio.Event()
    task = asyncio.create_task(process.run(lambda _: ready.set()))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    yield process
    process.daemon.stop()
    await task


async def open_acme(folder: Path) -> None:
    """Write an open critical incident whose next step is due in an hour, acknowledged by nobody."""
    store = stores.create(f"sqlite:///{folder}/crisiswatch.db")
    await store.open()
    now = SystemClock().now()
    due = {"next_step_at": now + timedelta(hours=1), "step": 1, "told": {"one": 1, "two": 1}}
    decision = decided("Acme", (), now)
    incident = replace(decision.incident, id=ulid("Acme/crisis", now), condition=Condition.ACTIVE, version=1, **due)
    await store.commit_decision(replace(decision, incident=incident))
    await store.close()


async def test_reloads_under_load_lose_nothing_double_nothing_and_reset_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    count = RELOADS_OF_A_SOAK if request.config.getoption("--soak") else RELOADS
    path, owed, refused = tmp_path / "crisiswatch.yml", [], 0
    with slow_receiver(ANSWERS_AFTER) as receiver, capture_logs():
        path.write_text(configured(tmp_path, receiver, 0), "utf-8")
        await open_acme(tmp_path)
        async with running(path) as process:
            for reload in range(1, count + 1):
                owed += await _owe(process, reload)
                refused += await _reload(process, path, configured(tmp_path, receiver, reload), reload)
            (acme,) = [one for one in process.application.watcher.incidents() if one.brand == "Acme"]
            states = await _settled(process)

    lost = [brand for brand in owed if receiver.opened[brand] < 2]
    extra = sum(receiver.opened.values()) - 2 * len(owed)
    told = f"{count} reloads, {refused} of them refused, {2 * len(owed)} messages: {len(lost)} lost, {extra} extra"
    record_property("number", f"reloads under load: {told}")
    assert (lost, extra, refused) == ([], 0, count // WRONG_EVERY)
    assert states == {DeliveryState.DELIVERED}
    assert (acme.step, acme.next_step_at) == (1, acme.opened_at + timedelta(hours=1))


async def _owe(process: Process, reload: int) -> list[str]:
    brands = [f"R{reload}-{number}" for number in range(EACH)]
    for brand in brands:
        await process.store.commit_decision(decided(brand, ("one", "two"), process.clock.now()))
    process.application.dispatcher.wake()
    await asyncio.sleep(0.05)  # the messages are on their way now
    return brands


async def _reload(process: Process, path: Path, text: str, reload: int) -> bool:
    """Put that into force, or something wrong in its place; return whether it was refused."""
    before, is_wrong = process.settings, reload % WRONG_EVERY == 0
    await asyncio.to_thread(path.write_text, text.replace('"match"', '"mach"') if is_wrong else text, "utf-8")
    done, said = await process.reload()
    if is_wrong:
        assert (done, process.settings) == (False, before)
        assert f"{path}:" in said and "did you mean 'match'" in said
        await asyncio.to_thread(path.write_text, text, "utf-8")
    else:
        assert done, said
        assert process.settings.brands[1].name == f"Extra {reload}"
    return not done


async def _settled(process: Process) -> set[DeliveryState]:
    """Wait until nothing is owed any more; return how the messages ended."""
    for _ in range(3_000):
        rows = await process.store.outbox(limit=100_000)
        if all(row.settled_at is not None for row in rows):
            break
        await asyncio.sleep(0.1)
    return {row.state for row in await process.store.outbox(limit=100_000)}
