"""Sources and receivers of the file: keys of our own, options that the plug-in's model checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from crisiswatch.errors import Problem
from crisiswatch.plugins import Catalogue, Options
from crisiswatch.settings.catalogues import Catalogues
from crisiswatch.settings.document import ReceiverKeys, SourceKeys
from crisiswatch.settings.faults import suggestion
from crisiswatch.settings.locating import error_details, missing_key, problems_of
from crisiswatch.settings.sections import Quote
from crisiswatch.settings.shapes import Shapes, fields_of
from crisiswatch.settings.tree import Entry, Leaf, Map, Node, Path, Seq, descend, items, plain, problem, quoted, text


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source as the file gives it; `options` is an object of the kind's own model."""

    name: str
    type: str
    every: timedelta
    lateness: timedelta
    quote: Quote
    options: Options = field(repr=False)
    every_at_least: timedelta | None = None
    every_at_most: timedelta | None = None

    @property
    def slowest(self) -> timedelta:
        """Return the longest time between two looks."""
        return max(self.every, self.every_at_most or self.every)


@dataclass(frozen=True, slots=True)
class ReceiverEntry:
    """A receiver as the file gives it; `options` is an object of the kind's own model."""

    name: str
    type: str
    language: str
    time_zone: str
    options: Options = field(repr=False)
    fallback: str | None = None
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A mapping of the file that describes a source or receiver, with the name that it has or is given."""

    path: Path
    node: Map
    name: str


@dataclass(slots=True)
class Entries:
    """Reads the entries of a document; what is wrong with them is collected."""

    root: Node
    known: Shapes
    catalogues: Catalogues
    quote: Quote
    problems: list[Problem] = field(default_factory=list)

    def sources(self) -> list[tuple[Found, SourceEntry]]:
        """Return the sources that are right, shared ones first, then those of brands."""
        entries = []
        for found in found_sources(self.root):
            checked = self._checked(found, SourceKeys, self.catalogues.sources)
            if checked:
                keys, options = checked
                quote = keys.quote_in_channels or self.quote
                bounds = (keys.every_at_least, keys.every_at_most)
                entry = SourceEntry(keys.name, keys.type, keys.every, keys.lateness, quote, options, *bounds)
                entries.append((found, entry))
        return entries

    def receivers(self) -> list[tuple[Found, ReceiverEntry]]:
        """Return the receivers that are right."""
        entries = []
        for found in found_receivers(self.root):
            checked = self._checked(found, ReceiverKeys, self.catalogues.channels)
            if checked:
                keys, options = checked
                more = (keys.fallback, keys.per_second)
                entry = ReceiverEntry(keys.name, keys.type, keys.language, keys.time_zone, options, *more)
                entries.append((found, entry))
        return entries

    def _checked(self, found: Found, common: type[BaseModel], catalogue: Catalogue[Any]) -> tuple[Any, Options] | None:
        ours, given = fields_of(common), {"name": found.name} if found.name else {}
        keys = self._validated(found, common, given | _part(found.node, set(ours), is_in=True))
        if not self._has_type(found, catalogue):
            return None
        model = catalogue[str(text(found.node.get("type")))].options
        options = self._validated(found, model, _part(found.node, set(ours), is_in=False))
        return (keys, options) if keys is not None and isinstance(options, Options) else None

    def _has_type(self, found: Found, catalogue: Catalogue[Any]) -> bool:
        type_ = found.node.get("type")
        if type_ is None:
            self.problems.append(missing_key(self.root, (*found.path, "type")))
            return False
        if text(type_) in catalogue.names:
            return True
        allowed = ", ".join(catalogue.names)
        message, hint = f"{quoted(type_)} is not one of {allowed}", suggestion(text(type_) or "", catalogue.names)
        near = hint if hint.startswith("did") else ""
        self.problems.append(problem("unknown-type", message, type_.place, found.path, near))
        return False

    def _validated(self, found: Found, model: type[BaseModel], data: dict[str, Any]) -> BaseModel | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            problems = problems_of(error, self.root, self.known, found.path)
            details = error_details(error, self.root, found.path)
            parts = [_unresolved(found.node, each["loc"]) for each in details]
        self.problems.extend(told for told, is_unresolved in zip(problems, parts, strict=True) if not is_unresolved)
        return _assumed(model, data, found.node) if all(parts) else None


def found_sources(root: Node) -> list[Found]:
    """Return every mapping that describes a source: shared ones, then those of brands, in order."""
    shared = list(_mappings(descend_exactly(root, ("sources",)), ("sources",)))
    for index, brand in enumerate(items(descend_exactly(root, ("brands",)))):
        path = ("brands", index, "sources")
        shared.extend(_mappings(descend_exactly(brand, ("sources",)), path))
    return _named(shared)


def found_receivers(root: Node) -> list[Found]:
    """Return every mapping that describes a receiver, in order."""
    found = _mappings(descend_exactly(root, ("receivers",)), ("receivers",))
    return [Found(path, node, text(node.get("name")) or "") for path, node in found]


def descend_exactly(node: Node, path: Path) -> Node | None:
    """Return the value at a path, None if it does not exist whole."""
    value, seen = descend(node, path)
    return value if len(seen) == len(path) else None


def _mappings(node: Node | None, path: Path) -> Iterator[tuple[Path, Map]]:
    for index, item in enumerate(items(node)):
        if isinstance(item, Map):
            yield (*path, index), item


def _named(found: list[tuple[Path, Map]]) -> list[Found]:
    """Give sources without a name that of their type, numbered where several share it."""
    taken = {text(node.get("name")) for _, node in found}
    named = []
    for path, node in found:
        name = text(node.get("name"))
        if name is None:
            type_ = text(node.get("type")) or "source"
            free = (type_ if number == 1 else f"{type_}-{number}" for number in range(1, len(found) + 2))
            name = next((choice for choice in free if choice not in taken), type_)
            taken.add(name)
        named.append(Found(path, node, name))
    return named


def _assumed(model: type[BaseModel], data: dict[str, Any], node: Map) -> BaseModel:
    """Return options in which a reference stands for the value that is absent here, which has been said already."""
    absent = {key: value for key, value in data.items() if _unresolved(node, (key,))}
    try:
        present = model.model_validate({key: value for key, value in data.items() if key not in absent})
    except ValidationError:
        return model.model_construct(**data)
    names = {info.alias or name: name for name, info in model.model_fields.items()}
    return present.model_copy(update={names[key]: SecretStr(str(value)) for key, value in absent.items()})


def _part(node: Map, keys: set[str], *, is_in: bool) -> dict[str, Any]:
    return {key: plain(entry.value) for key, entry in node.entries.items() if (key in keys) is is_in}


def _unresolved(node: Node, path: Path) -> bool:
    value, _ = descend(node, path)
    return isinstance(value, Leaf) and not value.is_resolved


def lifted(root: Map) -> Map:
    """Return the document without sources and receivers, which are checked apart."""
    entries = {key: entry for key, entry in root.entries.items() if key not in ("sources", "receivers")}
    brands = entries.get("brands")
    if brands is not None and isinstance(brands.value, Seq):
        bare = tuple(_without_sources(brand) for brand in brands.value.items)
        entries["brands"] = replace(brands, value=replace(brands.value, items=bare))
    return replace(root, entries=entries)


def _without_sources(brand: Node) -> Node:
    if not isinstance(brand, Map):
        return brand
    entries: dict[str, Entry] = {key: entry for key, entry in brand.entries.items() if key != "sources"}
    return replace(brand, entries=entries)
