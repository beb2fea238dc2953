"""`incident`: list, show, acknowledge."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of

Name = Annotated[str, typer.Argument(help="An incident, such as INC-7.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Incidents: list, show, acknowledge.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("ack")(ack)
    app.add_typer(group, name="incident", rich_help_panel="Look")


def list_(
    config: Config = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False,
    as_json: Json = False,
) -> None:
    """List incidents, newest first."""
    import asyncio

    from crisiswatch.app.incidents import list_incidents

    settings, _ = settings_of(config)
    rows = asyncio.run(list_incidents(settings, is_open=is_open))
    if as_json:
        give_json(rows)
    elif not rows:
        fail(Exit.NOTHING, "no incident")
    else:
        columns = ("id", "brand", "severity", "condition", "response", "opened_at", "score")
        give_table(columns, [tuple(str(row[column]) for column in columns) for row in rows])


def show(name: Name, config: Config = None, as_json: Json = False) -> None:
    """Show one incident as its alert tells it, with its history."""
    import asyncio

    from crisiswatch.app.incidents import show_incident

    number = number_of(name)
    settings, _ = settings_of(config)
    found = asyncio.run(show_incident(settings, number))
    if found is None:
        fail(Exit.NOTHING, f"there is no {name}")
    record, text = found
    if as_json:
        give_json(record)
    else:
        give(text)


def ack(
    name: Name,
    config: Config = None,
    by: Annotated[str, typer.Option(help="Who takes it.", envvar="USER")] = "somebody",
) -> None:
    """Say that somebody is on it: repeats and escalation stop.

    crisiswatch incident ack INC-7 --by maria
    """
    import asyncio

    from crisiswatch.app.incidents import acknowledge
    from crisiswatch.errors import CrisiswatchError

    number = number_of(name)
    settings, path = settings_of(config)
    try:
        told = asyncio.run(acknowledge(settings, path, number, by, os.environ))
    except CrisiswatchError as error:
        fail(Exit.FINDINGS, str(error))
    if told is None:
        fail(Exit.NOTHING, f"there is no {name}")
    say(told)


def number_of(name: str) -> int:
    """Return the number in `INC-7`, `inc-7` or `7`; end with a usage error for anything else."""
    digits = name.upper().removeprefix("INC-")
    if not digits.isascii() or not digits.isdigit():
        fail(Exit.USAGE, f"{name!r} is no incident; write INC-7")
    return int(digits)
