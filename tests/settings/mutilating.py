"""Breaks a whole configuration in every place and in many ways; each result is surely wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fake_catalogues import CANARY
from ruamel.yaml import YAML

EXAMPLE = Path(__file__).parents[2] / "config" / "crisiswatch.example.yml"
MORE = f"""\
inhibitions:
  - {{name: crisis explains blindness, source: 'severity="critical", family="crisis"', target: 'family="blind"'}}
storm: {{pings: 10, criticals: 30}}
heartbeat: {{url: "https://ping.example.org/{CANARY}", every: 1m}}
egress: {{allow: ["127.0.0.0/8"]}}
"""
SECRETS = frozenset(("token", "smtp", "secret"))

Path_ = tuple[str | int, ...]


def whole(folder: Path) -> str:
    """Return a configuration with nearly every section, whose secrets hold the canary; it is right."""
    (folder / "hook").write_text(f"{CANARY}\n", "utf-8")
    (folder / "playbooks").mkdir(exist_ok=True)
    text = EXAMPLE.read_text("utf-8").replace("/run/secrets/hook", str(folder / "hook"))
    text = text.replace('"${SMTP_URL}"', f'"smtp://robot:{CANARY}@mail.example.org:587?starttls"')
    return text + MORE


def renamed(text: str) -> Iterator[tuple[str, str]]:
    """Yield the configuration with each of its keys misspelt."""
    tree = _tree(text)
    for path in _paths(tree):
        if isinstance(path[-1], str):
            yield f"{_name(path)} misspelt", _written(_with(tree, path, f"{path[-1]}_x", _at(tree, path)))


def mistyped(text: str) -> Iterator[tuple[str, str]]:
    """Yield the configuration with each value in turn of a type that it cannot have."""
    tree = _tree(text)
    for path in _paths(tree):
        inside = CANARY if path[-1] in SECRETS or (path[0], path[-1]) == ("receivers", "url") else "words"
        wrong: object = [[inside]] if isinstance(_at(tree, path), dict) else {"wrong": {"deep": [inside]}}
        yield f"{_name(path)} of a wrong type", _written(_with(tree, path, path[-1], wrong))


def torn(text: str) -> Iterator[tuple[str, str]]:
    """Yield the configuration with each line indented by a tab, and with each one's last bracket lost."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if number < 2:
            continue
        yield f"line {number + 1} after a tab", "".join([*lines[:number], "\t", *lines[number:]])
        code = line.split("  #")[0]
        if code.rstrip().endswith(("}", "]")):
            cut = f"{code.rstrip()[:-1]}\n"
            yield f"line {number + 1} without its last bracket", "".join([*lines[:number], cut, *lines[number + 1 :]])


def garbled(text: str) -> Iterator[tuple[str, str]]:
    """Yield the configuration with a control character in each line, and with each key of the top level given twice."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines[1:], start=1):
        yield f"line {number + 1} with a null", "".join([*lines[:number], line[:-1], "\0\n", *lines[number + 1 :]])
    for key in _tree(text):
        yield f"{key} given twice", f"{text}{key}: 1\n"


def _tree(text: str) -> Any:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def _paths(tree: Any, so_far: Path_ = ()) -> Iterator[Path_]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*so_far, key)
        yield from _paths(value, (*so_far, key))


def _at(tree: Any, path: Path_) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _with(tree: Any, path: Path_, key: str | int, value: object) -> Any:
    changed = copy.deepcopy(tree)
    parent = _at(changed, path[:-1])
    if key != path[-1]:
        del parent[path[-1]]
    parent[key] = value
    return changed


def _written(tree: Any) -> str:
    return json.dumps(tree, indent=2) + "\n"


def _name(path: Path_) -> str:
    return ".".join(map(str, path))
