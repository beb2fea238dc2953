"""Fakes of the ports that sources are built with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crisiswatch.errors import CrisiswatchError, WorkFailed
from crisiswatch.ports import Response, SourceTools

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
FILES = Path(__file__).parent / "files"


class FakeFetcher:
    """Answers from a script: one answer a request, the last one again and again."""

    def __init__(self, *answers: Response | CrisiswatchError | Callable[[str], Response]) -> None:
        self.answers = list(answers)
        self.urls: list[str] = []
        self.headers: list[Mapping[str, str]] = []

    async def fetch(self, url, *, method="GET", headers=None, body=None) -> Response:
        self.urls.append(url)
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
