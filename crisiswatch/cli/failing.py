"""Failures as a person reads them: one line and an exit code, never a traceback."""

from __future__ import annotations

import errno
from typing import Any

from typer.core import TyperGroup

from crisiswatch.cli.terminal import Exit, fail
from crisiswatch.errors import BadInput, ConfigError, CrisiswatchError, Interrupted


class Commands(TyperGroup):
    """The commands; an error raised on purpose inside one ends the program with what it says."""

    def invoke(self, ctx: Any) -> object:
        """Run the command. Ends the program where it fails."""
        try:
            return super().invoke(ctx)
        except CrisiswatchError as error:
            fail(code_of(error), inert(str(error)))
        except OSError as error:
            if error.errno in (None, errno.EPIPE):  # typer ends quietly where nobody reads on
                raise
            fail(Exit.FINDINGS, inert(f"{error.filename}: {error.strerror}" if error.filename else str(error)))


def code_of(error: CrisiswatchError) -> Exit:
    """Return the exit code that an error ends a command with."""
    if isinstance(error, ConfigError):
        return Exit.CONFIG
    if isinstance(error, Interrupted):
        return Exit.INTERRUPTED
    return Exit.USAGE if isinstance(error, BadInput) else Exit.FINDINGS


def inert(text: str) -> str:
    """Return a message without characters that steer a terminal: it may repeat what a stranger wrote."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)
