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

import msgspec
from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.app.building import Application, World
from crisiswatch.app.printing import Printed
from crisiswatch.app.reading import recorded, scan
from crisiswatch.core.covering import Covered
from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.models import Mention
from crisiswatch.core.outbox import OutboxRow
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.reporting import Input, Report, report
from crisiswatch.detectors.crisis_lr.detector import VERSION
from crisiswatch.engine.chronicling import Chronicle
from crisiswatch.engine.clock import TICK, DrivenClock
from crisiswatch.engine.foreseeing import foresee
from crisiswatch.engine.observing import Gauges, Observer, Unobserved
from crisiswatch.engine.replaying import Extent, Recording, play
from crisiswatch.engine.sweeping import Sweep
from crisiswatch.errors import Interrupted
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Channel, Store
from crisiswatch.settings import Settings, config_hash

DETECTOR_VERSION = f"crisis_lr/{VERSION}"

AUTHOR_KEY = b"recording"
"""Authors of a recording are hashed with a fixed key: the pseudonyms never leave its store."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a run gave: the report, the incidents, and why lines were skipped.

    `history` holds the events of every incident, `owed` every message that was planned, oldest first, and `posts` the
    mentions that are shown as evidence.
    """

    report: Report
    incidents: tuple[Incident, ...]
    reasons: tuple[str, ...]
    history: Mapping[str, tuple[Event, ...]]
    owed: tuple[OutboxRow, ...]
    posts: Mapping[bytes, Mention]

    @property
    def result(self) -> dict[str, Any]:
        """Return the object of `--format json`."""
        found: dict[str, Any] = msgspec.to_builtins(self.report)
        return found


@dataclass(frozen=True, slots=True)
class Beside:
    """What looks on while a backtest runs, without changing it: other budgets, and what its pictures need."""

    sweep: Sweep | None = None
    chronicle: Chronicle | None = None


NOTHING_BESIDE = Beside()


async def backtest(
    settings: Settings, path: Path, progress: Callable[[float], None], beside: Beside = NOTHING_BESIDE
) -> Played:
    """Return what would have happened; nothing is sent, nothing is kept.

    Raises BadInput if no line is readable, Interrupted if the run is cancelled on the way.
    """
    extent, reasons = scan(path)
    clock = DrivenClock(extent.start)
    store = stores.create("memory:")
    await store.open()
    application = _application(store, clock, settings, extent, beside.chronicle or Unobserved())
    application.watcher.onlooker = beside.sweep
    await _play(application, path, extent, clock, _shown(extent, progress), delivers=False)
    played = await _played(settings, store, extent, reasons)
    if beside.chronicle is not None:
        brands = application.watcher.brands.values()
        beside.chronicle.finish(brands, (incident for incident in played.incidents if incident.is_open))
    return played


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
        application = _application(store, clock, settings, extent, None)
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
    store: Store, clock: DrivenClock, settings: Settings, extent: Extent, observer: Observer | None
) -> Application:
    metrics = Metrics(CollectorRegistry())
    world = World.recorded(store, clock, metrics, AUTHOR_KEY)
    application = Application(world, observer or Gauges(metrics))
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
    assert application.ingest.lens is not None, "set when settings were put into force"
    application.ingest.lens, items = foresee(application.ingest.lens, recorded(path))
    recording = Recording(items, extent, application.watcher.take_frame)
    dispatcher = application.dispatcher if delivers else None
    try:
        await play(recording, extent.end, (application.poller, application.watcher, dispatcher), clock, after_tick)
    except asyncio.CancelledError:
        raise Interrupted(_partly(extent, clock.now())) from None


async def _played(settings: Settings, store: Store, extent: Extent, reasons: tuple[str, ...]) -> Played:
    found = await store.incidents(IncidentQuery(limit=100_000))
    incidents = sorted((i for i in found if i.number is not None), key=lambda incident: incident.number or 0)
    shown = [(*i.evidence.posts, i.evidence.first) for i in incidents if i.evidence is not None]
    posts = await store.mentions_by_uid([post.uid for posts in shown for post in posts if post is not None])
    seen = Input(
        start=extent.start,
        end=extent.end,
        mentions=extent.mentions,
        skipped_lines=extent.skipped,
        covered_share=await _covered(store, extent),
        assumed_observed_at=extent.assumes_observed_at,
    )
    found_report = report(seen, incidents, posts, config_hash(settings), DETECTOR_VERSION)
    history = {incident.id: tuple(await store.events(incident.id)) for incident in incidents}
    owed = tuple(reversed(await store.outbox(limit=1_000_000)))
    return Played(found_report, tuple(incidents), reasons, history, owed, posts)


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


def _partly(extent: Extent, reached: datetime) -> str:
    part = min(1.0, (reached - extent.start) / max(extent.end - extent.start, timedelta(seconds=1)))
    return (
        f"stopped: {extent.start:%Y-%m-%d %H:%M} .. {reached:%Y-%m-%d %H:%M} UTC was judged, {part:.0%} of the "
        f"recording (to {extent.end:%Y-%m-%d %H:%M}); no report is made of a part"
    )


def _nobody(text: str) -> None:
    """Tell nobody."""
