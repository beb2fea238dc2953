"""Turns what pydantic says of the document into problems that have a line, a column and a hint."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from crisiswatch.errors import Problem
from crisiswatch.settings.faults import suggestion
from crisiswatch.settings.shapes import Shapes, is_secret_path
from crisiswatch.settings.tree import Leaf, Node, Path, child, descend, items, key_place, problem, quoted

_EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "mapping": "a mapping",
    "time_delta": "a duration",
    "url": "an address",
    "is_instance": "another value",
}
_OF_CONTENT = frozenset(
    {"string_pattern_mismatch", "string_too_long", "string_too_short", "url_scheme", "url_too_long"}
)
"""Errors about what a value says, not what it is: pydantic's sentence is the better one."""

_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def problems_of(error: ValidationError, root: Node, known: Shapes, prefix: Path = ()) -> list[Problem]:
    """Return a problem for each error; `prefix` is where in the document the validated part stands."""
    return [_problem(details, root, known, prefix) for details in error_details(error, root, prefix)]


def error_details(error: ValidationError, root: Node, prefix: Path = ()) -> list[Any]:
    """Return what pydantic says, without what only follows from it: a list is not empty because its items are wrong."""
    found = error.errors(include_url=False, include_input=False)
    return [details for details in found if not _is_consequence(details, root, prefix)]


def unknown_key(root: Node, known: Shapes, path: Path) -> Problem:
    """Return the problem of a key that its mapping does not know."""
    key = str(path[-1])
    place = key_place(root, path) or root.place
    return problem("unknown-key", f"unknown key '{key}'", place, path, suggestion(key, known.get(path[:-1], {})))


def missing_key(root: Node, path: Path) -> Problem:
    """Return the problem of a key that is not there, at the key of the mapping that lacks it."""
    parent, seen = descend(root, path[:-1])
    place = key_place(root, seen) or (parent or root).place
    return problem("missing-key", f"key '{path[-1]}' is missing", place, (*seen, path[-1]))


def _is_consequence(details: Any, root: Node, prefix: Path) -> bool:
    node, _ = descend(root, (*prefix, *details["loc"]))
    return details["type"] == "too_short" and len(items(node)) >= int(details["ctx"]["min_length"])


def _problem(details: Any, root: Node, known: Shapes, prefix: Path) -> Problem:
    kind, context = details["type"], details.get("ctx", {})
    path: Path = (*prefix, *details["loc"])
    if kind == "extra_forbidden":
        return unknown_key(root, known, (*descend(root, path[:-1])[1], path[-1]))
    if kind == "missing":
        return missing_key(root, path)
    node, path = descend(root, path)
    if context.get("at") and child(node, context["at"]) is not None:
        node, path = child(node, context["at"]), (*path, context["at"])
    node = node or root
    shown = "the secret" if is_secret_path(known, path) else quoted(node)
    code, message, hint = _said(details, node, shown)
    is_empty = isinstance(node, Leaf) and node.place == node.end
    place = (key_place(root, path) if is_empty else None) or node.place
    return problem(code, message, place, path, hint)


def _said(details: Any, node: Node, shown: str) -> tuple[str, str, str]:
    """Return the code, the message and the hint of an error at a value that may be shown like this."""
    kind, context = details["type"], details.get("ctx", {})
    if "message" in context and "hint" in context:
        return kind, str(context["message"]).replace("{}", shown), str(context["hint"])
    if kind in ("literal_error", "enum"):
        return _choice(str(context.get("expected", "")), node, shown)
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return "out-of-range", f"{shown} is out of range", f"must be {words} {context.get(key):g}"
    if kind in ("too_short", "string_too_short") and context.get("min_length") == 1:
        return "too-few", "must not be empty", ""
    return _said_of_type(kind, shown) or (_code(kind), details["msg"].removeprefix("Value error, "), "")


def _said_of_type(kind: str, shown: str) -> tuple[str, str, str] | None:
    if kind.startswith(("datetime", "timezone")):
        return "time", f"{shown} is not a time with its offset", "write 2026-03-01T08:00:00+01:00"
    stem = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_attributes")
    expected = _EXPECTED.get(stem) or _EXPECTED.get(stem.partition("_")[0])
    return ("wrong-type", f"{shown} is not {expected}", "") if expected and kind not in _OF_CONTENT else None


def _code(kind: str) -> str:
    return kind.removesuffix("_error").replace("_", "-")


def _choice(expected: str, node: Node, shown: str) -> tuple[str, str, str]:
    allowed = [part.strip("'") for part in expected.replace(" or ", ", ").split(", ")]
    message = f"{shown} is not one of {', '.join(allowed)}"
    near = suggestion(str(node.value), allowed) if isinstance(node, Leaf) and isinstance(node.value, str) else ""
    return "unknown-value", message, near if near.startswith("did") else ""
