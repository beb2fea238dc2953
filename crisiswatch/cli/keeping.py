"""`outbox` and `db`: what is owed, and what is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    outbox = typer.Typer(help="Messages that are owed.", no_args_is_help=True)
    outbox.command("list")(list_)
    outbox.command("retry")(retry)
    outbox.command("discard")(discard)
    app.add_typer(outbox, name="outbox", rich_help_panel="Look")
    database = typer.Typer(help="Back up, restore and check the database.", no_args_is_help=True)
    database.command("backup")(backup)
    database.command("restore")(restore)
    database.command("check")(check)
    app.add_typer(database, name="db", rich_help_panel="Keep")


def list_(
    config: Config = None,
    is_all: Annotated[bool, typer.Option("--all", help="Delivered ones too.")] = False,
    as_json: Json = False,
) -> None:
    """List messages that are not delivered: pending, of unknown outcome, given up."""
    import asyncio

    from crisiswatch.app.incidents import list_outbox

    settings, _ = settings_of(config)
    rows = asyncio.run(list_outbox(settings, is_all=is_all))
    if as_json:
        give_json(rows)
    elif not rows:
        say("nothing is owed")
    else:
        columns = ("id", "receiver", "kind", "severity", "state", "attempts", "not_before", "held", "detail")
        give_table(columns, [tuple(str(row[column]) for column in columns) for row in rows])


def retry(id: Annotated[int, typer.Argument(help="A message of `outbox list`.")], config: Config = None) -> None:
    """Send a message again that was given up; it gets all of its time again."""
    import asyncio

    from crisiswatch.app.silencing import retry_message

    settings, _ = settings_of(config)
    if not asyncio.run(retry_message(settings, id, os.environ)):
        fail(Exit.NOTHING, f"there is no message {id}")
    say(f"message {id} is sent again")


def discard(
    id: Annotated[int, typer.Argument(help="A message of `outbox list`.")],
    config: Config = None,
    by: Annotated[str, typer.Option(help="Who lets it go.", envvar="USER")] = "somebody",
) -> None:
    """Let a message go that was given up; it stays listed with who did it."""
    import asyncio

    from crisiswatch.app.silencing import discard_message

    settings, _ = settings_of(config)
    if not asyncio.run(discard_message(settings, id, by, os.environ)):
        fail(Exit.NOTHING, f"there is no message {id}")
    say(f"message {id} is let go")


def backup(target: Annotated[Path, typer.Argument(help="The file to write.")], config: Config = None) -> None:
    """Copy the database while the daemon runs.

    crisiswatch db backup crisiswatch-backup.db
    """
    import asyncio

    from crisiswatch.engine.failpoints import Failpoints
    from crisiswatch.store import backup as backups

    asyncio.run(backups.backup(_database(config), target, Failpoints.of(os.environ).reach))
    say(f"wrote {target}, {target.stat().st_size:,} bytes")


def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    config: Config = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the database that is there.")] = False,
) -> None:
    """Put a backup in the place of the database; the daemon must be stopped."""
    import asyncio

    from crisiswatch.engine.failpoints import Failpoints
    from crisiswatch.errors import StoreUnusable
    from crisiswatch.store import backup as backups

    target = _database(config)
    if target.exists() and not force:
        fail(Exit.FINDINGS, f"{target} is there already; --force replaces it (the old one is kept beside it)")
    try:
        asyncio.run(backups.restore(source, target, Failpoints.of(os.environ).reach))
    except StoreUnusable as error:
        fail(Exit.FINDINGS, str(error))
    say(f"restored {target} from {source}")


def check(config: Config = None) -> None:
    """Check the database for damage."""
    import asyncio

    from crisiswatch.store import backup as backups

    problems = asyncio.run(backups.check(_database(config)))
    for problem in problems:
        give(problem)
    if problems:
        raise typer.Exit(Exit.FINDINGS)
    say("the database is whole")


def _database(config: Path | None) -> Path:
    settings, _ = settings_of(config)
    url = settings.store.url.get_secret_value()
    if not url.startswith("sqlite:///"):
        fail(Exit.USAGE, "this is for SQLite; use pg_dump and pg_restore for PostgreSQL")
    return Path(url.removeprefix("sqlite:///"))
