"""Threads for looking up names: one whose name server is silent must not leave the others without a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Lock, Semaphore, Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LOOKUPS = 256
"""Names looked up at once. The default, six on two cores, is used up by one receiver; what is idle is used again."""


def widen_lookups(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop look up many names at once; a thread is started only when no other is free.

    A lookup cannot be stopped: whoever gives up waiting leaves its thread behind until the resolver gives up, too, or
    the process ends.
    """
    loop.set_default_executor(LookupThreads(LOOKUPS))


class LookupThreads(ThreadPoolExecutor):
    """An executor whose threads keep no process alive.

    A loop accepts nothing but a `ThreadPoolExecutor`, and the threads of that one are waited for at the end of the
    process, for as long as a resolver takes: none of them is ever started here.
    """

    def __init__(self, most: int) -> None:
        super().__init__(1)
        self._most = most
        self._free = Semaphore(0)
        self._started = 0
        self._closing = Lock()
        self._is_closed = False
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of a call in one of the threads. Raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  # whatever it raises is the answer
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._closing:
            if self._is_closed:
                raise RuntimeError("no more calls after shutdown")
            self._waiting.put(work)
            self._start_unless_free()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let threads that are free end; those that are stuck are left behind, whatever is asked for."""
        with self._closing:
            self._is_closed = True
            for _ in range(self._started):
                self._waiting.put(None)

    def _start_unless_free(self) -> None:
        if not self._free.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            Thread(target=self._serve, name=f"lookup-{self._started}", daemon=True).start()

    def _serve(self) -> None:
        while (work := self._next()) is not None:
            work()
            del work  # what it holds is not needed while the thread waits

    def _next(self) -> Callable[[], None] | None:
        try:
            return self._waiting.get_nowait()
        except Empty:
            self._free.release()
            return self._waiting.get()
