"""`digest`: what was seen and what could not be seen, for a mail a day or a week."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Language, fail, give, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(digest)


def digest(
    since: Annotated[str, typer.Option(help="How far back: 24h, 7d.")] = "24h",
    lang: Annotated[Language, typer.Option(help="In which language.")] = Language.EN,
    config: Config = None,
) -> None:
    """Print what was seen, what was wrong, and what could not be seen: for cron and a mail a day.

    crisiswatch digest

    crisiswatch digest --since 7d
    """
    import asyncio

    from crisiswatch.app.digesting import digest_of
    from crisiswatch.rendering.digest import digest_text
    from crisiswatch.rendering.reader import reader
    from crisiswatch.settings import parse_duration

    try:
        length = parse_duration(since)
    except ValueError:
        fail(Exit.USAGE, f"{since!r} is no length of time; write 24h or 7d")
    settings, _ = settings_of(config)
    found = asyncio.run(digest_of(settings, length))
    give(digest_text(found, reader(lang.value, UTC, found.end)).rstrip("\n"))
