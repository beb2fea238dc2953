"""Fakes of the ports that sources are built with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crisiswatch.errors import CrisiswatchError, SourceUnavailable, WorkFailed
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Response

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
FILES = Path(__file__).parent / "files"
FIXTURES = Path(__file__).parent.parent / "fixtures" / "sources"


class FakeFetcher:
    """Answers from a script: one answer a request, the last one again and again."""

    def __init__(self, *answers: Response | CrisiswatchError | Callable[[str], Response]) -> None:
        self.answers = list(answers)
        self.urls: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.bodies: list[bytes | None] = []

    async def fetch(self, url, *, method="GET", headers=None, body=None) -> Response:
        self.urls.append(url)
        self.bodies.append(body)
        self.headers.append(dict(headers or {}))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, CrisiswatchError):
            raise answer
        return answer if isinstance(answer, Response) else answer(url)


class InlineIsolator:
    """Runs the function here, with the errors of an isolator."""

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as error:
            raise WorkFailed(f"{type(error).__name__}: {error}") from error


def tools(*answers: Response | CrisiswatchError | Callable[[str], Response]) -> SourceTools:
    return SourceTools(FakeFetcher(*answers), InlineIsolator())


def answer(body: bytes = b"", status: int = 200, url: str = "https://news.example/feed", **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, url)


class FakeLine:
    """A WebSocket that brings these frames and then breaks."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = list(frames)

    async def receive(self) -> bytes:
        if not self._frames:
            raise SourceUnavailable("closed", "refused")
        return self._frames.pop(0)


class QuietLine(FakeLine):
    """A WebSocket that brings these frames and then nothing, for ever."""

    async def receive(self) -> bytes:
        return self._frames.pop(0) if self._frames else await asyncio.Future()


class FakeLines:
    """Opens lines from a script: frames, a line, or an error in place of an answer."""

    def __init__(self, *lines: Sequence[bytes] | FakeLine | CrisiswatchError) -> None:
        self._lines = list(lines)
        self.urls: list[str] = []

    @asynccontextmanager
    async def open_socket(self, url: str, *, headers: Mapping[str, str] | None = None) -> AsyncIterator[FakeLine]:
        self.urls.append(url)
        line = self._lines.pop(0)
        if isinstance(line, CrisiswatchError):
            raise line
        yield line if isinstance(line, FakeLine) else FakeLine(line)


class StillClock:
    """A clock that stands still."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    async def sleep(self, delay: timedelta) -> None:
        self.time += delay
