"""Joins the main file with the files of conf.d: mappings merge, lists of named things grow."""

from __future__ import annotations

from dataclasses import replace

from crisiswatch.settings.tree import Map, Node, Path, Seq

NAMED_LISTS = frozenset({("brands",), ("sources",), ("receivers",), ("escalations",), ("mutes",),
                         ("schedules",), ("inhibitions",), ("digests",)})  # fmt: skip
"""Lists whose items have names; two items of one name are an error that the checks report."""


def merge(base: Map, extra: Map) -> Map:
    """Return the first mapping with what the second adds; where both set one value, the second wins."""
    return _merged_maps(base, extra, ())


def _merged_maps(base: Map, extra: Map, path: Path) -> Map:
    entries = dict(base.entries)
    for key, entry in extra.entries.items():
        before = entries.get(key)
        value = entry.value if before is None else _merged(before.value, entry.value, (*path, key))
        entries[key] = replace(entry, value=value)
    return replace(base, entries=entries)


def _merged(base: Node, extra: Node, path: Path) -> Node:
    if isinstance(base, Map) and isinstance(extra, Map):
        return _merged_maps(base, extra, path)
    if isinstance(base, Seq) and isinstance(extra, Seq) and path in NAMED_LISTS:
        return replace(base, items=(*base.items, *extra.items))
    return extra
