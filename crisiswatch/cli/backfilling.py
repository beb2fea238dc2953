"""`backfill`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give_json, give_table, progress, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Set up")(backfill)


def backfill(
    config: Config = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="How far back.")] = 14,
    source: Annotated[
        list[str] | None, typer.Option(help="Only this source; may be repeated.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch the past of the sources, so that a new brand need not learn for two weeks. It can alarm nobody.

    Stop the daemon first; at its next start it learns what was fetched. A run that was stopped goes on where it was.

    crisiswatch backfill --days 14 --source hn
    """
    import asyncio

    from crisiswatch.app.backfilling import Wish, record
    from crisiswatch.app.backfilling import backfill as fetch_past

    settings, path = settings_of(config, needs_secrets=True)
    names, known = tuple(source or ()), [entry.name for entry in settings.sources]
    for name in names:
        if name not in known:
            fail(Exit.USAGE, f"no source is called {name!r}; known: {', '.join(known) or 'none'}")
    with progress("backfill") as show:
        stretch, outcomes = asyncio.run(fetch_past(settings, path, Wish(names, days), os.environ, show))
    rows = [record(stretch, outcome) for outcome in outcomes]
    if as_json:
        give_json(rows)
    else:
        columns = ("source", "result", "mentions", "read", "requests", "reason")
        give_table(columns, [tuple(_inert(row[column]) for column in columns) for row in rows])
    results = [str(row["result"]) for row in rows]
    if "done" in results:
        say(f"history from {stretch.start:%Y-%m-%d} to {stretch.end:%Y-%m-%d %H:%M} UTC; learnt when the daemon starts")
    raise typer.Exit(_code(results))


def _code(results: list[str]) -> Exit:
    """Return 0 if every source that has a past gave it, 4 for some, 1 for none; 3 if no source has one."""
    able = [result for result in results if result != "cannot"]
    if not able:
        return Exit.NOTHING
    if all(result == "done" for result in able):
        return Exit.OK
    return Exit.PARTIAL if {"done", "paused"} & set(able) else Exit.FINDINGS


def _inert(value: object) -> str:
    from crisiswatch.cli.failing import inert

    return inert(str(value)).replace("\n", " ")
