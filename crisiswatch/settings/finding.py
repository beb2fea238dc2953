"""Finds the configuration file where operators put it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from crisiswatch.errors import ConfigError, Problem

FILE_NAME = "crisiswatch.yml"


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the file that is named, or the first that exists. Raises ConfigError naming every place looked at.

    Named: the argument, then CRISISWATCH_CONFIG. Looked for: the working directory, $XDG_CONFIG_HOME/crisiswatch,
    /etc/crisiswatch. A file that is named need not exist: loading says so.
    """
    if explicit is not None:
        return explicit
    if environ.get("CRISISWATCH_CONFIG"):
        return Path(environ["CRISISWATCH_CONFIG"])
    places = tuple(_places(environ))
    found = next((place for place in places if place.is_file()), None)
    if found is not None:
        return found
    message = f"no configuration found; looked at {', '.join(map(str, places))}"
    hint = "write one with `crisiswatch init`, or name one with --config or CRISISWATCH_CONFIG"
    raise ConfigError((Problem("missing-file", message, file=FILE_NAME, hint=hint),))


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    yield Path(FILE_NAME)
    if environ.get("XDG_CONFIG_HOME"):
        yield Path(environ["XDG_CONFIG_HOME"]) / "crisiswatch" / FILE_NAME
    elif environ.get("HOME"):
        yield Path(environ["HOME"]) / ".config" / "crisiswatch" / FILE_NAME
    yield Path("/etc/crisiswatch") / FILE_NAME
