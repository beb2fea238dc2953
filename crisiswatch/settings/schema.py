"""The JSON Schema of the configuration file, for editors: titles, descriptions and defaults of every field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, TypeAdapter

from crisiswatch.plugins import Catalogue, Kind
from crisiswatch.settings.catalogues import Catalogues
from crisiswatch.settings.document import Document, ReceiverKeys, SourceKeys
from crisiswatch.settings.sections import AccessToken, Heartbeat, Storage
from crisiswatch.settings.shapes import Fields, fields_of, is_secret
from crisiswatch.settings.values import DURATION_PATTERN, show_duration

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DURATIONS = TypeAdapter(timedelta)


def schema(catalogues: Catalogues) -> dict[str, Any]:
    """Return the schema of the whole file, with the options of every known kind of source and receiver."""
    root = Document.model_json_schema(by_alias=True)
    definitions = root["$defs"]
    definitions["Source"] = _family(catalogues.sources, SourceKeys, definitions)
    definitions["Receiver"] = _family(catalogues.channels, ReceiverKeys, definitions)
    for replaced in ("SourceKeys", "ReceiverKeys"):
        del definitions[replaced]
    for model in (AccessToken, Heartbeat, Storage):
        _add_twins(definitions[model.__name__], fields_of(model))
    _widen(root)
    _show_durations(root)
    return {"$schema": _DIALECT, **root, "title": "crisiswatch configuration"}


def _widen(root: dict[str, Any]) -> None:
    """Say what the file may hold where a model knows the finished value only."""
    properties, definitions = root["properties"], root["$defs"]
    properties["sources"]["items"] = {"$ref": "#/$defs/Source"}
    properties["receivers"]["items"] = {"$ref": "#/$defs/Receiver"}
    several = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Source"}]}}
    said = definitions["Brand"]["properties"]["sources"]["description"]
    definitions["Brand"]["properties"]["sources"] = {
        "anyOf": [{"const": "all"}, several],
        "default": "all",
        "description": said,
        "title": "Sources",
    }
    for model in ("Defaults", "Brand"):
        field = definitions[model]["properties"]["false_alarms_per_week"]
        field["anyOf"] = [{"type": "number", "exclusiveMinimum": 0}, {"$ref": field.pop("$ref")}]
    url = Storage.model_fields["url"].default
    definitions["Storage"]["properties"]["url"]["default"] = url.get_secret_value()
    properties["store"].pop("default")
    definitions["Route"]["properties"]["match"]["default"] = ""


def _show_durations(node: Any) -> None:
    """Write the defaults of durations as the file does."""
    if isinstance(node, dict):
        if node.get("pattern") == DURATION_PATTERN and "default" in node:
            node["default"] = show_duration(_DURATIONS.validate_python(node["default"]))
        for inner in node.values():
            _show_durations(inner)
    elif isinstance(node, list):
        for inner in node:
            _show_durations(inner)


def _family(catalogue: Catalogue[Any], common: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    kinds = []
    for kind in catalogue:
        name = f"{catalogue.family}-{kind.name}"
        definitions[name] = _kind(kind, name, common, definitions)
        kinds.append({"$ref": f"#/$defs/{name}"})
    return {"oneOf": kinds} if kinds else {"type": "object"}


def _kind(kind: Kind[Any], name: str, common: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one kind; what its options refer to goes among the definitions under its name."""
    options = kind.options.model_json_schema(by_alias=True, ref_template=f"#/$defs/{name}-{{model}}")
    definitions.update({f"{name}-{key}": value for key, value in options.pop("$defs", {}).items()})
    ours = common.model_json_schema(by_alias=True)
    must_have_name = "name" in ours["required"] and common is not SourceKeys
    definition = {
        **options,
        "title": kind.name,
        "description": kind.summary,
        "properties": {**options.get("properties", {}), **ours["properties"], "type": {"const": kind.name}},
        "required": [*(["name"] if must_have_name else []), "type", *options.get("required", [])],
        "examples": [{"type": kind.name, **kind.example}],
    }
    _add_twins(definition, fields_of(kind.options))
    return definition


def _add_twins(definition: dict[str, Any], fields: Fields) -> None:
    """Allow `KEY_file` beside every secret key; one of the two satisfies a key that is required."""
    for key, info in fields.items():
        if not is_secret(info):
            continue
        said = f"A file that holds {key}."
        definition["properties"][f"{key}_file"] = {"type": "string", "description": said, "title": f"{key} file"}
        if key in definition.get("required", ()):
            definition["required"] = [name for name in definition["required"] if name != key]
            either = {"anyOf": [{"required": [key]}, {"required": [f"{key}_file"]}]}
            definition.setdefault("allOf", []).append(either)
