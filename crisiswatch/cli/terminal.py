"""Talking to a terminal or a script: data on stdout, the rest on stderr, exit codes with one meaning each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from crisiswatch.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration file.", envvar="CRISISWATCH_CONFIG", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Report(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


class Findings(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"


class Exit(IntEnum):
    """What an exit code says."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING = 3
    PARTIAL = 4
    TIMEOUT = 5
    CONFIG = 78


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


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """Show a bar with time left on a terminal, a line now and then elsewhere; takes the part that is done."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn(label), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    if not sys.stderr.isatty():
        yield lambda part: None
        return
    from rich.console import Console

    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda part: bar.update(task, completed=part)
