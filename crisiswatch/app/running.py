"""Runs the daemon in this process: store, server, signals, reload."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.app.building import Application, World, catalogues, channel_isolator, detector
from crisiswatch.app.collecting import settle
from crisiswatch.app.doors import Inside, doors, tokens
from crisiswatch.app.erasing import finish_erasing
from crisiswatch.app.keys import author_key, link_keys
from crisiswatch.app.watching_files import config_changes, fingerprint
from crisiswatch.console.application import create_app
from crisiswatch.console.binding import check_binding
from crisiswatch.console.server import ConsoleServer, serve
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.daemon import Daemon, Parts
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import FOREIGN
from crisiswatch.engine.looking_up import widen_lookups
from crisiswatch.engine.observing import Gauges, Outlook
from crisiswatch.engine.pooling import WorkerPool
from crisiswatch.engine.supervising import Notifier, Progress, Pulse
from crisiswatch.errors import ConfigError, CrisiswatchError
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import Leaving
from crisiswatch.ports import Channel, Source
from crisiswatch.settings import Settings, config_hash, diff, load, read_texts, render

CLOSE_WITHIN = timedelta(seconds=5)
"""How long, at the end, sources and channels may take to close."""

log = structlog.get_logger()


class Process:
    """The running daemon of one configuration file."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self._path = path
        self._environ = environ
        self._fingerprint = fingerprint(path)  # before it is read: what is changed meanwhile is read again
        self.settings = load(path, environ, catalogues())
        self._reloading = asyncio.Lock()
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.clock = SystemClock()
        self.store = stores.create(self.settings.store.url.get_secret_value(), reach=Failpoints.of(environ).reach)
        self.started_at = self.clock.now()
        self.application: Application
        self.daemon: Daemon
        self.server: ConsoleServer
        self._retiring: set[asyncio.Task[None]] = set()

    async def run(self, said: Callable[[str], None]) -> None:
        """Run until SIGTERM or SIGINT; `said` gets the lines that a person reads at the start."""
        os.umask(0o077)  # what is stored is for nobody else on this machine
        widen_lookups(asyncio.get_running_loop())
        async with AsyncExitStack() as stack:
            await self._start(stack)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.daemon.stop)
            watching = asyncio.create_task(self._reload_on_change())
            reloads: set[asyncio.Task[object]] = set()

            def hang_up() -> None:
                task: asyncio.Task[object] = asyncio.create_task(self.reload())
                reloads.add(task)
                task.add_done_callback(reloads.discard)

            loop.add_signal_handler(signal.SIGHUP, hang_up)
            # Said last: who reads that it runs may send it a signal.
            for line in self._banner():
                said(line)
            try:
                await self.daemon.run()
            finally:
                watching.cancel()

    async def reload(self) -> tuple[bool, str]:
        """Read the file again; put it into force, or keep the running configuration and say what is wrong."""
        async with self._reloading:
            return await self._reload()

    async def _reload(self) -> tuple[bool, str]:
        try:
            settings = load(self._path, self._environ, catalogues())
            _refuse_restart_only(self.settings, settings)
            self.application.failpoints.reach("reload.before_use")
            retired = self.application.use(settings)
            self.application.failpoints.reach("reload.after_use")
        except ConfigError as error:
            self.metrics.config_last_reload_successful.set(0)
            text = render(error.problems, read_texts(self._path, catalogues()))
            _log_rejection(error)
            return False, text
        changes = diff(self.settings, settings)
        self.settings = settings
        self.daemon.hooks = self.application.inboxes()
        self.daemon.retention = self.application.retractor.retention = settings.store.retention
        self.daemon.sources_changed()
        await self.application.watcher.close_unwatched(self.clock.now())
        await self.application.dispatcher.holding_changed()
        retiring = asyncio.create_task(self._retire(retired, self.application.leaving))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)
        self._loaded()
        log.info("config_reloaded", changes=list(changes))
        return True, "\n".join(changes) or "nothing changed"

    async def _retire(self, parts: Sequence[Source | Channel], leaving: Sequence[Leaving]) -> None:
        """Close what is not used any more, once what is on its way has arrived: cut off, it would be sent again."""
        for source in leaving:
            try:
                await source.leave()
            except CrisiswatchError as error:  # what was agreed runs out by itself
                log.warning("source_not_left", source=source.name, error=str(error))
        await self.application.dispatcher.lanes.settled()
        for part in parts:
            await part.close()

    async def _retire_all(self) -> None:
        """Close what is in use, and wait for what was being closed; what does not end in time is left behind."""
        in_use: Sequence[Source | Channel] = [*self.application.channels.values(), *self.application.poller.use([])]
        closing = {*self._retiring, *(asyncio.create_task(part.close()) for part in in_use)}
        if not closing:
            return
        done, late = await asyncio.wait(closing, timeout=CLOSE_WITHIN.total_seconds())
        for task in late:
            task.cancel()
        failed = [error for task in done if (error := task.exception()) is not None]
        if late or failed:
            log.warning("not_closed_in_order", late=len(late), errors=[str(error) for error in failed])

    async def _start(self, stack: AsyncExitStack) -> None:
        settings = self.settings
        check_binding(settings.server.host, tokens(settings))
        await self.store.open()
        stack.push_async_callback(self.store.close)
        fetcher = HttpFetcher(allow=settings.egress.allow, contact=settings.egress.contact)
        isolator = WorkerPool(FOREIGN)
        stack.push_async_callback(fetcher.close)
        stack.push_async_callback(isolator.close)
        world = World(
            store=self.store,
            clock=self.clock,
            metrics=self.metrics,
            fetcher=fetcher,
            isolator=isolator,
            channel_isolator=channel_isolator,
            environment=self._environ,
            host=socket.getfqdn() or "localhost",
            author_key=author_key(settings, self._path),
            link_keys=link_keys(settings, self._path),
        )
        self.application = Application(world, Gauges(self.metrics))
        self.application.use(settings)
        stack.push_async_callback(self._retire_all)
        await self._take_up()
        self.daemon = self._daemon()
        inside = Inside(
            application=self.application,
            last_tick=lambda: self.daemon.last_tick,
            registry=self.registry,
            settings=lambda: self.settings,
            reload=self.reload,
            started_at=self.started_at,
        )
        self.server = serve(create_app(doors(inside)), settings.server.host, settings.server.port)
        await self.server.start()
        stack.push_async_callback(self.server.stop)
        self._loaded()

    async def _take_up(self) -> None:
        """Go on where an earlier process was."""
        application, now = self.application, self.clock.now()
        await finish_erasing(self.store, [brand.name for brand in self.settings.brands], now)
        await application.watcher.load_incidents()
        await application.watcher.close_unwatched(now)
        await application.checkpoints.restore(detector, now, Progress(self.clock, Notifier.from_environment()))
        await application.dispatcher.start(f"{socket.gethostname()}:{os.getpid()}")

    def _daemon(self) -> Daemon:
        application = self.application
        daemon = Daemon(
            Parts(
                store=self.store,
                clock=self.clock,
                ingest=application.ingest,
                poller=application.poller,
                watcher=application.watcher,
                dispatcher=application.dispatcher,
                checkpoints=application.checkpoints,
                outlook=Outlook(self.metrics),
                notifier=Notifier.from_environment(),
                pulse=Pulse(),
                loops={
                    "presses": application.listener.run,
                    "renewals": application.renewer.run,
                    "canaries": application.canaries.run,
                    "retractions": application.retractor.run,
                    "retractions of what is over": application.retractor.run_back,
                    "silences": application.noting_silences.run,
                    "second opinions": application.second_opinions.run,
                },
                upkeep=application.upkeep,
                audit=application.audit,
                heart=application.heart,
                handing_over=application.handing_over,
                briefing=application.briefing,
            )
        )
        daemon.hooks = application.inboxes()
        daemon.retention = application.retractor.retention = self.settings.store.retention
        return daemon

    def _loaded(self) -> None:
        settle()
        self.metrics.config_last_reload_successful.set(1)
        self.metrics.config_last_reload_success_timestamp_seconds.set(self.clock.now().timestamp())

    async def _reload_on_change(self) -> None:
        async for _ in config_changes(self._path, self._fingerprint, self.clock):
            try:
                await self.reload()
            except CrisiswatchError:  # a store that is away, say: the next change of the file must be seen all the same
                self.metrics.config_last_reload_successful.set(0)
                log.exception("reload_failed")

    def _banner(self) -> list[str]:
        settings = self.settings
        address = f"http://{settings.server.host}:{self.server.port}"
        return [
            f"config    {self._path} ({config_hash(settings)[:12]})",
            f"watching  {', '.join(brand.name for brand in settings.brands)}",
            f"sources   {', '.join(entry.name for entry in settings.sources) or 'none'}",
            f"telling   {', '.join(entry.name for entry in settings.receivers) or 'nobody'}",
            f"page      {address}/    metrics {address}/metrics",
        ]


def _refuse_restart_only(old: Settings, new: Settings) -> None:
    """Log what a reload cannot change."""
    for name in ("store", "server", "egress"):
        if getattr(old, name) != getattr(new, name):
            log.warning("needs_restart", section=name)


def _log_rejection(error: ConfigError) -> None:
    """Log what keeps a configuration from being used; what is merely unwise is said by `check`."""
    wrong = [problem for problem in error.problems if not problem.is_warning]
    log.error("config_rejected", problems=len(wrong))
    for problem in wrong:
        place = f"{problem.file}:{problem.line}:{problem.column}"
        log.error("config_problem", place=place, message=problem.message, hint=problem.hint)
