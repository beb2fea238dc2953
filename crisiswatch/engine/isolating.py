"""Runs functions in a killable child process: what hostile input can stall or swell is not this process."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, get_type_hints

import msgspec

from crisiswatch.engine.isolated import DONE, EXHAUSTED, MESSAGE_LIMIT, is_allowed
from crisiswatch.errors import WorkFailed, WorkNotBegun, WorkTimedOut

T = TypeVar("T")

_LENGTH = struct.Struct(">I")
_INHERITED = frozenset(
    {"HOME", "HTTP_PROXY", "HTTPS_PROXY", "LANG", "LC_ALL", "NO_PROXY", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TZ"}
)
"""Environment variables that a child sees, in either case; secrets in the others stay here."""


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """What one call may use (time, CPU time, address space), and after how many calls a worker is replaced.

    `deadline` begins when the worker takes a call up; `patience` is how long one waits for that, None: for ever.
    `start` is the time for a new worker and for loading a module. It is not part of `deadline`: on a busy machine every
    worker would be killed before its first answer, and the next would begin anew.
    """

    deadline: timedelta = timedelta(seconds=10)
    cpu: timedelta = timedelta(seconds=10)
    memory: int = 768 * 1024 * 1024
    calls: int = 1_000
    start: timedelta = timedelta(seconds=60)
    patience: timedelta | None = None


FOR_CHANNELS = WorkLimits(start=timedelta(seconds=15), patience=timedelta(seconds=15))
"""All its times together end before a dispatcher gives an attempt up: it then knows what was never begun."""

FOREIGN = WorkLimits(cpu=timedelta(seconds=2), memory=256 * 1024 * 1024)
"""For documents of strangers (feeds, letters), of which the largest that is taken needs about a second."""


class WorkerIsolator:
    """An `Isolator` with one warm worker; calls wait for each other."""

    def __init__(self, limits: WorkLimits = WorkLimits(), packages: Sequence[str] = ("crisiswatch",)) -> None:
        self._limits = limits
        self._packages = tuple(packages)
        self._lock = asyncio.Lock()
        self._worker: asyncio.subprocess.Process | None = None
        self._loaded: set[str] = set()
        self._calls = 0

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return `function(*arguments)`, computed elsewhere.

        Raises WorkTimedOut (too much time, CPU or memory), WorkFailed (it raised an error, or died) or WorkNotBegun
        (the calls before it took too long).
        """
        name = f"{getattr(function, '__module__', '')}:{getattr(function, '__qualname__', '')}"
        if not is_allowed(name, self._packages):
            raise WorkFailed(f"{name} is not a module's own function in {', '.join(self._packages)}")
        try:
            request = msgspec.msgpack.encode((name, arguments))
        except (TypeError, ValueError, OverflowError) as error:
            raise WorkFailed(f"{name}: an argument cannot be sent: {error}") from error
        async with self._turn(name):
            status, payload = await self._ask(name, request)
        if status == EXHAUSTED:
            raise WorkTimedOut(f"{name}: {msgspec.msgpack.decode(payload)}")
        if status != DONE:
            raise WorkFailed(f"{name}: {msgspec.msgpack.decode(payload)}")
        return _result(function, payload)

    async def prepare(self, module: str) -> None:
        """Have a worker started that has loaded the module. Raises as `call` does."""
        is_ready = False
        async with self._turn(module):
            try:
                await self._ready(module)
                is_ready = True
            except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError) as error:
                raise self._died(module, await self._kill()) from error
            finally:
                if not is_ready:
                    await self._kill()

    def has_loaded(self, module: str) -> bool:
        """Tell whether a call of that module would begin at once."""
        return self._worker is not None and self._worker.returncode is None and module in self._loaded

    async def close(self) -> None:
        """Kill the worker, if one runs; a later call would start another."""
        async with self._lock:
            await self._kill()

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        patience = self._limits.patience
        try:
            async with asyncio.timeout(patience.total_seconds() if patience is not None else None):
                await self._lock.acquire()
        except TimeoutError as error:
            raise WorkNotBegun(f"{name}: the worker was busy with other calls") from error
        try:
            yield
        finally:
            self._lock.release()

    async def _ask(self, name: str, request: bytes) -> tuple[str, msgspec.Raw]:
        answered = False
        try:
            worker = await self._ready(name.partition(":")[0])
            async with _within(self._limits.deadline, f"{name}: no answer"):
                answer = await _exchange(worker, request)
            answered = answer[0] != EXHAUSTED
            return answer
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError) as error:
            raise self._died(name, await self._kill()) from error
        finally:
            # After a failure or a cancellation the stream may hold half an answer: only a fresh worker is sound.
            self._calls += 1
            if not answered or self._calls >= self._limits.calls:
                await self._kill()

    async def _ready(self, module: str) -> asyncio.subprocess.Process:
        """Return a worker that has loaded the module; what stands in the way of that, the call itself tells."""
        async with _within(self._limits.start, f"{module}: no worker"):
            if self._worker is None or self._worker.returncode is not None:
                await self._kill()
                self._worker = await self._start()
                self._calls = 0
                self._loaded.clear()
            if module not in self._loaded:
                await _exchange(self._worker, msgspec.msgpack.encode((f"{module}:", ())))
                self._loaded.add(module)
            return self._worker

    async def _start(self) -> asyncio.subprocess.Process:
        limits = self._limits
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "crisiswatch.engine.isolated"),
            *(str(max(1, round(limits.cpu.total_seconds()))), str(limits.memory), *self._packages),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )

    async def _kill(self) -> int | None:
        """Kill the worker with its whole process group, collect it, and return how it ended."""
        worker, self._worker = self._worker, None
        if worker is None:
            return None
        if worker.returncode is None:
            # An exit status that is already decided survives this signal; grandchildren do not.
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
        code = await asyncio.shield(worker.wait())
        if worker.stdin is not None:
            worker.stdin.close()
        return code

    def _died(self, name: str, code: int | None) -> WorkFailed | WorkTimedOut:
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            cpu = self._limits.cpu.total_seconds()
            return WorkTimedOut(f"{name}: stopped by the system: more than {cpu:g} s of CPU, or out of memory")
        return WorkFailed(f"{name}: the worker died (exit status {code})")


