"""`label`: what to label next, labels in, labels out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of

SHOWN = 100

Brand = Annotated[str | None, typer.Option(help="Only of this brand.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Labels of mentions: negative or not, about the brand or not.", no_args_is_help=True)
    group.command("next")(next_)
    group.command("import")(import_)
    group.command("export")(export)
    group.command("forget")(forget)
    app.add_typer(group, name="label", rich_help_panel="Look")


def next_(
    config: Config = None,
    brand: Brand = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    as_json: Json = False,
) -> None:
    """List the mentions whose label would teach most: the least certain first, one of each story.

    crisiswatch label next --brand Acme --json
    """
    import asyncio

    from crisiswatch.app.labelling import next_labels

    settings, _ = settings_of(config)
    rows = asyncio.run(next_labels(settings, brand, limit))
    if as_json:
        give_json(rows)
    elif not rows:
        fail(Exit.NOTHING, "no stored mention lacks a label")
    else:
        columns = ("uid", "brand", "negativity", "text")
        give_table(columns, [tuple(str(row[column])[:SHOWN] for column in columns) for row in rows])


def import_(
    file: Annotated[Path, typer.Argument(help="Label lines of the import format.", exists=True, dir_okay=False)],
    config: Config = None,
) -> None:
    """Record labels from a file, through the daemon if it runs. Labels that already stand change nothing.

    crisiswatch label import labels.jsonl
    """
    import asyncio

    from crisiswatch.app.labelling import import_labels, read_labels
    from crisiswatch.errors import CrisiswatchError

    labels, problems = read_labels(file)
    for problem in problems:
        say(problem)
    if not labels:
        fail(Exit.USAGE, f"{file}: no line is a label")
    settings, _ = settings_of(config)
    try:
        new, unknown = asyncio.run(import_labels(settings, labels, os.environ))
    except CrisiswatchError as error:
        fail(Exit.FINDINGS, str(error))
    say(f"recorded {new} labels, {len(labels) - new - unknown} stood already, {unknown} of unknown mentions")
    if problems or unknown:
        raise typer.Exit(Exit.PARTIAL)


def export(config: Config = None, brand: Brand = None) -> None:
    """Print the labels that stand as lines of the import format; backtest and replay read them.

    crisiswatch label export --brand Acme
    """
    import asyncio

    from crisiswatch.app.labelling import export_labels

    settings, _ = settings_of(config)
    lines = asyncio.run(export_labels(settings, brand))
    for line in lines:
        give(line)
    if not lines:
        raise typer.Exit(Exit.NOTHING)


def forget(
    brand: Annotated[str, typer.Option(help="What was taught about this brand.")],
    config: Config = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Drop what labels taught about a brand: its own models and the correction of its share. Stop the daemon first.

    The labels themselves stay recorded. Those that are given later teach anew.

    crisiswatch label forget --brand Acme --yes
    """
    import asyncio

    from crisiswatch.app.labelling import forget as forget_brand
    from crisiswatch.errors import StoreUnusable

    settings, _ = settings_of(config)
    names = [one.name for one in settings.brands]
    if brand not in names:
        fail(Exit.USAGE, f"unknown brand {brand!r}; known: {', '.join(names)}")
    if not yes:
        typer.confirm(f"Forget all that labels taught about {brand}?", abort=True, err=True)
    try:
        asyncio.run(forget_brand(settings, brand))
    except StoreUnusable as error:
        fail(Exit.FINDINGS, str(error))
    say(f"forgotten at the next start: what labels taught about {brand}")
