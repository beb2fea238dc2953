"""The page of the command line, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from crisiswatch.cli import EXIT_CODES, app
from docs.generating.markdown import code, page, table

INTRODUCTION = """\
Data goes to stdout, everything else to stderr. `--json` (or `--format json`) prints JSON. Every command takes `--help`.
`-c FILE` (or `CRISISWATCH_CONFIG`) names the configuration; without it these places are tried: see
[Configuration](config.md). What the exit codes mean: [Exit codes](exit-codes.md)."""


def write() -> str:
    """Return the page."""
    root = typer.main.get_command(app)
    sections = [_section(name, command) for name, command in commands(root)]
    return page("Commands", INTRODUCTION, *sections, f"---\n\n{EXIT_CODES}")


def commands(command: Any, path: tuple[str, ...] = ("crisiswatch",)) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its whole name, in the order of the help."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield " ".join(path), command
        return
    for name, child in inner.items():
        yield from commands(child, (*path, name))


def _section(name: str, command: Any) -> str:
    told, example = _help(command.help or "")
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    usage = " ".join([name, *(_argument(each) for each in arguments), *(["[OPTIONS]"] if options else [])])
    parts = [f"## {name}", told, code(usage, "text")]
    rows = [_row(parameter) for parameter in (*arguments, *options)]
    if rows:
        parts.append(table(("option", "meaning", "default"), rows))
    if example:
        parts.append("Example:\n\n" + code(f"$ {example}", "console"))
    return "\n\n".join(parts)


def _help(text: str) -> tuple[str, str]:
    """Return what the help says, and its example: the paragraph that is a command."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    example = next((paragraph for paragraph in paragraphs if paragraph.startswith("crisiswatch ")), "")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph != example), example


def _argument(parameter: Any) -> str:
    name = str(parameter.name).upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _row(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        shown = f"`{str(parameter.name).upper()}`"
    else:
        shown = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    meaning = parameter.help or ""
    if getattr(parameter, "envvar", None):
        meaning += f" Variable: `{parameter.envvar}`."
    default = parameter.default
    is_plain = (
        isinstance(default, str | int | float | Path)
        and not isinstance(default, bool)
        and str(default) not in ("", ".")
    )
    return shown, meaning, "**needed**" if parameter.required else f"`{default}`" if is_plain else ""
