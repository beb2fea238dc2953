"""Checks names across the document: each is given once, and what is referred to exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crisiswatch.errors import Problem
from crisiswatch.settings.alerts import DEFAULT_ESCALATION
from crisiswatch.settings.entries import Found, found_receivers, found_sources
from crisiswatch.settings.faults import suggestion
from crisiswatch.settings.tree import Leaf, Map, Node, Path, child, items, problem, quoted, text, warning


def names_given_twice(root: Node) -> Iterator[Problem]:
    """Yield an error for each name that is given again in a list of named things; it names the first place."""
    for key in ("brands", "escalations", "mutes", "schedules", "inhibitions", "digests"):
        yield from _repeated(key, _named(root, key))
    yield from _repeated("sources", _written(found_sources(root)))
    yield from _repeated("receivers", _written(found_receivers(root)))
    tokens = child(child(root, "server"), "tokens")
    yield from _repeated("tokens", _below(tokens, ("server", "tokens")))
    for index, brand in enumerate(items(child(root, "brands"))):
        yield from _repeated("rules", _below(child(brand, "rules"), ("brands", index, "rules")))


def unknown_receivers(root: Node) -> Iterator[Problem]:
    """Yield an error for each receiver that is referred to and does not exist."""
    known = [found.name for found in found_receivers(root)]
    schedules = [name for _, leaf in _named(root, "schedules") if (name := text(leaf))]
    for path, leaf in receiver_references(root):
        yield from _unknown("receiver", path, leaf, (*known, *schedules))
    for path, leaf in people(root):
        yield from _unknown("receiver", path, leaf, known)
    for path, leaf in _named(root, "schedules"):
        if text(leaf) in known:
            yield problem("duplicate-name", f"a receiver is named {quoted(leaf)}, too", leaf.place, path)


def unknown_escalations(root: Node) -> Iterator[Problem]:
    """Yield an error for each escalation that a route refers to and does not exist."""
    known = [name for _, leaf in _named(root, "escalations") if (name := text(leaf))]
    for path, route in routes(root):
        leaf = child(route, "escalation")
        if isinstance(leaf, Leaf):
            yield from _unknown("escalation", (*path, "escalation"), leaf, (*known, DEFAULT_ESCALATION))


def unknown_sources(root: Node) -> Iterator[Problem]:
    """Yield an error for each source that a brand names and does not exist, or a list that is none."""
    known = [found.name for found in found_sources(root)]
    for index, brand in enumerate(items(child(root, "brands"))):
        path, chosen = ("brands", index, "sources"), child(brand, "sources")
        if isinstance(chosen, Map) or (isinstance(chosen, Leaf) and chosen.value != "all"):
            yield problem("wrong-type", f"{quoted(chosen)} is neither 'all' nor a list", chosen.place, path)
        for position, item in enumerate(items(chosen)):
            if not isinstance(item, Map):
                yield from _unknown("source", (*path, position), item, known)


def unknown_brands(root: Node) -> Iterator[Problem]:
    """Yield a warning for each competitor that is no brand of the file."""
    known = [name for _, leaf in _named(root, "brands") if (name := text(leaf))]
    for index, brand in enumerate(items(child(root, "brands"))):
        for path, leaf in texts(child(brand, "competitors"), ("brands", index, "competitors")):
            if text(leaf) not in known:
                message = f"there is no brand {quoted(leaf)} to compare with"
                hint = suggestion(str(leaf.value), known)
                yield warning("unknown-brand", message, leaf.place, path, hint if hint.startswith("did") else "")


def routes(root: Node) -> Iterator[tuple[Path, Map]]:
    """Yield every route with its path, branches after what they hang on."""
    yield from _branches(child(root, "routes"), ("routes",))


def receiver_references(root: Node) -> Iterator[tuple[Path, Leaf]]:
    """Yield every place at which routes, escalations and mutes name a receiver."""
    for path, route in routes(root):
        yield from texts(child(route, "receiver"), (*path, "receiver"))
        yield from texts(child(route, "receivers"), (*path, "receivers"))
    for index, escalation in enumerate(items(child(root, "escalations"))):
        for number, step in enumerate(items(child(escalation, "steps"))):
            path = ("escalations", index, "steps", number, "receivers")
            yield from texts(child(step, "receivers"), path)
    for index, mute in enumerate(items(child(root, "mutes"))):
        yield from texts(child(mute, "receivers"), ("mutes", index, "receivers"))


def people(root: Node) -> Iterator[tuple[Path, Leaf]]:
    """Yield every place at which schedules, digests and fallbacks name a receiver; none of them can name a schedule."""
    for index, schedule in enumerate(items(child(root, "schedules"))):
        yield from texts(child(schedule, "rotation"), ("schedules", index, "rotation"))
        for number, override in enumerate(items(child(schedule, "overrides"))):
            path = ("schedules", index, "overrides", number, "receiver")
            yield from texts(child(override, "receiver"), path)
    for index, digest in enumerate(items(child(root, "digests"))):
        yield from texts(child(digest, "receivers"), ("digests", index, "receivers"))
    for found in found_receivers(root):
        yield from texts(child(found.node, "fallback"), (*found.path, "fallback"))


def texts(node: Node | None, path: Path) -> Iterator[tuple[Path, Leaf]]:
    """Yield the texts of a list, or of a single text in its place."""
    if isinstance(node, Leaf):
        if isinstance(node.value, str):
            yield path, node
        return
    for index, item in enumerate(items(node)):
        if isinstance(item, Leaf) and isinstance(item.value, str):
            yield (*path, index), item


def _branches(node: Node | None, path: Path) -> Iterator[tuple[Path, Map]]:
    if isinstance(node, Map):
        yield path, node
        for index, branch in enumerate(items(node.get("routes"))):
            yield from _branches(branch, (*path, "routes", index))


def _named(root: Node, key: str) -> Iterator[tuple[Path, Leaf]]:
    return _below(child(root, key), (key,))


def _below(node: Node | None, path: Path) -> Iterator[tuple[Path, Leaf]]:
    for index, item in enumerate(items(node)):
        name = child(item, "name")
        if isinstance(name, Leaf):
            yield (*path, index, "name"), name


def _written(entries: Iterable[Found]) -> Iterator[tuple[Path, Leaf]]:
    for found in entries:
        name = found.node.get("name")
        if isinstance(name, Leaf):
            yield (*found.path, "name"), name


def _repeated(key: str, named: Iterable[tuple[Path, Leaf]]) -> Iterator[Problem]:
    first: dict[str, Leaf] = {}
    for path, leaf in named:
        name = text(leaf)
        if name is None:
            continue
        before = first.setdefault(name.casefold(), leaf)
        if before is not leaf:
            message = f"another of {key} is named {quoted(leaf)} already, at {before.place}"
            yield problem("duplicate-name", message, leaf.place, path)


def _unknown(what: str, path: Path, node: Node, known: Iterable[str]) -> Iterator[Problem]:
    names = tuple(known)
    if text(node) in names:
        return
    hint = suggestion(text(node) or "", names) or (f"no {what}s are defined" if not names else "")
    yield problem(f"unknown-{what}", f"there is no {what} {quoted(node)}", node.place, path, hint)
