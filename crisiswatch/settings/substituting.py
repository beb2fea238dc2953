"""Puts values in place of `${VAR}`, `${VAR:-default}`, `${file:/path}` and `KEY_file: /path`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path as FilePath

from crisiswatch.errors import Problem
from crisiswatch.settings.faults import suggestion
from crisiswatch.settings.shapes import Shapes, is_secret
from crisiswatch.settings.tree import Entry, Leaf, Node, Path, Seq, problem, shortened, text, warning

REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}?")
"""A reference, or its escape `$${`."""

_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.ASCII | re.DOTALL)
_FILE_LIMIT = 65_536

MOUNTS = FilePath("/run")
"""Where container platforms put secrets, readable for all: nobody else is in there. Nobody is warned of those."""


class Absent(Enum):
    """What it means that a variable, file or folder is not there: checks may run on another machine."""

    IS_ERROR = "error"
    IS_WARNING = "warning"


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a reference has no value."""

    code: str
    message: str
    hint: str = ""


@dataclass(slots=True)
class Substitution:
    """Replaces references in a tree, and collects what was wrong with them."""

    folder: FilePath
    environ: Mapping[str, str]
    absent: Absent
    problems: list[Problem] = field(default_factory=list)
    _read: dict[str, int] = field(default_factory=dict)

    def references(self, node: Node, path: Path = ()) -> Node:
        """Return the tree with every reference in its texts replaced."""
        if isinstance(node, Leaf):
            return self._leaf(node, path) if isinstance(node.value, str) and "${" in node.value else node
        if isinstance(node, Seq):
            return replace(node, items=tuple(self.references(item, (*path, n)) for n, item in enumerate(node.items)))
        entries = node.entries.items()
        return replace(node, entries={k: replace(e, value=self.references(e.value, (*path, k))) for k, e in entries})

    def twins(self, node: Node, known: Shapes, path: Path = ()) -> Node:
        """Return the tree with the content of the named file in place of every `KEY_file` of a secret key."""
        if isinstance(node, Leaf):
            return node
        if isinstance(node, Seq):
            return replace(node, items=tuple(self.twins(item, known, (*path, n)) for n, item in enumerate(node.items)))
        entries: dict[str, Entry] = {}
        for key, entry in node.entries.items():
            target = key.removesuffix("_file")
            fields = known.get(path, {})
            if key in fields or target == key or target not in fields or not is_secret(fields[target]):
                entries[key] = replace(entry, value=self.twins(entry.value, known, (*path, key)))
            elif target in node.entries:
                message = f"{target} and {key} are both given"
                self.problems.append(problem("one-of", message, entry.key, (*path, key), f"remove {target}"))
            else:
                entries[target] = replace(entry, value=self._twin(entry.value, (*path, key)))
        return replace(node, entries=entries)

    def _leaf(self, leaf: Leaf, path: Path) -> Leaf:
        written = str(leaf.value)
        failures: list[_Failure] = []
        value = REFERENCE.sub(self._replacement(failures), written)
        for failure in failures:
            self._report(failure, leaf, path)
        if failures:
            return replace(leaf, written=written, is_resolved=False)
        self._judge_files(leaf, path)
        return replace(leaf, value=value, written=written if value != written else None)

    def _replacement(self, failures: list[_Failure]) -> Callable[[re.Match[str]], str]:
        def replaced(found: re.Match[str]) -> str:
            value = "${" if found[0] == "$${" else self._value(found)
            if isinstance(value, str):
                return value
            failures.append(value)
            return found[0]

        return replaced

    def _value(self, found: re.Match[str]) -> str | _Failure:
        if found[1].startswith("file:") and found[0].endswith("}"):
            return self._content(found[1].removeprefix("file:"))
        variable = _VARIABLE.fullmatch(found[1])
        if variable is None or not found[0].endswith("}"):
            hint = "write ${VAR}, ${VAR:-default} or ${file:/path}; $${ is a plain ${"
            return _Failure("reference", f"'{shortened(found[0])}' is not a reference", hint)
        name, default = variable[1], variable[2]
        if self.environ.get(name) or (name in self.environ and default is None):
            return self.environ[name]
        if default is not None:
            return default
        near = suggestion(name, self.environ)
        hint = near if near.startswith("did") else f"set it, or write ${{{name}:-default}}"
        return _Failure("missing-variable", f"the environment has no {name}", hint)

    def _content(self, name: str) -> str | _Failure:
        """Return what a file holds, without the end of its last line."""
        try:
            with (self.folder / name).open("rb") as file:
                self._read[name] = os.fstat(file.fileno()).st_mode
                raw = file.read(_FILE_LIMIT + 1)
            content = raw.decode("utf-8")
        except UnicodeDecodeError:
            return _Failure("secret-file", f"file '{shortened(name)}' is not UTF-8 text")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "the name is not usable"
            code = "missing-file" if isinstance(error, FileNotFoundError) else "secret-file"
            return _Failure(code, f"file '{shortened(name)}' cannot be read: {reason}")
        if len(raw) > _FILE_LIMIT:
            return _Failure("secret-file", f"file '{shortened(name)}' is larger than {_FILE_LIMIT:,} bytes")
        stripped = content.rstrip("\r\n")
        return stripped or _Failure("secret-file", f"file '{shortened(name)}' is empty")

    def _twin(self, node: Node, path: Path) -> Node:
        name = text(node)
        if not isinstance(node, Leaf) or name is None:
            self.problems.append(problem("wrong-type", "expected the path of a file", node.place, path))
            return Leaf("", node.place, node.place, written="", is_resolved=False)
        content, written = self._content(name), f"${{file:{name}}}"
        if isinstance(content, str):
            self._judge_files(node, path)
            return replace(node, value=content, written=written)
        self._report(content, node, path)
        return replace(node, written=written, is_resolved=False)

    def _judge_files(self, leaf: Leaf, path: Path) -> None:
        """Refuse files that anybody can change, warn of those that anybody can read: both hold secrets."""
        for name, mode in self._read.items():
            shown, is_file = shortened(name), stat.S_ISREG(mode)
            if is_file and mode & stat.S_IWOTH:
                message = f"file '{shown}' can be changed by every user of this machine"
                self.problems.append(problem("open-file", message, leaf.place, path, f"chmod 600 {shown}"))
            elif is_file and mode & stat.S_IROTH and not (self.folder / name).resolve().is_relative_to(MOUNTS):
                message = f"file '{shown}' can be read by every user of this machine"
                self.problems.append(warning("open-file", message, leaf.place, path, f"chmod 600 {shown}"))
        self._read.clear()

    def _report(self, failure: _Failure, leaf: Leaf, path: Path) -> None:
        is_absence = failure.code in ("missing-variable", "missing-file")
        make = warning if is_absence and self.absent is Absent.IS_WARNING else problem
        self.problems.append(make(failure.code, failure.message, leaf.place, path, failure.hint))
