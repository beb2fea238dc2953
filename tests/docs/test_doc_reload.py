"""What the page about reloading promises of sources that are sent to."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.engine.observing import Unobserved
from crisiswatch.metrics import Metrics
from crisiswatch.settings import Settings, load

CONFIG = """\
version: 1
brands: [{{name: Acme, match: [acme]}}]
sources:
{sources}
"""


def _settings(folder: Path, **secrets: str) -> Settings:
    file = folder / "crisiswatch.yml"
    lines = (f"  - {{name: {name}, type: webhook, secret: {secret}}}" for name, secret in secrets.items())
    file.write_text(CONFIG.format(sources="\n".join(lines)), "utf-8")
    return load(file, {}, catalogues())


def _application() -> Application:
    world = World(
        store=stores.create("memory:"),
        clock=SystemClock(),
        metrics=Metrics(CollectorRegistry()),
        fetcher=HttpFetcher(),
        isolator=WorkerIsolator(),
        channel_isolator=WorkerIsolator,
        environment={},
        host="localhost",
        author_key=b"key",
    )
    return Application(world, Unobserved())


def test_the_door_for_deliveries_follows_a_reload(tmp_path: Path) -> None:
    application = _application()
    application.use(_settings(tmp_path, inbox="old", gone="old"))
    door = application.hooks  # what the console was built with
    before = door["inbox"]

    application.use(_settings(tmp_path, inbox="new", fresh="new"))

    assert set(door) == {"inbox", "fresh"}
    assert door["inbox"] is not before
