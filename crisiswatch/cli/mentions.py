"""`mentions`, `query` and `erase`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Look")(mentions)
    app.command(rich_help_panel="Look")(query)
    app.command(rich_help_panel="Keep")(erase)


def mentions(
    words: Annotated[str | None, typer.Argument(help="Words that all occur.", show_default=False)] = None,
    config: Config = None,
    brand: Annotated[str | None, typer.Option(help="Only of this brand.")] = None,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    as_json: Json = False,
) -> None:
    """Search the stored mentions, newest first.

    crisiswatch mentions smoke --brand Acme
    """
    import asyncio

    from crisiswatch.app.asking import list_mentions
    from crisiswatch.core.queries import MentionQuery

    settings, _ = settings_of(config)
    query = MentionQuery(brand=brand, source=source, text=words, limit=limit)
    rows = asyncio.run(list_mentions(settings, query))
    _give(rows, as_json=as_json)


def query(
    match: Annotated[str, typer.Argument(metavar="QUERY", help="A query as under `match` in the configuration.")],
    config: Config = None,
    brand: Annotated[str | None, typer.Option(help="Only mentions of this brand.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    as_json: Json = False,
) -> None:
    """Try a query on the newest stored mentions: how many match, and which.

    crisiswatch query 'acme NOT county'
    """
    import asyncio

    from crisiswatch.app.asking import preview
    from crisiswatch.core.queries import MentionQuery
    from crisiswatch.text.queries import QueryError

    settings, _ = settings_of(config)
    try:
        rows, hits, looked_at = asyncio.run(preview(settings, MentionQuery(brand=brand, limit=limit), match))
    except QueryError as error:
        fail(Exit.USAGE, str(error))
    say(f"{hits:,} of {looked_at:,} stored mentions match")
    _give(rows, as_json=as_json)


def _give(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    if as_json:
        give_json(rows)
    elif not rows:
        fail(Exit.NOTHING, "no stored mention matches")
    else:
        columns = ("event_time", "brand", "source", "negativity", "relevance", "text")
        give_table(
            columns, [tuple("-" if row[column] is None else str(row[column]) for column in columns) for row in rows]
        )


def erase(
    config: Config = None,
    author: Annotated[
        str | None, typer.Option(help="SOURCE:AUTHOR or SOURCE@INSTANCE:AUTHOR, as the source calls the author.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="The link of one mention.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Wipe text and author of everything an author wrote, or of one mention. The counts stay.

    crisiswatch erase --author mastodon:https://m.example/@ann
    """
    import asyncio

    from crisiswatch.app.asking import erase as erase_stored
    from crisiswatch.errors import StoreUnusable

    if (author is None) == (url is None):
        fail(Exit.USAGE, "give either --author SOURCE:AUTHOR or --url LINK")
    if author is not None and ":" not in author:
        fail(Exit.USAGE, "--author is SOURCE:AUTHOR, for example mastodon:https://m.example/@ann")
    if not yes and not sys.stdin.isatty():
        fail(Exit.USAGE, "this cannot be undone; without a terminal to ask on, say --yes")
    if not yes and not typer.confirm("This cannot be undone. Wipe?", err=True):
        raise typer.Exit(Exit.FINDINGS)
    settings, path = settings_of(config)
    try:
        wiped = asyncio.run(erase_stored(settings, path, author, url))
    except StoreUnusable as error:
        fail(Exit.FINDINGS, f"{error}; stop the daemon first")
    say(f"wiped {wiped} mentions")
    give(str(wiped))
    if not wiped:
        raise typer.Exit(Exit.NOTHING)
