"""Killable workers side by side, and a warm one beside them: what hangs holds up neither the others nor the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from crisiswatch.engine.isolating import WorkerIsolator, WorkLimits
from crisiswatch.errors import WorkFailed, WorkNotBegun, WorkTimedOut
from crisiswatch.ports import Isolator

T = TypeVar("T")

AT_ONCE = 2
"""Calls that run side by side; one process more than that is kept."""

_UNSAID = WorkLimits()


class WorkerPool:
    """An `Isolator` that runs some calls at once, in the order in which they came.

    Where a worker was killed, the next call goes to the spare one, and another is started meanwhile.
    """

    def __init__(
        self, limits: WorkLimits = _UNSAID, packages: Sequence[str] = ("crisiswatch",), at_once: int = AT_ONCE
    ) -> None:
        self._limits = limits
        self._turns = asyncio.Semaphore(at_once)
        self._workers = tuple(WorkerIsolator(limits, packages) for _ in range(at_once + 1))
        self._idle = list(self._workers)
        self._modules: tuple[str, ...] = ()
        self._warming: dict[WorkerIsolator, asyncio.Task[None]] = {}

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return `function(*arguments)`, computed elsewhere. Raises as a `WorkerIsolator` does."""
        module = str(getattr(function, "__module__", ""))
        async with self._turn(module):
            worker = self._take(module)
            try:
                answer = await worker.call(function, *arguments)
            finally:
                self._idle.append(worker)
                self._keep_spare()
            if module not in self._modules:
                self._modules += (module,)
            return answer

    async def settled(self) -> None:
        """Wait until the spare worker that is being started has started, or failed to."""
        while self._warming:
            await asyncio.wait(self._warming.values())

    async def close(self) -> None:
        """Kill all workers; a later call would start others."""
        for task in self._warming.values():
            task.cancel()
        await self.settled()
        await asyncio.gather(*(worker.close() for worker in self._workers))

    @asynccontextmanager
    async def _turn(self, module: str) -> AsyncIterator[None]:
        patience = self._limits.patience
        try:
            async with asyncio.timeout(patience.total_seconds() if patience is not None else None):
                await self._turns.acquire()
        except TimeoutError as error:
            raise WorkNotBegun(f"{module}: the workers were busy with other calls") from error
        try:
            yield
        finally:
            self._turns.release()

    def _take(self, module: str) -> WorkerIsolator:
        """Return the idle worker that can begin soonest; the one used last among equals, so that few are kept busy."""
        worker = max(reversed(self._idle), key=lambda idle: (idle.has_loaded(module), idle in self._warming))
        self._idle.remove(worker)
        if worker.has_loaded(module):  # else it is starting itself: two at once would both take twice as long
            self._keep_spare()
        return worker

    def _keep_spare(self) -> None:
        """Start another worker in the background, unless one is warm or on the way."""
        cold = [worker for worker in self._idle if not all(map(worker.has_loaded, self._modules))]
        if self._modules and cold and len(cold) == len(self._idle) and not self._warming:
            task = asyncio.create_task(self._warm(cold[0]))
            self._warming[cold[0]] = task
            task.add_done_callback(lambda _: self._warming.clear())

    async def _warm(self, worker: WorkerIsolator) -> None:
        for module in self._modules:
            with suppress(WorkFailed, WorkTimedOut, WorkNotBegun):  # the call that needs it tries again, and tells
                await worker.prepare(module)


class InTurn:
    """An `Isolator` for one source: its calls wait for each other, so that no source takes every worker."""

    def __init__(self, isolator: Isolator) -> None:
        self._isolator = isolator
        self._lock = asyncio.Lock()

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what the function says. Raises as the isolator behind it does."""
        async with self._lock:
            return await self._isolator.call(function, *arguments)

    async def close(self) -> None:
        """Let go: the workers are others' too."""
        return
