"""Environment variables that override keys: `CRISISWATCH__SERVER__LISTEN=0.0.0.0:9119`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crisiswatch.errors import ConfigError, Problem
from crisiswatch.settings.reading import parse
from crisiswatch.settings.tree import Entry, Leaf, Map, Node, Place, Seq, problem

PREFIX = "CRISISWATCH__"


def overlay(root: Map, environ: Mapping[str, str]) -> tuple[Map, list[Problem]]:
    """Return the document with what the environment sets, and what is wrong with the names of variables.

    A name that leads to no known key ends as an unknown key of the document, placed at the variable.
    """
    problems: list[Problem] = []
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        keys = name.removeprefix(PREFIX).lower().split("__")
        place = Place(f"${name}")
        stop = _stop(root, keys)
        if not all(keys):
            problems.append(problem("environment", "this names no key", place, hint=f"write {PREFIX}SERVER__LISTEN"))
        elif stop:
            whole = f"{PREFIX}{'__'.join(stop).upper()}"
            message = f"'{'.'.join(stop)}' is a list, which is set as a whole"
            problems.append(problem("environment", message, place, hint=f"write {whole}='[…]'"))
        else:
            root = _with(root, keys, _value(environ[name], place), place)
    return root, problems


def _stop(node: Node | None, keys: Sequence[str]) -> Sequence[str]:
    """Return the keys that lead to a list on the way, none if there is no list."""
    for depth, key in enumerate(keys[:-1]):
        node = node.get(key) if isinstance(node, Map) else None
        if isinstance(node, Seq):
            return keys[: depth + 1]
    return ()


def _with(node: Map, keys: Sequence[str], value: Node, place: Place) -> Map:
    key, *rest = keys
    if rest:
        inner = node.get(key)
        value = _with(inner if isinstance(inner, Map) else Map({}, place), rest, value, place)
    before = node.entries.get(key)
    return replace(node, entries={**node.entries, key: Entry(before.key if before and rest else place, value)})


def _value(raw: str, place: Place) -> Node:
    """Return a list, mapping, number or truth value as YAML reads it, and any other text as it is."""
    try:
        parsed = parse(raw, place.file)
    except ConfigError:
        parsed = None
    if parsed is None or (isinstance(parsed, Leaf) and not isinstance(parsed.value, int | float)):
        is_null = isinstance(parsed, Leaf) and parsed.value is None and raw.strip() in ("null", "~")
        return Leaf(None if is_null else raw, place, place)
    return _moved(parsed, place)


def _moved(node: Node, place: Place) -> Node:
    if isinstance(node, Leaf):
        return replace(node, place=place, end=place)
    if isinstance(node, Seq):
        return Seq(tuple(_moved(item, place) for item in node.items), place)
    return Map({key: Entry(place, _moved(entry.value, place)) for key, entry in node.entries.items()}, place)
