"""The configuration as a tree of values that know where they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from crisiswatch.errors import Problem

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"
Path: TypeAlias = tuple[str | int, ...]

_LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file, counted from 1; line 0 means that the file has no lines (an environment variable)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar. `written` is the text before references were replaced, None where there were none.

    `end` is the place behind the last character. Not `is_resolved`: what it refers to is absent here.
    """

    value: Scalar
    place: Place
    end: Place
    written: str | None = None
    is_resolved: bool = True


@dataclass(frozen=True, slots=True)
class Seq:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a mapping, with the place of its key."""

    key: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping, in the order in which it was written."""

    entries: Mapping[str, Entry]
    place: Place

    def get(self, key: str) -> Node | None:
        """Return the value of a key, None where it is absent."""
        entry = self.entries.get(key)
        return entry.value if entry else None


Node: TypeAlias = Leaf | Seq | Map


def plain(node: Node) -> Plain:
    """Return the tree as dictionaries, lists and scalars."""
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    return {key: plain(entry.value) for key, entry in node.entries.items()}


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Yield every scalar below a node, with its path."""
    if isinstance(node, Leaf):
        yield path, node
    elif isinstance(node, Seq):
        for index, item in enumerate(node.items):
            yield from leaves(item, (*path, index))
    else:
        for key, entry in node.entries.items():
            yield from leaves(entry.value, (*path, key))


def child(node: Node | None, part: str | int) -> Node | None:
    """Return the value under a key or index, None where there is none."""
    if isinstance(node, Map):
        return node.get(str(part))
    if isinstance(node, Seq) and isinstance(part, int) and part < len(node.items):
        return node.items[part]
    return None


def descend(node: Node | None, path: Sequence[str | int]) -> tuple[Node | None, Path]:
    """Return the deepest value on a path with the part of the path that exists.

    Parts that the document does not contain (the tags that validators add to their paths) are stepped over.
    """
    seen: list[str | int] = []
    for part in path:
        found = child(node, part)
        if found is not None:
            node = found
            seen.append(part)
    return node, tuple(seen)


def key_place(root: Node, path: Path) -> Place | None:
    """Return the place of the key that a path ends with; None for list items and for absent keys."""
    parent, _ = descend(root, path[:-1])
    if isinstance(parent, Map) and path and str(path[-1]) in parent.entries:
        return parent.entries[str(path[-1])].key
    return None


def items(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list; of anything else, none."""
    return node.items if isinstance(node, Seq) else ()


def text(node: Node | None) -> str | None:
    """Return the text of a scalar that is text; of anything else, None."""
    return node.value if isinstance(node, Leaf) and isinstance(node.value, str) else None


def quoted(node: Node | None) -> str:
    """Return a value as an error may show it: as it was written, never what a reference stands for."""
    if not isinstance(node, Leaf):
        return {Seq: "a list", Map: "a mapping"}.get(type(node), "nothing")
    if isinstance(node.value, str):
        return f"'{shortened(node.written or node.value)}'"
    if node.value is None:
        return "nothing"
    return str(node.value).lower() if isinstance(node.value, bool) else shortened(str(node.value))


def split_lines(source: str) -> list[str]:
    """Return the lines of a text as YAML counts them."""
    return _LINE_END.split(source)


def shortened(value: str) -> str:
    """Return text of at most 60 characters in one line."""
    line = " ".join(value.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as people write it: `brands[0].name`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def problem(code: str, message: str, place: Place, path: Path = (), hint: str = "") -> Problem:
    """Return an error at a place."""
    return Problem(code, message, dotted(path), place.file, place.line, place.column, hint)


def warning(code: str, message: str, place: Place, path: Path = (), hint: str = "") -> Problem:
    """Return a warning at a place."""
    return Problem(code, message, dotted(path), place.file, place.line, place.column, hint, is_warning=True)
