"""The demo: two weeks of made-up posts learnt in seconds, then trouble in fast motion, on a page and as mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues
from crisiswatch.app.doors import Inside, doors
from crisiswatch.app.printing import Filed
from crisiswatch.app.scenarios import Scenario, generate
from crisiswatch.channels.email.options import EmailOptions
from crisiswatch.console.application import create_app
from crisiswatch.console.server import ConsoleServer, serve
from crisiswatch.core.incidents import Incident
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.engine.clock import TICK, DrivenClock
from crisiswatch.engine.delivering import Outward
from crisiswatch.engine.foreseeing import foresee
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.engine.observing import Gauges
from crisiswatch.engine.replaying import Extent, Learner, Recording, play
from crisiswatch.errors import ConfigError
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import ChannelTools
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks
from crisiswatch.settings import Settings, load

BEFORE_TROUBLE, PLAYED = timedelta(minutes=5), timedelta(minutes=75)
"""How much of the scenario is played before the trouble begins, and altogether."""

SMTP_URL = "smtp://127.0.0.1:25"
"""Named in the demo's configuration, never contacted: mails are written to files."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo is shown with: where mail goes, which port, how fast, and how to speak."""

    folder: Path
    port: int
    speed: float
    said: Callable[[str], None]
    told: Callable[[str], None]
    progress: Callable[[float], None]


class Demo:
    """One showing of a scenario."""

    def __init__(self, name: str, seed: int, language: str, stage: Stage) -> None:
        self._stage = stage
        self._scenario: Scenario = generate(name, seed, language, smtp_url=SMTP_URL)
        self._extent = _extent(self._scenario)
        self._clock = DrivenClock(self._extent.start)
        self._registry = CollectorRegistry()
        self._last_tick: datetime | None = None
        self._settings = self._load()

    async def run(self, stays: asyncio.Event | None) -> list[Incident]:
        """Learn, play, and keep the page up until `stays` is set; return the incidents that were told."""
        async with AsyncExitStack() as stack:
            application = await stack.enter_async_context(self._application())
            assert application.ingest.lens is not None, "set when settings were put into force"
            application.ingest.lens, items = foresee(application.ingest.lens, iter(self._scenario.mentions))
            recording = Recording(items, self._extent)
            parts = (application.poller, application.watcher, application.dispatcher)
            begins = self._begins()
            self._stage.said(f"learning   two weeks of posts about {self._scenario.brand} ({self._count():,} of them)")
            learning = (application.poller, Learner(application.world.store, application.watcher), None)
            await play(recording, begins, learning, self._clock, self._learnt(begins))
            self._stage.progress(1.0)
            server = await self._serve(application)
            stack.push_async_callback(server.stop)
            self._stage.said(f"page       http://127.0.0.1:{server.port}/")
            self._stage.said(f"playing    {PLAYED.seconds // 60} minutes, {self._stage.speed:g} times faster\n")
            await play(recording, begins + PLAYED, parts, self._clock, self._pace)
            found = await application.world.store.incidents(IncidentQuery())
            told = [incident for incident in found if incident.told]
            self._close(told, server.port)
            if stays is not None:
                await stays.wait()
            return told

    def _begins(self) -> datetime:
        crisis_at = self._scenario.crisis_at or self._scenario.end - PLAYED
        return crisis_at - BEFORE_TROUBLE

    def _count(self) -> int:
        begins = self._begins()
        return sum(m.observed_at is not None and m.observed_at < begins for m in self._scenario.mentions)

    def _load(self) -> Settings:
        self._stage.folder.mkdir(parents=True, exist_ok=True)
        file = self._stage.folder / "crisiswatch.yml"
        file.write_text(self._scenario.config, "utf-8")
        listen = f"127.0.0.1:{self._stage.port}"
        return load(file, {"CRISISWATCH__SERVER__LISTEN": listen}, catalogues())

    @asynccontextmanager
    async def _application(self) -> AsyncIterator[Application]:
        metrics = Metrics(self._registry)
        store = stores.create("memory:")
        await store.open()
        world = World.recorded(store, self._clock, metrics, b"demo")
        application = Application(world, Gauges(metrics))
        application.use(self._settings, self._extent.sources)
        channels = {entry.name: self._filed(entry.name, entry.options) for entry in self._settings.receivers}
        application.dispatcher.outward = Outward(channels)
        await application.dispatcher.start("demo")
        try:
            yield application
        finally:
            await store.close()

    def _filed(self, name: str, options: object) -> Filed:
        assert isinstance(options, EmailOptions), "the scenarios tell people by mail"
        tools = ChannelTools(WorkerIsolator(), plain, email_html, slack_blocks, "crisiswatch.example", self._clock)
        filed = Filed(name, self._stage.told, options, tools)
        filed.folder = self._stage.folder
        return filed

    async def _serve(self, application: Application) -> ConsoleServer:
        inside = Inside(
            application=application,
            last_tick=lambda: self._last_tick,
            registry=self._registry,
            settings=lambda: self._settings,
            reload=_refused,
            started_at=self._clock.now(),
        )
        app = create_app(doors(inside))
        server = serve(app, "127.0.0.1", self._stage.port)
        try:
            await server.start()
        except ConfigError:
            server = serve(app, "127.0.0.1", 0)  # the port is taken: any other does for a demo
            await server.start()
        return server

    def _learnt(self, begins: datetime) -> Callable[[datetime], None]:
        whole = begins - self._extent.start

        def show(tick: datetime) -> None:
            self._last_tick = tick
            if tick.minute == 0 and tick.second == 0:
                self._stage.progress((tick - self._extent.start) / whole)

        return show

    async def _pace(self, tick: datetime) -> None:
        self._last_tick = tick
        await asyncio.sleep(TICK.total_seconds() / self._stage.speed)

    def _close(self, told: list[Incident], port: int) -> None:
        if not told:
            self._stage.said(
                "No alert: nothing was wrong. That is what a quiet week, and a campaign, should look like."
            )
        for incident in told:
            self._stage.said(f"{incident.name} is at http://127.0.0.1:{port}/i/{incident.name}")


def _extent(scenario: Scenario) -> Extent:
    sources = tuple(sorted({mention.source for mention in scenario.mentions}))
    return Extent(scenario.start, scenario.end, len(scenario.mentions), 0, sources, sources, False)


async def _refused() -> tuple[bool, str]:
    return False, "the demo has no configuration to reload"
