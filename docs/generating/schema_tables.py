"""Tables of keys from a JSON Schema: key, type, default, meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from crisiswatch.settings import show_duration
from crisiswatch.settings.values import DURATION_PATTERN
from docs.generating.markdown import table

Node = Mapping[str, Any]

HEADERS = ("key", "type", "default", "meaning")

_ISO_DURATION = re.compile(r"P(?=[0-9T])[0-9A-Z]+")
_DURATIONS = TypeAdapter(timedelta)


def keys_table(model: Node, links: Mapping[str, str], without: Collection[str] = ()) -> str:
    """Return the table of a model's keys; `links` gives the heading under which a nested model stands."""
    required = _required(model)
    rows = [
        (f"`{key}`", type_of(node, links), _default(key, node, required), meaning(node))
        for key, node in model.get("properties", {}).items()
        if key not in without
    ]
    return table(HEADERS, rows)


def type_of(node: Node, links: Mapping[str, str]) -> str:
    """Return what a value is, in words."""
    if "$ref" in node:
        return _reference(str(node["$ref"]), links)
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(type_of(part, links) for part in node["anyOf"]))
    if "const" in node or "enum" in node:
        return ", ".join(f"`{value}`" for value in node.get("enum", [node.get("const")]))
    if node.get("pattern") == DURATION_PATTERN:
        return "duration (`5m`, `1h30m`)"
    return _simple(node, links)


def meaning(node: Node) -> str:
    """Return what a key is for, with its limits."""
    told = str(node.get("description", ""))
    if told and told[-1] not in ".!?":
        told += "."
    bounds = [text for key, text in _BOUNDS.items() if key in node for text in [text.format(node[key])]]
    return " ".join([told, *bounds]).strip()


_BOUNDS = {
    "minimum": "At least {}.",
    "exclusiveMinimum": "Above {}.",
    "maximum": "At most {}.",
    "exclusiveMaximum": "Below {}.",
    "maxItems": "{} at most.",
}
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}
_FORMATS = {"password": "secret", "date-time": "time with offset", "path": "path"}


def _simple(node: Node, links: Mapping[str, str]) -> str:
    kind = str(node.get("type", "mapping"))
    if kind == "array":
        return f"list of {type_of(node.get('items', {}), links)}"
    if kind == "object":
        values = node.get("additionalProperties")
        return f"mapping of {type_of(values, links)}" if isinstance(values, Mapping) else "mapping"
    return _FORMATS.get(str(node.get("format")), _TYPES.get(kind, kind))


def _reference(ref: str, links: Mapping[str, str]) -> str:
    name = ref.rpartition("/")[2]
    target = links.get(name)
    return f"[{target.partition('#')[0]}](#{target.partition('#')[2]})" if target else "mapping"


def _required(model: Node) -> set[str]:
    either = [part for clause in model.get("allOf", ()) for part in clause.get("anyOf", ())]
    first = either[0]["required"] if either else []
    return {*model.get("required", ()), *first}


def _default(key: str, node: Node, required: set[str]) -> str:
    if key in required:
        return "**needed**"
    value = node.get("default")
    if value in (None, "", [], {}) or (isinstance(value, dict) and "$ref" in node):
        return "–"
    if isinstance(value, str):
        is_duration = _ISO_DURATION.fullmatch(value)
        return f"`{show_duration(_DURATIONS.validate_python(value)) if is_duration else value}`"
    shown = json.dumps(value, ensure_ascii=False)
    return f"`{shown.replace(chr(34), '')}`" if isinstance(value, dict | list) else f"`{shown}`"
