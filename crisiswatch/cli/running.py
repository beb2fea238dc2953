"""`run` and `version`."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Findings, Json, fail, give, give_json, say


class Level(StrEnum):
    """Which events are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Watch")(run)
    app.command(rich_help_panel="Help")(version)


def run(
    config: Config = None,
    log_format: Annotated[Findings, typer.Option(help="How log lines are written.")] = Findings.TEXT,
    log_level: Annotated[Level, typer.Option(help="From which level on.")] = Level.INFO,
) -> None:
    """Watch, until told to stop.

    crisiswatch run -c crisiswatch.yml
    """
    import asyncio

    from crisiswatch.app.logs import configure
    from crisiswatch.app.running import Process
    from crisiswatch.errors import ConfigError, StoreUnusable
    from crisiswatch.settings import render

    configure(log_format, log_level)
    from crisiswatch.cli.terminal import settings_of

    _, path = settings_of(config, needs_secrets=True)
    try:
        asyncio.run(Process(path, os.environ).run(say))
    except ConfigError as error:
        fail(Exit.CONFIG, render(error.problems, {}))
    except StoreUnusable as error:
        fail(Exit.FINDINGS, f"the store cannot be used: {error}")


def version(as_json: Json = False) -> None:
    """Print the version."""
    from crisiswatch import __version__

    if as_json:
        give_json({"schema_version": 1, "version": __version__})
    else:
        give(f"crisiswatch {__version__}")
