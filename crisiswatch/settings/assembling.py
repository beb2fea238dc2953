"""Makes the settings out of a document: validates it part by part and joins the parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, cast

from pydantic import ValidationError

from crisiswatch.errors import Problem
from crisiswatch.settings.alerts import Route
from crisiswatch.settings.brands import Brand
from crisiswatch.settings.catalogues import Catalogues
from crisiswatch.settings.document import Document
from crisiswatch.settings.entries import Entries, Found, ReceiverEntry, SourceEntry, found_sources, lifted
from crisiswatch.settings.locating import error_details, problems_of
from crisiswatch.settings.result import Settings
from crisiswatch.settings.sections import Budget, Defaults, Quote
from crisiswatch.settings.shapes import Shapes
from crisiswatch.settings.tree import Leaf, Map, Node, Path, child, descend, items, leaves, plain, problem, quoted, text


@dataclass(slots=True)
class Assembly:
    """One document on its way to settings; problems are collected, not raised."""

    root: Map
    known: Shapes
    catalogues: Catalogues
    folder: FilePath
    problems: list[Problem] = field(default_factory=list)

    def settings(self) -> Settings | None:
        """Return the settings, None where the document has errors."""
        document = self._document()
        entries = Entries(self.root, self.known, self.catalogues, _quote(self.root))
        sources, receivers = entries.sources(), entries.receivers()
        self.problems += [*entries.problems, *_odd_lists(self.root)]
        if document is None or any(not told.is_warning for told in self.problems):
            return None
        return self._joined(document, sources, receivers)

    def _document(self) -> Document | None:
        data = _with_budgets(cast("dict[str, Any]", plain(lifted(self.root))))
        try:
            return Document.model_validate(data)
        except ValidationError as error:
            found = problems_of(error, self.root, self.known)
            absent = [_is_absent(self.root, details["loc"]) for details in error_details(error, self.root)]
        self.problems += [told for told, is_absent in zip(found, absent, strict=True) if not is_absent]
        return self._without_absent(data) if all(absent) else None

    def _without_absent(self, data: dict[str, Any]) -> Document | None:
        """Return the document with defaults in place of what is absent on this machine, as far as there are any."""
        for path, leaf in leaves(lifted(self.root)):
            if not leaf.is_resolved:
                _drop(data, path)
        try:
            return Document.model_validate(data)
        except ValidationError:
            return None

    def _joined(
        self,
        document: Document,
        sources: list[tuple[Found, SourceEntry]],
        receivers: list[tuple[Found, ReceiverEntry]],
    ) -> Settings:
        named = {found.path: found.name for found in found_sources(self.root)}
        brands = tuple(self._brand(n, brand, document.defaults, named) for n, brand in enumerate(document.brands))
        everybody = tuple(entry.name for _, entry in receivers)
        return Settings(
            folder=self.folder,
            version=document.version,
            defaults=document.defaults,
            sources=tuple(entry for _, entry in sources),
            brands=brands,
            receivers=tuple(entry for _, entry in receivers),
            routes=document.routes or Route(receivers=everybody),
            escalations=document.escalations,
            mutes=document.mutes,
            playbooks=document.playbooks,
            store=document.store,
            server=document.server,
            egress=document.egress,
            heartbeat=document.heartbeat,
            second_opinion=document.second_opinion,
            schedules=document.schedules,
            digests=document.digests,
            inhibitions=document.inhibitions,
            sector_events=document.sector_events,
            storm=document.storm,
            written=dict(_written(self.root, [found.path for found, _ in sources])),
            second_opinion_place=getattr(child(child(self.root, "second_opinion"), "folder"), "place", None),
        )

    def _brand(self, index: int, brand: Brand, defaults: Defaults, named: Mapping[Path, str]) -> Brand:
        chosen = child(descend(self.root, ("brands", index))[0], "sources")
        if chosen is None or isinstance(chosen, Leaf):
            names = [name for path, name in named.items() if path[0] == "sources"]
        else:
            own = enumerate(items(chosen))
            names = [named.get(("brands", index, "sources", n)) or text(item) or "" for n, item in own]
        update: dict[str, object] = {"sources": tuple(dict.fromkeys(names))}
        if "false_alarms_per_week" not in brand.model_fields_set:
            update["false_alarms_per_week"] = defaults.false_alarms_per_week
        return brand.model_copy(update=update)


def _quote(root: Node) -> Quote:
    chosen = text(child(child(root, "defaults"), "quote_in_channels"))
    return cast("Quote", chosen) if chosen in ("never", "short", "full") else "short"


def _odd_lists(root: Node) -> Iterator[Problem]:
    """Yield an error where sources or receivers are no list of mappings."""
    for key in ("sources", "receivers"):
        node = child(root, key)
        if node is None:
            continue
        if isinstance(node, Map | Leaf):
            yield problem("wrong-type", f"{quoted(node)} is not a list", node.place, (key,))
        for index, item in enumerate(items(node)):
            if not isinstance(item, Map):
                yield problem("wrong-type", f"{quoted(item)} is not a mapping", item.place, (key, index))


def _with_budgets(data: dict[str, Any]) -> dict[str, Any]:
    """Complete every budget: a number gives both limits, a mapping replaces what it names."""
    builtin = Budget().model_dump()
    defaults = data.get("defaults")
    common: object = builtin
    if isinstance(defaults, dict) and "false_alarms_per_week" in defaults:
        common = _budget(defaults["false_alarms_per_week"], builtin)
        data["defaults"] = {**defaults, "false_alarms_per_week": common}
    base = common if _is_budget(common) else builtin
    brands = data.get("brands")
    for brand in brands if isinstance(brands, list) else ():
        if isinstance(brand, dict) and "false_alarms_per_week" in brand:
            brand["false_alarms_per_week"] = _budget(brand["false_alarms_per_week"], base)
    return data


def _budget(said: object, base: object) -> object:
    if isinstance(said, dict) and isinstance(base, dict):
        return {**base, **said}
    if isinstance(said, int | float) and not isinstance(said, bool):
        # A limit that is not above 0 is refused once, not once per severity.
        return {"warning": said, "critical": said / 5} if said > 0 else {"warning": said}
    return said


def _is_budget(value: object) -> bool:
    try:
        Budget.model_validate(value)
    except ValidationError:
        return False
    return True


def _is_absent(root: Node, path: Path) -> bool:
    node, _ = descend(root, path)
    return isinstance(node, Leaf) and not node.is_resolved


def _drop(data: Any, path: Path) -> None:
    for part in path[:-1]:
        data = data[part]
    if isinstance(data, dict):
        data.pop(path[-1], None)


def _written(root: Node, sources: list[Path]) -> Iterator[tuple[Path, str]]:
    """Yield texts with references by the path that they have in the settings, where all sources are in one list."""
    for path, leaf in leaves(root):
        if leaf.written is None:
            continue
        place = next((n for n, prefix in enumerate(sources) if path[: len(prefix)] == prefix), None)
        yield (path if place is None else ("sources", place, *path[len(sources[place]) :])), leaf.written
