"""Talking to a terminal or a script: data on stdout, the rest on stderr, exit codes with one meaning each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from crisiswatch.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration file.", envvar="CRISISWATCH_CONFIG", show_default=False),
]
PLAIN_WIDTH = 110
"""Columns of a report that no terminal reads."""

SHOWN_AFTER, LINE_EVERY = timedelta(seconds=1), timedelta(seconds=10)
"""When progress is first told, and how often where it takes a line each time."""

LEAST_PART = 0.02
"""Before so much is done nobody can say how long the rest takes."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Report(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class Findings(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"


class Language(StrEnum):
    """A language in which people can be told."""

    EN = "en"
    ES = "es"
    FR = "fr"


class Exit(IntEnum):
    """What an exit code says."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING = 3
    PARTIAL = 4
    TIMEOUT = 5
    CONFIG = 78
    INTERRUPTED = 130


def say(text: str) -> None:
    """Tell a person something, on stderr."""
    typer.echo(text, err=True)


def give(text: str) -> None:
    """Give data, on stdout."""
    typer.echo(text)


def give_json(value: object) -> None:
    """Give data as JSON, keys in their order."""
    give(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def give_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Give rows as aligned columns; text of strangers must already be inert."""
    widths = [max(len(str(row[i])) for row in (headers, *rows)) for i in range(len(headers))]
    for row in (headers, *rows):
        give("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def fail(code: Exit, text: str) -> NoReturn:
    """Say why and end with that code."""
    say(text)
    raise typer.Exit(code)


def settings_of(config: Path | None, *, needs_secrets: bool = False) -> tuple[Settings, Path]:
    """Return the settings and their file; end with every problem and code 78 if they cannot be used.

    Who only looks at what is stored `needs_secrets` of neither sources nor receivers.
    """
    from crisiswatch.app.building import catalogues
    from crisiswatch.errors import ConfigError
    from crisiswatch.settings import Absent, find_config, load, read_texts, render

    known = catalogues()
    path = config
    try:
        path = find_config(config, os.environ)
        absent = Absent.IS_ERROR if needs_secrets else Absent.IS_WARNING
        return load(path, os.environ, known, absent=absent), path
    except ConfigError as error:
        texts = read_texts(path, known) if path is not None and path.exists() else {}
        fail(Exit.CONFIG, render(error.problems, texts))


def give_rich(shown: RenderableType) -> None:
    """Give what rich draws: in colours and as wide as the terminal, or in 110 plain columns elsewhere."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False, soft_wrap=False)
    console.print(shown)


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """Show how far it is and the time left, from a second on: a bar on a terminal, elsewhere a line now and then.

    What is given back takes the part that is done.
    """
    from rich.console import Console

    console = Console(stderr=True)
    with ExitStack() as stack:
        if console.is_terminal:
            yield Pace(console.get_time, _bar(label, console, stack), timedelta(0))
        else:
            yield Pace(console.get_time, _lines(label), LINE_EVERY)


class Pace:
    """Passes progress on, with the seconds that are left, once it has taken a second; then not more often than asked.

    `now` counts seconds. The time left is what was needed so far, for the part that remains.
    """

    def __init__(self, now: Callable[[], float], show: Callable[[float, float], None], every: timedelta) -> None:
        self._now, self._show, self._every = now, show, every.total_seconds()
        self._began = now()
        self._next = self._began + SHOWN_AFTER.total_seconds()

    def __call__(self, part: float) -> None:
        """Hear that this part (0..1) is done."""
        now = self._now()
        if now < self._next or part < LEAST_PART:
            return
        self._next = now + self._every
        self._show((now - self._began) * (1 - part) / part, part)


def _lines(label: str) -> Callable[[float, float], None]:
    return lambda left, part: say(f"{label}: {part:.0%}, {left:.0f} s left")


def _bar(label: str, console: Console, stack: ExitStack) -> Callable[[float, float], None]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn(label), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]:.0f} s left"))
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(label, total=1.0, left=0.0)

    def show(left: float, part: float) -> None:
        if part >= 1:
            bar.stop()  # it goes: what is said from now on stands where it stood
            return
        if not bar.live.is_started:
            stack.enter_context(bar)
        bar.update(task, completed=part, left=left)

    return show
