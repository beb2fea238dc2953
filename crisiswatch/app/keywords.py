"""Explains a key of the configuration from its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a key means, as lines; without lines, the keys that are `known` at the last place that exists."""

    lines: tuple[str, ...]
    known: tuple[str, ...]


def explain_key(schema: Schema, key: str) -> Explained:
    """Return what `brands.rules.severity` means; positions in lists are left out, every kind is looked at."""
    nodes: list[Schema] = [schema]
    for part in key.replace("[", ".").replace("]", "").split("."):
        if part.isdigit():
            continue
        objects = [one for node in nodes for one in _objects(schema, node)]
        found = [one["properties"][part] for one in objects if part in one.get("properties", {})]
        if not found:
            return Explained((), tuple(sorted({name for one in objects for name in one.get("properties", {})})))
        nodes = found
    lines = [line for node in nodes for line in _lines(schema, node)]
    below = sorted({name for node in nodes for one in _objects(schema, node) for name in one.get("properties", {})})
    keys = [f"keys: {', '.join(below)}"] if below else []
    return Explained((key, *dict.fromkeys(f"  {line}" for line in [*lines, *keys])), ())


def _lines(schema: Schema, node: Schema) -> Iterator[str]:
    if "description" in node:
        yield " ".join(str(node["description"]).split())
    values = [
        value for one in _whole(schema, node) for value in one.get("enum", [one["const"]] if "const" in one else [])
    ]
    if values:
        yield f"one of: {', '.join(dict.fromkeys(map(str, values)))}"
    types = dict.fromkeys(str(one["type"]) for one in _whole(schema, node) if isinstance(one.get("type"), str))
    if types and not values:
        yield f"type: {' or '.join(types)}"
    if "default" in node:
        yield f"default: {json.dumps(node['default'], ensure_ascii=False)}"


def _objects(schema: Schema, node: Schema) -> list[Schema]:
    """Return the objects that a node may be, or be a list of."""
    found: list[Schema] = []
    for one in _whole(schema, node):
        if "properties" in one:
            found.append(one)
        if isinstance(one.get("items"), Mapping):
            found += _objects(schema, one["items"])
    return found


def _whole(schema: Schema, node: Schema) -> Iterator[Schema]:
    """Yield a node with its references followed and its alternatives apart."""
    reference = node.get("$ref")
    if isinstance(reference, str):
        place: Any = schema
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        yield from _whole(schema, place)
        return
    yield node
    for word in ("anyOf", "oneOf", "allOf"):
        for one in node.get(word, ()):
            yield from _whole(schema, one)
