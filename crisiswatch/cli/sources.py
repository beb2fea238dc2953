"""`source`: what can be heard, what is heard, and a try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give, give_json, give_table, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Sources: which exist, which are configured, and a try.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("test")(test)
    group.command("types")(types)
    group.command("record")(record)
    app.add_typer(group, name="source", rich_help_panel="Set up")


def types(as_json: Json = False) -> None:
    """Say what can be heard: access, cost, look-back, delay, how it was tested; and the way where there is none."""
    from crisiswatch.app.networks import rows

    found = rows()
    if as_json:
        give_json([row.record() for row in found])
        return
    give_table(
        ("type", "network", "access", "cost", "look-back", "delay", "tested", "route"),
        [tuple(row.record().values()) for row in found],
    )


def list_(config: Config = None, as_json: Json = False) -> None:
    """List the configured sources."""
    from crisiswatch.settings import show_duration

    settings, _ = settings_of(config)
    rows = [
        {"name": s.name, "type": s.type, "every": show_duration(s.every), "lateness": show_duration(s.lateness)}
        for s in settings.sources
    ]
    if as_json:
        give_json(rows)
    else:
        give_table(("name", "type", "every", "lateness"), [tuple(row.values()) for row in rows])


def test(
    name: Annotated[str, typer.Argument(help="A source of the configuration.")],
    config: Config = None,
    limit: Annotated[int, typer.Option(help="How many mentions to show.")] = 5,
    as_json: Json = False,
) -> None:
    """Fetch from a source once and show how each mention is matched and scored; nothing is stored.

    Of a source that costs money it also says what is left of its cap.

    crisiswatch source test press
    """
    import asyncio

    from crisiswatch.app.spending import left_to_spend
    from crisiswatch.app.trying import try_source
    from crisiswatch.engine.clock import SystemClock
    from crisiswatch.errors import CrisiswatchError

    settings, _ = settings_of(config, needs_secrets=True)
    _require(name, [entry.name for entry in settings.sources])
    if left := asyncio.run(left_to_spend(settings, name, SystemClock().now())):
        say(left)
    try:
        tried = asyncio.run(try_source(settings, name, limit))
    except CrisiswatchError as error:
        fail(Exit.FINDINGS, f"{name}: {error}")
    if as_json:
        give_json(tried)
    elif not tried:
        fail(Exit.NOTHING, f"{name}: the source answered, and there was nothing in it")
    else:
        rows = [
            (t["published_at"], t["brands"], t["language"], t["negativity"], t["relevance"], t["text"]) for t in tried
        ]
        give_table(("published", "brands", "language", "negativity", "relevance", "text"), rows)
        give(f"{len(tried)} shown")


def record(
    name: Annotated[str, typer.Argument(help="A source of the configuration.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; one that is there stays.")],
    config: Config = None,
) -> None:
    """Fetch from a source once and keep what it answered as an example, without persons and secrets. Read it first.

    crisiswatch source record press --output press.json
    """
    import asyncio

    from crisiswatch.app.recording import record_source

    settings, _ = settings_of(config, needs_secrets=True)
    _require(name, [entry.name for entry in settings.sources])
    if output.exists():
        fail(Exit.FINDINGS, f"{output} is there already; it was not changed")
    recorded = asyncio.run(record_source(settings, name))
    output.write_text(recorded, "utf-8")
    say(f"wrote {output}: read it before you share it; names inside a text are not all known")


def _require(name: str, known: list[str]) -> None:
    if name not in known:
        fail(Exit.USAGE, f"no source is called {name!r}; known: {', '.join(known) or 'none'}")
