"""`silence`: add, list, expire."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Silences: who is not told for a while, and why.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_)
    group.command("expire")(expire)
    app.add_typer(group, name="silence", rich_help_panel="Look")


def add(  # noqa: PLR0913, PLR0917  # what people type
    matchers: Annotated[str, typer.Argument(help='Which incidents: \'brand="Acme", severity="warning"\'.')],
    reason: Annotated[str, typer.Option(help="Why; everybody sees it.")],
    config: Config = None,
    lasts: Annotated[str | None, typer.Option("--for", help="How long: 2h, 90m, 1d.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when: 2026-03-01T08:00:00+01:00.")] = None,
    by: Annotated[str, typer.Option(help="Who asks for it.", envvar="USER")] = "somebody",
    until_it_escalates: Annotated[
        bool, typer.Option("--until-it-escalates", help="Tell of what becomes more severe than it is now.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Also if it hides everything.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would hide.")] = False,
) -> None:
    """Hold back what is told about some incidents; the open ones that it hides are listed first.

    crisiswatch silence add 'brand="Acme"' --for 2h --reason "known outage, status page is up"
    """
    import asyncio

    from crisiswatch.app.silencing import add_silence, preview_silence, read_asked

    settings, _ = settings_of(config)
    asked = read_asked(matchers, _end(lasts, until), by, reason)
    asked = replace(asked, until_it_escalates=until_it_escalates, is_meant=force)
    hidden = asyncio.run(preview_silence(settings, asked))
    say(f"hides {', '.join(hidden)}" if hidden else "hides no incident that is open now")
    if dry_run:
        return
    give(asyncio.run(add_silence(settings, asked, os.environ)))


def list_(
    config: Config = None,
    is_all: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: Json = False,
) -> None:
    """List silences, oldest first."""
    import asyncio

    from crisiswatch.app.silencing import list_silences

    settings, _ = settings_of(config)
    rows = asyncio.run(list_silences(settings, is_all=is_all))
    if as_json:
        give_json(rows)
    elif not rows:
        fail(Exit.NOTHING, "no silence")
    else:
        columns = ("id", "matchers", "ends", "by", "holds_back", "reason")
        give_table(columns, [tuple(str(row[column]) for column in columns) for row in rows])


def expire(
    id: Annotated[str, typer.Argument(help="A silence, such as S-1a2b3c4d.")],
    config: Config = None,
    by: Annotated[str, typer.Option(help="Who ends it.", envvar="USER")] = "somebody",
) -> None:
    """End a silence now; what it held back is sent at once."""
    import asyncio

    from crisiswatch.app.silencing import expire_silence

    settings, _ = settings_of(config)
    if not asyncio.run(expire_silence(settings, id, by, os.environ)):
        fail(Exit.NOTHING, f"there is no silence {id}")
    say(f"{id} is over")


def _end(lasts: str | None, until: str | None) -> datetime:
    """Return when a silence ends; end with a usage error unless exactly one way to say it is used."""
    from crisiswatch.engine.clock import SystemClock
    from crisiswatch.settings import parse_duration

    if (lasts is None) is (until is None):
        fail(Exit.USAGE, "say how long: --for 2h, or --until 2026-03-01T08:00:00+01:00")
    try:
        end = SystemClock().now() + parse_duration(lasts) if until is None else datetime.fromisoformat(until)
    except ValueError:
        fail(Exit.USAGE, f"{lasts or until!r} is no time; write --for 2h, or --until 2026-03-01T08:00:00+01:00")
    if end.tzinfo is None:
        fail(Exit.USAGE, f"{until!r} lacks its offset from UTC; write 2026-03-01T08:00:00+01:00")
    return end
