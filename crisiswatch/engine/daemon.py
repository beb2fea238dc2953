"""The daemon: every loop in one task group, started in order and stopped within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from crisiswatch.core.auditing import AUDIT_EVERY
from crisiswatch.core.models import Batch, Coverage
from crisiswatch.core.queries import Retention
from crisiswatch.engine.auditing import Audit
from crisiswatch.engine.briefing import Briefing
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.clock import tick_after, tick_before
from crisiswatch.engine.delivering import Dispatcher
from crisiswatch.engine.handing_over import HandingOver
from crisiswatch.engine.heart import Heart
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.observing import Outlook
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.supervising import Notifier, Pulse
from crisiswatch.engine.upkeep import Upkeep
from crisiswatch.engine.watching import Watcher
from crisiswatch.errors import CrisiswatchError
from crisiswatch.ports import Clock, Hook, Source, Store

CHECKPOINT_EVERY = timedelta(hours=1)
PURGE_EVERY = timedelta(hours=6)
PULSE_EVERY = timedelta(seconds=10)
HOOKS_COVERED_EVERY = timedelta(minutes=1)
STOP_WITHIN = timedelta(seconds=10)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the daemon is made of; app.py builds it. `loops` run beside its own, by name, until it stops."""

    store: Store
    clock: Clock
    ingest: Ingest
    poller: Poller
    watcher: Watcher
    dispatcher: Dispatcher
    checkpoints: Checkpoints
    outlook: Outlook
    notifier: Notifier
    pulse: Pulse
    loops: Mapping[str, Callable[[], Coroutine[None, None, None]]] = field(default_factory=dict)
    upkeep: Upkeep | None = None
    audit: Audit | None = None
    heart: Heart | None = None
    handing_over: HandingOver | None = None
    briefing: Briefing | None = None


class Daemon:
    """Runs until `stop` is called: polls, ticks, delivers, saves."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stopping = asyncio.Event()
        self._polling_changed = asyncio.Event()
        self.last_tick: datetime | None = None
        self.hooks: Mapping[str, Hook] = {}
        self.retention = Retention()

    def stop(self) -> None:
        """Begin to stop; `run` returns within seconds."""
        self._stopping.set()

    def sources_changed(self) -> None:
        """Let the poller start again with the sources it was given."""
        self._polling_changed.set()

    async def run(self) -> None:
        """Run until stopped; then finish what is in flight and save the state."""
        self._parts.notifier.tell("READY=1", "STATUS=watching")
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(loop, name=name)
                    for name, loop in (
                        ("ticks", self._ticks()),
                        ("polls", self._polls()),
                        ("deliveries", self._parts.dispatcher.run()),
                        ("checkpoints", self._every(CHECKPOINT_EVERY, self._checkpoint)),
                        ("retention", self._every(PURGE_EVERY, self._purge)),
                        ("hooks", self._every(HOOKS_COVERED_EVERY, self._cover_hooks)),
                        ("pulse", self._every(PULSE_EVERY, self._feel)),
                        *((name, loop()) for name, loop in self._parts.loops.items()),
                        ("audit", self._every(AUDIT_EVERY, self._audit)),
                        ("heartbeat", self._beat()),
                    )
                ]
                await self._stopping.wait()
                self._parts.notifier.tell("STOPPING=1")
                self._parts.dispatcher.finish()
                delivering = next(task for task in running if task.get_name() == "deliveries")
                await asyncio.wait((delivering,), timeout=STOP_WITHIN.total_seconds())
                for task in running:
                    task.cancel()
        finally:
            await self._checkpoint()

    async def _ticks(self) -> None:
        """Tick on the grid; a tick that was missed (a stall, a suspend) is left out, not made up for."""
        parts = self._parts
        due = tick_after(parts.clock.now())
        while True:
            while (wait := due - parts.clock.now()) > timedelta():  # longer than it seemed, after a step of the clock
                await parts.clock.sleep(wait)
            started = parts.clock.now()
            try:
                await parts.watcher.tick(due)
                if parts.upkeep is not None:
                    await parts.watcher.tick_own(await parts.upkeep.troubles(due), due)
            except CrisiswatchError as error:
                log.error("tick_failed", error=str(error))
            self.last_tick = due
            self._parts.outlook.took(parts.clock.now() - started)
            self._parts.pulse.beat("ticks", parts.clock.now())
            due = max(tick_after(due), tick_before(parts.clock.now()))

    async def _beat(self) -> None:
        """Feed the dead man's switch at its rhythm, if there is one."""
        while True:
            pace = await self._parts.heart.beat() if self._parts.heart is not None else PULSE_EVERY
            await self._parts.clock.sleep(pace)

    async def _audit(self) -> None:
        """Look for escalations that stand still, for hand-overs and for digests that are due."""
        if self._parts.handing_over is not None:
            await self._parts.handing_over.look()
        if self._parts.briefing is not None:
            await self._parts.briefing.look()
        if self._parts.audit is not None:
            await self._parts.audit()

    async def _polls(self) -> None:
        """Poll, and start again whenever the sources change."""
        while True:
            self._polling_changed.clear()
            polling = asyncio.ensure_future(self._parts.poller.run())
            changed = asyncio.ensure_future(self._polling_changed.wait())
            try:
                await asyncio.wait((polling, changed), return_when=asyncio.FIRST_COMPLETED)
                if polling.done():
                    await polling
                    await changed
            finally:
                polling.cancel()
                changed.cancel()
                await asyncio.gather(polling, changed, return_exceptions=True)

    async def _every(self, interval: timedelta, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._parts.clock.sleep(interval)
            try:
                await act()
            except CrisiswatchError as error:
                log.error("housekeeping_failed", task=getattr(act, "__name__", type(act).__name__), error=str(error))

    async def _checkpoint(self) -> None:
        if self.last_tick is not None:
            await self._parts.checkpoints.save(self.last_tick)

    async def _purge(self) -> None:
        wiped = await self._parts.store.purge(self.retention, self._parts.clock.now())
        if any(wiped.values()):
            log.info("purged", **wiped)

    async def _cover_hooks(self) -> None:
        """Say that what is delivered to us could be delivered: the door was open."""
        now = self._parts.clock.now()
        for name, hook in self.hooks.items():
            if isinstance(hook, Source):
                continue  # it is polled, too: the poll says what was seen
            coverage = Coverage(name, now - HOOKS_COVERED_EVERY - timedelta(seconds=5), now)
            await self._parts.ingest(name, Batch(coverage=(coverage,)))

    async def _feel(self) -> None:
        """Feed the watchdog while ticks move; refresh the gauges of store and outbox."""
        parts = self._parts
        stuck = parts.pulse.stuck(parts.clock.now())
        if stuck:
            log.error("loops_stuck", loops=stuck)
        else:
            parts.notifier.tell("WATCHDOG=1")
        await parts.outlook.look(parts.store, parts.clock.now())
