"""Same input, same incidents: six weeks through a backtest, through the real daemon's parts, and with a restart."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues, detector
from crisiswatch.app.reading import recorded, scan
from crisiswatch.app.replaying import AUTHOR_KEY, Played, backtest, replay
from crisiswatch.core.incidents import Incident
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.engine.observing import Unobserved
from crisiswatch.engine.replaying import Extent, Recording, play
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Store
from crisiswatch.settings import Settings, load
from tests.recordings import CONFIG, OUTAGE, SUDDEN, Truth, at, record

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

SEED = 20260105


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings, Truth]:
    folder = tmp_path_factory.mktemp("six-weeks")
    truth = record(folder / "mentions.jsonl", SEED)
    (folder / "crisiswatch.yml").write_text(CONFIG, "utf-8")
    return folder / "mentions.jsonl", load(folder / "crisiswatch.yml", {}, catalogues()), truth


@pytest.fixture(scope="module")
def backtested(recording: tuple[Path, Settings, Truth]) -> Played:
    file, settings, _ = recording
    return asyncio.run(backtest(settings, file, _nobody))


def test_the_crises_are_found_and_broken_lines_are_counted(
    recording: tuple[Path, Settings, Truth], backtested: Played
) -> None:
    truth = recording[2]
    told = [i for i in backtested.incidents if i.detected_at is not None and i.family == "crisis"]
    found = [crisis for crisis in truth.crises
             if any(i.brand == crisis.brand and crisis.start <= _detected(i) < crisis.end for i in told)]  # fmt: skip

    assert len(found) >= 3
    assert backtested.result["coverage"]["skipped_lines"] == truth.broken
    assert backtested.result["coverage"]["mentions"] == truth.mentions


def test_a_replay_finds_the_same_byte_for_byte(recording: tuple[Path, Settings, Truth], backtested: Played) -> None:
    file, settings, _ = recording

    replayed = asyncio.run(replay(settings, file, _nobody))

    assert json.dumps(replayed.result) == json.dumps(backtested.result)
    assert replayed.history == backtested.history
    assert replayed.incidents == backtested.incidents


RESTARTS = sorted((at(15, 3), SUDDEN.start + timedelta(hours=2), OUTAGE.end))
"""A quiet night, the middle of a crisis, and the end of an outage."""


def test_restarts_on_the_way_change_nothing(recording: tuple[Path, Settings, Truth], backtested: Played) -> None:
    file, settings, _ = recording

    incidents = asyncio.run(_with_restarts(file, settings))

    assert incidents == list(backtested.incidents)


async def _with_restarts(file: Path, settings: Settings) -> list[Incident]:
    """Save an hour before each restart, throw the process away there, and let another one go on from the store."""
    extent, _ = scan(file)
    store = stores.create("memory:")
    await store.open()

    process, clock = _process(store, settings, extent, extent.start)
    source = Recording(recorded(file), extent, process.watcher.take_frame)
    for restart in RESTARTS:
        await _play(process, source, restart - timedelta(hours=1), clock)
        await process.checkpoints.save(clock.now())
        await _play(process, source, restart, clock)

        process, clock = _process(store, settings, extent, clock.now())
        await process.watcher.load_incidents()
        await process.checkpoints.restore(detector, clock.now(), _nobody)
        source._on_frame = process.watcher.take_frame
    await _play(process, source, extent.end, clock)

    found = await store.incidents(IncidentQuery(limit=100_000))
    return sorted((i for i in found if i.number is not None), key=lambda incident: incident.number or 0)


def _process(store: Store, settings: Settings, extent: Extent, now: datetime) -> tuple[Application, DrivenClock]:
    clock = DrivenClock(now)
    world = World(
        store=store, clock=clock, metrics=Metrics(CollectorRegistry()), fetcher=HttpFetcher(),
        isolator=WorkerIsolator(), channel_isolator=WorkerIsolator, environment={}, host="localhost",
        author_key=AUTHOR_KEY,
    )  # fmt: skip
    application = Application(world, Unobserved())
    application.use(settings, extent.sources)
    return application, clock


async def _play(application: Application, source: Recording, until: datetime, clock: DrivenClock) -> None:
    """Play up to and with the tick at `until`."""
    await play(source, until - timedelta(seconds=1), (application.poller, application.watcher, None), clock)


def _detected(incident: Incident) -> datetime:
    assert incident.detected_at is not None, "asked before"
    return incident.detected_at


def _nobody(part: float) -> None:
    """Show no progress."""
