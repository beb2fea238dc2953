"""Checks across the document that no single model can make, and hints about what is right but unwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from crisiswatch.errors import Problem
from crisiswatch.settings.brands import Brand
from crisiswatch.settings.entries import found_receivers, found_sources
from crisiswatch.settings.references import (
    names_given_twice,
    people,
    receiver_references,
    routes,
    texts,
    unknown_brands,
    unknown_escalations,
    unknown_receivers,
    unknown_sources,
)
from crisiswatch.settings.sections import has_password
from crisiswatch.settings.shapes import Shapes, secret_leaves
from crisiswatch.settings.substituting import Absent
from crisiswatch.settings.tokens import token_name
from crisiswatch.settings.tree import (
    Leaf,
    Map,
    Node,
    Path,
    child,
    descend,
    items,
    plain,
    problem,
    quoted,
    text,
    warning,
)


def cross_checks(root: Node, known: Shapes) -> Iterator[Problem]:
    """Yield what is wrong or unwise about the document as a whole."""
    yield from names_given_twice(root)
    yield from unknown_receivers(root)
    yield from unknown_escalations(root)
    yield from unknown_sources(root)
    yield from unknown_brands(root)
    yield from _root_route(root)
    yield from _unreachable_routes(root)
    yield from _unused_receivers(root)
    yield from _nothing_to_do(root)
    yield from _same_source_twice(root)
    yield from _names_by_position(root)
    yield from _called_nowhere(root)
    yield from _plain_secrets(root, known)


def query_problems(root: Node, check: Callable[[str], str | None]) -> Iterator[Problem]:
    """Yield an error for each query that the query language refuses."""
    for path, leaf in _queries(root):
        said = check(str(leaf.value)) if leaf.value else None
        if said:
            yield problem("query", said, leaf.place, path)


def detector_problems(
    root: Node, brands: Sequence[Brand], check: Callable[[str, Mapping[str, Any], float | None], tuple[str, str] | None]
) -> Iterator[Problem]:
    """Yield an error for each detector that cannot be used as it is written, in a document without other errors."""
    for index, brand in enumerate(brands):
        for number, detector in enumerate(brand.detectors):
            told = check(detector.class_, detector.options, detector.above)
            if told is None:
                continue
            key, message = told
            path: Path = ("brands", index, "detectors", number)
            where = (*path, key) if key in ("class", "above", "options") else (*path, "options", key)
            node, _ = descend(root, where)
            yield problem("detector", message, (node or root).place, where)


def folder_problems(root: Node, folder: FilePath, absent: Absent) -> Iterator[Problem]:
    """Yield a problem if the folder of playbooks does not exist."""
    leaf = child(child(root, "playbooks"), "folder")
    name = text(leaf)
    if leaf is None or not name:
        return
    try:
        exists = (folder / name).is_dir()
    except (OSError, ValueError):
        exists = False
    if not exists:
        make = problem if absent is Absent.IS_ERROR else warning
        hint = "remove the line: packaged playbooks apply without it"
        yield make("missing-folder", f"there is no folder {quoted(leaf)}", leaf.place, ("playbooks", "folder"), hint)


def _queries(root: Node) -> Iterator[tuple[Path, Leaf]]:
    for index, brand in enumerate(items(child(root, "brands"))):
        for key in ("match", "ignore"):
            yield from texts(child(brand, key), ("brands", index, key))
        for number, rule in enumerate(items(child(brand, "rules"))):
            yield from texts(child(rule, "match"), ("brands", index, "rules", number, "match"))


def _root_route(root: Node) -> Iterator[Problem]:
    """The root catches what no branch takes: without a receiver that would be lost."""
    route = child(root, "routes")
    if not isinstance(route, Map):
        return
    if not text(route.get("receiver")) and not plain(route.get("receivers") or Map({}, route.place)):
        message = "the root route needs a receiver: it takes what no other route takes"
        yield problem("missing-key", message, route.place, ("routes", "receiver"))
    conditions = route.get("match")
    if conditions is not None:
        yield problem(
            "matcher", "the root route takes everything", conditions.place, ("routes", "match"), "remove match"
        )


def _unreachable_routes(root: Node) -> Iterator[Problem]:
    for path, route in routes(root):
        catcher: Node | None = None
        for index, branch in enumerate(items(route.get("routes"))):
            here = (*path, "routes", index)
            if catcher is not None:
                line = f"line {catcher.place.line}" if catcher.place.line else catcher.place.file
                message = f"unreachable: the route in {line} takes everything and does not continue"
                yield warning(
                    "unreachable-route", message, branch.place, here, "move it up, or set continue: true there"
                )
            elif not text(child(branch, "match")) and plain(child(branch, "continue") or root) is not True:
                catcher = branch


def _unused_receivers(root: Node) -> Iterator[Problem]:
    if child(root, "routes") is None:
        return
    used = {leaf.value for path, leaf in receiver_references(root) if path[0] != "mutes"}
    used |= {leaf.value for _, leaf in people(root)}
    for found in found_receivers(root):
        if found.name and found.name not in used:
            name = found.node.get("name") or found.node
            hint = "name it in routes or escalations"
            yield warning("unused-receiver", f"nobody is told through '{found.name}'", name.place, found.path, hint)


def _nothing_to_do(root: Node) -> Iterator[Problem]:
    if not found_sources(root):
        message = "there are no sources: only imports and backtests will see mentions"
        yield warning("no-sources", message, root.place, ("sources",))
    if not found_receivers(root):
        yield warning("no-receivers", "there are no receivers: nobody will be told", root.place, ("receivers",))


RHYTHM = ("name", "every", "every_at_least", "every_at_most", "lateness")
"""Keys in which two sources that read the same may differ."""


def _same_source_twice(root: Node) -> Iterator[Problem]:
    first: dict[str, Node] = {}
    for found in found_sources(root):
        entries = {key: entry for key, entry in found.node.entries.items() if key not in RHYTHM}
        before = first.setdefault(repr(plain(replace(found.node, entries=entries))), found.node)
        if before is not found.node:
            message = f"reads the same as the source at {before.place}"
            yield warning("duplicate-source", message, found.node.place, found.path, "let both brands name one source")


def _names_by_position(root: Node) -> Iterator[Problem]:
    """A numbered name moves to another source when one is added above, and its progress with it."""
    for found in found_sources(root):
        if found.node.get("name") is None and found.name != text(found.node.get("type")):
            message = f"a source without a name is called '{found.name}' by its position"
            yield warning("unnamed-source", message, found.node.place, found.path, "give it a name")


def _called_nowhere(root: Node) -> Iterator[Problem]:
    """A hub that cannot call us never confirms a subscription."""
    if child(child(root, "server"), "public_url") is not None:
        return
    for found in found_sources(root):
        secret = found.node.get("websub_secret")
        if secret is not None:
            path = (*found.path, "websub_secret")
            hint = "set server.public_url, or leave websub_secret out"
            message = f"no hub can reach '{found.name}': there is no server.public_url"
            yield problem("no-public-url", message, secret.place, path, hint)


def _plain_secrets(root: Node, known: Shapes) -> Iterator[Problem]:
    for path, leaf in secret_leaves(root, known):
        value = text(leaf)
        is_in_file = leaf.written is None and leaf.place.line > 0
        if not value or not is_in_file or token_name(value) or path[:2] == ("server", "tokens"):
            continue
        if path == ("store", "url") and not has_password(value):
            continue
        hint = "write ${VAR} or ${file:/path}"
        yield warning("plain-secret", "a secret is written in the file", leaf.place, path, hint)
