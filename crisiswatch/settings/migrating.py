"""Brings the text of a configuration to the newest version of the format; comments and order stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.util import load_yaml_guess_indent

from crisiswatch.errors import ConfigError
from crisiswatch.settings.reading import parse
from crisiswatch.settings.tree import Place, problem

NEWEST = 1
LONGEST_LINE = 4_096
"""Nothing is broken into lines that was none before."""

Step = Callable[[CommentedMap], None]


def migrated(text: str, file: str) -> str:
    """Return the text in the newest version; the same text if it is that already.

    Raises ConfigError for what is no configuration, or is of a version that this program does not know.
    """
    parse(text, file)  # says where it is broken
    yaml = _round_trip(text)
    found = yaml.load(text)
    if not isinstance(found, CommentedMap):
        raise _refused("wrong-type", "a configuration is a mapping", file, "begin with version: 1")
    version = _version(found, file)
    if version == NEWEST and found.get("version") == NEWEST and not isinstance(found["version"], str):
        return text
    for number in range(version, NEWEST):
        _STEPS[number](found)
    found["version"] = NEWEST
    out = StringIO()
    yaml.dump(found, out)
    return out.getvalue()


def rewrite(path: Path, text: str) -> Path:
    """Put `text` in the place of a file, whole or not at all; return where the old one is kept.

    Raises FileExistsError if something stands there already.
    """
    path = path.resolve()
    kept = path.with_name(f"{path.name}.bak")
    kept.hardlink_to(path)  # fails, and changes nothing, where something of that name is
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8")
    part.chmod(path.stat().st_mode)
    part.replace(path)
    return kept


def _version(found: Mapping[str, Any], file: str) -> int:
    given = str(found.get("version", 0))
    if not given.isdecimal():
        raise _refused("version", f"{given[:40]!r} is no version", file, f"write version: {NEWEST}")
    if int(given) > NEWEST:
        raise _refused("version", f"version {given[:40]} is newer than this program", file, "install the newer program")
    return int(given)


def _add_version(found: CommentedMap) -> None:
    """Name the version at the top, which files did not need before there were any."""
    found.pop("version", None)
    found.insert(0, "version", 1)


_STEPS: Mapping[int, Step] = {0: _add_version}
"""What makes a version out of the one before it, by the number of that one."""


def _round_trip(text: str) -> YAML:
    """Return what reads and writes with comments and quotes, indented as the text mostly is."""
    _, indent, of_lists = load_yaml_guess_indent(text)
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = LONGEST_LINE
    offset = of_lists or 0
    yaml.indent(mapping=max(2, (indent or 2) - offset), sequence=offset + 2, offset=offset)
    return yaml


def _refused(code: str, message: str, file: str, hint: str) -> ConfigError:
    return ConfigError((problem(code, message, Place(file, 1, 1), hint=hint),))
