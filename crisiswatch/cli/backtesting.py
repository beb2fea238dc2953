"""`backtest` and `replay`: what would have happened on recorded mentions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Report, fail, give, give_json, progress, say, settings_of

Input = Annotated[Path, typer.Option("--input", help="Mentions as JSON lines or CSV.", show_default=False)]
Format = Annotated[Report, typer.Option("--format", help="How to print it.")]


class Notify(StrEnum):
    """Where a replay's messages go."""

    NONE = "none"
    STDOUT = "stdout"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Tune")(backtest)
    app.command(rich_help_panel="Tune")(replay)


def backtest(input_: Input, config: Config = None, format_: Format = Report.TABLE) -> None:
    """Say which alerts a file of mentions would have caused, and how many per week.

    crisiswatch backtest -c crisiswatch.yml --input mentions.jsonl
    """
    import asyncio

    from crisiswatch.app.replaying import backtest as run
    from crisiswatch.app.tables import backtest_table
    from crisiswatch.errors import BadInput

    settings, _ = settings_of(config)
    try:
        with progress("backtest") as shown:
            found = asyncio.run(run(settings, input_, shown))
    except BadInput as error:
        fail(Exit.USAGE, str(error))
    for reason in found.reasons:
        say(f"{input_}: {reason}: skipped")
    if format_ is Report.JSON:
        give_json(found.result)
    else:
        give(backtest_table(found.result))


def replay(
    input_: Input,
    config: Config = None,
    format_: Format = Report.TABLE,
    speed: Annotated[float, typer.Option(help="How many times faster than it happened; 0 is as fast as possible.")] = 0,
    notify: Annotated[Notify, typer.Option(help="stdout prints each message as its receiver gets it.")] = Notify.NONE,
) -> None:
    """Play a file of mentions to the real daemon on a fresh store, its clock driven by the file.

    crisiswatch replay -c crisiswatch.yml --input mentions.jsonl --speed 600 --notify stdout
    """
    import asyncio

    from crisiswatch.app.replaying import replay as run
    from crisiswatch.app.tables import backtest_table
    from crisiswatch.errors import BadInput

    settings, _ = settings_of(config)
    try:
        with progress("replay") as shown:
            told = None if notify is Notify.NONE else say if format_ is Report.JSON else give
            found = asyncio.run(run(settings, input_, shown, speed, told))
    except BadInput as error:
        fail(Exit.USAGE, str(error))
    for reason in found.reasons:
        say(f"{input_}: {reason}: skipped")
    if format_ is Report.JSON:
        give_json(found.result)
    else:
        give(backtest_table(found.result))
