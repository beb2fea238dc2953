"""`notify`: which channels there are, and a test message."""

from __future__ import annotations

from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, fail, give_json, give_table, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Channels: what they can do, and a test message.", no_args_is_help=True)
    group.command("test")(test)
    group.command("types")(types)
    app.add_typer(group, name="notify", rich_help_panel="Set up")


def types(as_json: Json = False) -> None:
    """List the kinds of receivers."""
    from crisiswatch.channels import CATALOGUE

    rows = [{"type": kind.name, "summary": kind.summary} for kind in CATALOGUE]
    if as_json:
        give_json(rows)
    else:
        give_table(("type", "summary"), [tuple(row.values()) for row in rows])


def test(
    receiver: Annotated[str | None, typer.Argument(help="A receiver; all, if none is named.")] = None,
    config: Config = None,
) -> None:
    """Send a message marked [TEST] and say whether it was accepted.

    crisiswatch notify test on-call
    """
    import asyncio

    from crisiswatch.app.telling import send_test
    from crisiswatch.core.outbox import Outcome

    settings, _ = settings_of(config, needs_secrets=True)
    names = [entry.name for entry in settings.receivers if receiver in (None, entry.name)]
    if not names:
        known = ", ".join(entry.name for entry in settings.receivers) or "none"
        fail(Exit.NOTHING if receiver is None else Exit.USAGE, f"no such receiver; known: {known}")
    accepted = 0
    for name in names:
        attempt = asyncio.run(send_test(settings, name))
        accepted += attempt.outcome is Outcome.DELIVERED
        say(f"{name}: {attempt.outcome.value}" + (f" ({attempt.detail})" if attempt.detail else ""))
    if accepted < len(names):
        raise typer.Exit(Exit.PARTIAL if accepted else Exit.FINDINGS)
