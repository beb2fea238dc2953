"""`crisiswatch run` with a clock that stands still until somebody moves it, over a socket.

`python stepped_daemon.py CONFIG SOCKET START` runs the real process: its loops, its store, its console, its channels on
real sockets. A line on the socket names the time until which it shall live; it lives through every moment at which one
of its loops wakes, each to its end, and answers with the time. Only the watchdog is fed less often.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crisiswatch.app.running import Process
from crisiswatch.engine import daemon
from crisiswatch.engine.clock import tick_before

daemon.PULSE_EVERY = timedelta(minutes=5)

ROUNDS_AT_REST = 3
"""Turns of the loop in a row in which nobody has anything to do, before time goes on."""


class SteppedClock:
    """Moves on only when it is told to; whoever sleeps on it wakes in the order of their times."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._asleep: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    async def sleep(self, delay: timedelta) -> None:
        """Wait until the clock was moved so far."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asleep.append((self._now + max(delay, timedelta()), woken))
        await woken

    def next(self) -> datetime | None:
        """Return when the next one wakes; None while nobody sleeps."""
        self._asleep = [one for one in self._asleep if not one[1].done()]
        return min((at for at, _ in self._asleep), default=None)

    def wake(self, until: datetime) -> None:
        """Move on to that time and wake whoever slept until then."""
        self._now = max(self._now, until)
        for at, woken in list(self._asleep):
            if at <= until and not woken.done():
                woken.set_result(None)


class SteppedLoop(asyncio.SelectorEventLoop):
    """A loop that knows whether threads work for it."""

    def __init__(self) -> None:
        super().__init__()
        self.in_threads = 0

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Count a piece of work in, and out when its result is here."""
        self.in_threads += 1
        found = super().run_in_executor(executor, func, *args)
        found.add_done_callback(self._came_back)
        return found

    def _came_back(self, _: object) -> None:
        self.in_threads -= 1

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is ready to run and no thread has work of ours.

        asyncio keeps what is ready to itself; there is no public way to ask.
        """
        return not self._ready and not self.in_threads  # type: ignore[attr-defined]


class Stepping:
    """Lives from moment to moment."""

    def __init__(self, process: Process, clock: SteppedClock, loop: SteppedLoop) -> None:
        self._process, self._clock, self._loop = process, clock, loop

    async def until(self, moment: datetime) -> None:
        """Live until that time, with all that happens then."""
        await self.rest()
        while (due := self._clock.next()) is not None and due <= moment:
            is_tick = due > tick_before(self._clock.now()) and tick_before(due) == due
            self._clock.wake(due)
            await self.rest()
            if is_tick:  # what has become due is looked for every second of real time: here, once a tick
                await self._deliver()
        self._clock.wake(moment)
        await self.rest()

    async def _deliver(self) -> None:
        """Let what is due go, and what came to be owed by that."""
        for _ in range(2):
            self._process.application.dispatcher.wake()
            await self.rest()

    async def rest(self) -> None:
        """Wait until everybody waits for time, or for the world outside."""
        quiet = 0
        lanes = self._process.application.dispatcher.lanes
        while quiet < ROUNDS_AT_REST:
            await asyncio.sleep(0)
            is_quiet = self._loop.is_idle and not lanes._tasks
            quiet = quiet + 1 if is_quiet else 0
            if not is_quiet:
                await asyncio.sleep(0.0005)


async def main(config: Path, socket: Path, start: datetime) -> None:
    """Run the process until it is told to stop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SteppedLoop)
    clock = SteppedClock(start)
    process = Process(config, os.environ)
    # The one thing that is not the real daemon's: a process makes its clock itself, and offers no other.
    process.clock, process.started_at = clock, start  # type: ignore[assignment]
    stepping = Stepping(process, clock, loop)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await stepping.until(datetime.fromisoformat(line.decode().strip()))
            writer.write(f"{clock.now().isoformat()}\n".encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, socket)
    async with server:
        await process.run(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201  # as the command does


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=SteppedLoop) as runner:
        runner.run(main(Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