@asynccontextmanager
async def _within(limit: timedelta, what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError as error:
        raise WorkTimedOut(f"{what} within {limit.total_seconds():g} s") from error


async def _exchange(worker: asyncio.subprocess.Process, request: bytes) -> tuple[str, msgspec.Raw]:
    if worker.stdin is None or worker.stdout is None:
        raise ConnectionError("the worker has no pipes")
    worker.stdin.write(_LENGTH.pack(len(request)) + request)
    await worker.stdin.drain()
    (length,) = _LENGTH.unpack(await worker.stdout.readexactly(_LENGTH.size))
    if length > MESSAGE_LIMIT + 1024:
        raise ConnectionError("the worker sent an over-long answer")
    return msgspec.msgpack.decode(await worker.stdout.readexactly(length), type=tuple[str, msgspec.Raw])


def _result(function: Callable[..., T], payload: msgspec.Raw) -> T:
    """Decode as the annotated return type where there is one that msgspec knows, else as plain values."""
    try:
        decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(get_type_hints(function).get("return", Any))
    except (TypeError, NameError):
        decoder = msgspec.msgpack.Decoder()
    try:
        result: T = decoder.decode(payload)
    except msgspec.DecodeError as error:
        raise WorkFailed(f"{function.__qualname__}: the result is not of its annotated type: {error}") from error
    return result


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key.upper() in _INHERITED}
    return kept | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry), "PYTHONDONTWRITEBYTECODE": "1"}
