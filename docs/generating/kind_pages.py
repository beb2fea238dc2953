"""The pages of the plug-ins: sources and channels with their options, an example, and what to know before."""

from __future__ import annotations

import re
import sys
from typing import Any

from crisiswatch.app.building import catalogues
from crisiswatch.app.networks import rows
from crisiswatch.plugins import Kind
from crisiswatch.settings import schema
from crisiswatch.sources.web.mapping import FIELDS
from docs.generating.config_page import COMMON, LINKS
from docs.generating.markdown import as_yaml, code, page, table
from docs.generating.schema_tables import keys_table

SOURCES = """\
A source brings mentions. These keys are the same for all: `name`, `type`, `every`, `every_at_least`, `every_at_most`,
`lateness` and `quote_in_channels` ([sources](config.md#sources)). The tables below have the options of each type.
`crisiswatch source types` prints the list; `crisiswatch source test NAME` fetches once and stores nothing."""

NETWORKS = """\
## Every network

*access*: `free`, `key` (you need one, and get it), `review` (somebody must approve you), `paid`, `closed`. *tested*:
against a real server, an emulated one, or nothing at all. Rows without options of their own have no code here; the last
column names the way that works."""

CHANNELS = """\
A receiver is somebody who is told; its `type` is the channel. These keys are the same for all: `name`, `type`,
`language`, `time_zone`, `fallback` and `per_second` ([receivers](config.md#receivers)). `crisiswatch notify test NAME`
sends a message marked `[TEST]`. Every secret key also exists with `_file` at its end and then names a file."""

MORE = {
    "http_json": "Fields of a mention that can be mapped: " + ", ".join(f"`{field}`" for field in sorted(FIELDS)) + "."
}
"""What the options alone do not say."""


def write_sources() -> str:
    """Return the page of the sources."""
    known = catalogues()
    definitions = schema(known)["$defs"]
    sections = [_section(kind, definitions[f"source-{kind.name}"], COMMON["sources"]) for kind in known.sources]
    columns = ("type", "network", "access", "cost", "look_back", "delay", "tested", "route")
    found = [[getattr(row, column) for column in columns] for row in rows()]
    networks = NETWORKS + "\n\n" + table([column.replace("_", "-") for column in columns], found)
    return page("Sources", SOURCES, *sections, networks)


def write_channels() -> str:
    """Return the page of the channels."""
    known = catalogues()
    definitions = schema(known)["$defs"]
    sections = [_section(kind, definitions[f"channel-{kind.name}"], COMMON["receivers"]) for kind in known.channels]
    return page("Channels", CHANNELS, *sections)


def _section(kind: Kind[Any], model: dict[str, Any], common: tuple[str, ...]) -> str:
    properties = {key: node for key, node in model["properties"].items() if not key.endswith("_file")}
    options = keys_table({**model, "properties": properties}, LINKS, common)
    example = as_yaml([{"name": f"my-{kind.name.replace('_', '-')}", "type": kind.name, **kind.example}])
    parts = [f"## {kind.name}", _sentence(kind.summary), _notes(kind), options, MORE.get(kind.name, "")]
    parts.append(code(example, "yaml"))
    return "\n\n".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _notes(kind: Kind[Any]) -> str:
    """Return what the module says about access, cost and limits, each as an item of a list."""
    told = sys.modules[kind.options.__module__].__doc__ or ""
    notes = " ".join(told.partition("\n\n")[2].split())
    if "*Access*" not in notes:
        return ""
    items = re.split(r"(?=\*[A-Z][a-z -]+\*: )", notes)
    return "\n".join(f"- {item.strip()}" for item in items if item.strip())
