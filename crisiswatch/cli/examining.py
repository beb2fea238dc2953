"""`doctor` and `completion`: is this installation well, and can the shell finish its words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from crisiswatch.cli.terminal import Config, Exit, Json, give, give_json, settings_of


class Shell(StrEnum):
    """The shells that completion is written for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Keep")(doctor)
    app.command(rich_help_panel="Set up")(completion)


def doctor(config: Config = None, as_json: Json = False) -> None:
    """Look at configuration, disk, database, daemon, sources and messages, and say what to do.

    crisiswatch doctor
    """
    import asyncio
    import os

    from crisiswatch.app.examining import Finding, examine

    settings, path = settings_of(config)
    findings: list[Finding] = asyncio.run(examine(settings, path, os.environ))
    if as_json:
        rows = [{"what": one.what, "ok": one.is_ok, "found": one.found, "do": one.do} for one in findings]
        give_json({"schema_version": 1, "findings": rows})
    else:
        for one in findings:
            give(f"{'✓ ok' if one.is_ok else '✖ wrong'}  {one.what}: {one.found}")
            if not one.is_ok:
                give(f"         → {one.do}")
    raise typer.Exit(Exit.OK if all(one.is_ok for one in findings) else Exit.FINDINGS)


def completion(shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.")]) -> None:
    """Print what makes a shell complete commands and options.

    crisiswatch completion bash > ~/.local/share/bash-completion/completions/crisiswatch
    """
    from typer._completion_shared import get_completion_script

    give(get_completion_script(prog_name="crisiswatch", complete_var="_CRISISWATCH_COMPLETE", shell=shell.value))
