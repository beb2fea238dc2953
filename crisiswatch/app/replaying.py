"""Backtest and replay: the same application on a recording; a store in memory, or the real one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.app.building import Application, World
from crisiswatch.app.printing import Printed
from crisiswatch.app.reading import recorded, scan
from crisiswatch.core.covering import Covered
from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.outbox import OutboxRow
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.reporting import Input, report
from crisiswatch.detectors.crisis_lr.detector import VERSION
from crisiswatch.engine.clock import TICK, DrivenClock
from crisiswatch.engine.observing import Gauges, Unobserved
from crisiswatch.engine.replaying import Extent, Recording, play
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Channel, Store
from crisiswatch.settings import Settings, config_hash

DETECTOR_VERSION = f"crisis_lr/{VERSION}"

AUTHOR_KEY = b"recording"
"""Authors of a recording are hashed with a fixed key: the pseudonyms never leave its store."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a run gave: the object of `--format json`, the incidents, and why lines were skipped.

    `history` holds the events of every incident, `owed` every message that was planned, oldest first.
    """

    result: dict[str, Any]
    incidents: tuple[Incident, ...]
    reasons: tuple[str, ...]
    history: Mapping[str, tuple[Event, ...]]
    owed: tuple[OutboxRow, ...]


async def backtest(settings: Settings, path: Path, progress: Callable[[float], None]) -> Played:
    """Return what would have happened; nothing is sent, nothing is kept. Raises BadInput if no line is readable."""
    extent, reasons = scan(path)
    clock = DrivenClock(extent.start)
    store = stores.create("memory:")
    await store.open()
    application = _application(store, clock, settings, extent, observed=False)
    await _play(application, path, extent, clock, _shown(extent, progress), delivers=False)
    return await _played(settings, store, extent, reasons)


async def replay(
    settings: Settings,
    path: Path,
    progress: Callable[[float], None],
    speed: float = 0.0,
    told: Callable[[str], None] | None = None,
) -> Played:
    """Play a recording to the whole daemon on a fresh store; `told` gets each message as its receiver reads it.

    `speed` is how many times faster than it happened; 0 is as fast as possible.
    """
    extent, reasons = scan(path)
    clock = DrivenClock(extent.start)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="crisiswatch-"))
        store = stores.create(f"sqlite:///{folder}/replay.db", stores.Opening.THROW_AWAY)
        await store.open()
        stack.push_async_callback(store.close)
        application = _application(store, clock, settings, extent, observed=True)
        _print_messages(application, settings, told or _nobody)
        await application.dispatcher.start("replay")
        show = _shown(extent, progress)

        async def pace(tick: datetime) -> None:
            show(tick)
            if speed > 0:
                await asyncio.sleep(TICK.total_seconds() / speed)

        await _play(application, path, extent, clock, pace if speed > 0 else show, delivers=True)
        return await _played(settings, store, extent, reasons)


def _application(
    store: Store, clock: DrivenClock, settings: Settings, extent: Extent, *, observed: bool
) -> Application:
    metrics = Metrics(CollectorRegistry())
    world = World.recorded(store, clock, metrics, AUTHOR_KEY)
    application = Application(world, Gauges(metrics) if observed else Unobserved())
    application.use(settings, extent.sources)
    return application


def _print_messages(application: Application, settings: Settings, told: Callable[[str], None]) -> None:
    """Put a printing channel in the place of every receiver's own: a replay must not tell people."""
    outward = application.dispatcher.outward
    channels: Mapping[str, Channel] = {entry.name: Printed(entry.name, told) for entry in settings.receivers}
    application.dispatcher.outward = replace(outward, channels=channels, fallbacks=None)


async def _play(
    application: Application,
    path: Path,
    extent: Extent,
    clock: DrivenClock,
    after_tick: Callable[[datetime], object],
    *,
    delivers: bool,
) -> None:
    recording = Recording(recorded(path), extent, application.watcher.take_frame)
    dispatcher = application.dispatcher if delivers else None
    await play(recording, extent.end, (application.poller, application.watcher, dispatcher), clock, after_tick)


async def _played(settings: Settings, store: Store, extent: Extent, reasons: tuple[str, ...]) -> Played:
    found = await store.incidents(IncidentQuery(limit=100_000))
    incidents = sorted((i for i in found if i.number is not None), key=lambda incident: incident.number or 0)
    firsts = [i.evidence.first.uid for i in incidents if i.evidence is not None and i.evidence.first is not None]
    seen = Input(
        start=extent.start,
        end=extent.end,
        mentions=extent.mentions,
        skipped_lines=extent.skipped,
        covered_share=await _covered(store, extent),
        assumed_observed_at=extent.assumes_observed_at,
    )
    published = await store.mentions_by_uid(firsts)
    result = report(seen, incidents, published, config_hash(settings), DETECTOR_VERSION)
    history = {incident.id: tuple(await store.events(incident.id)) for incident in incidents}
    owed = tuple(reversed(await store.outbox(limit=1_000_000)))
    return Played(result, tuple(incidents), reasons, history, owed)


async def _covered(store: Store, extent: Extent) -> float:
    """Return the covered share of the recording, its sources weighed alike."""
    covered = Covered()
    covered.add(await store.coverage(extent.start, extent.end))
    end = max(extent.end, extent.start + timedelta(seconds=1))
    parts = [covered.part(source, extent.start, end) for source in extent.sources]
    return sum(parts) / len(parts) if parts else 0.0


def _shown(extent: Extent, progress: Callable[[float], None]) -> Callable[[datetime], None]:
    whole = max(extent.end - extent.start, timedelta(seconds=1))

    def show(tick: datetime) -> None:
        if tick.minute == 0 and tick.second == 0:
            progress(min(1.0, (tick - extent.start) / whole))

    return show


def _nobody(text: str) -> None:
    """Tell nobody."""
