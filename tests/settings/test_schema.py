"""The JSON Schema accepts what loading accepts, and explains every key."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from config_writing import SMALLEST, WHOLE
from fake_catalogues import CATALOGUES
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from crisiswatch.settings import schema

EXAMPLE = (Path(__file__).parents[2] / "config" / "crisiswatch.example.yml").read_text(encoding="utf-8")
SCHEMA = schema(CATALOGUES)


def errors(text: str) -> list[str]:
    data = json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=lambda moment: moment.isoformat()))
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(data)]


def properties(definition: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(definition, dict):
        yield from definition.get("properties", {}).items()
        for inner in definition.values():
            yield from properties(inner)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE,
        SMALLEST,
        WHOLE,
        WHOLE.replace('token: "${SLACK_TOKEN}"', "token_file: /run/secrets/slack"),
        WHOLE
        + "sources: [{type: webhook, secret_file: x}]\n".replace(
            "sources", "mutes: [{name: a, times: 22:00-07:00}]\n#"
        ),
        'version: 1\nbrands: [{name: Acme, match: "*", sources: [press, {type: webhook, secret_file: x}]}]\n',
        "version: 1\nbrands: [{name: Acme, match: acme, false_alarms_per_week: 0.5}]\n",
    ],
)
def test_good_configs_are_accepted(text: str) -> None:
    assert errors(text) == []


@pytest.mark.parametrize(
    "text",
    [
        SMALLEST.replace("version: 1", "version: 2"),
        SMALLEST.replace("match:", "matches:"),
        SMALLEST.replace("type: rss", "type: rs"),
        SMALLEST.replace("url:", "ulr:"),
        SMALLEST + "defaults: {bucket: 5 minutes}\n",
        "version: 1\n",
        'version: 1\nbrands: [{name: Acme, match: "*", sources: some}]\n',
        "version: 1\nbrands: [{name: A, match: a}]\nsources: [{type: webhook}]\n",
    ],
)
def test_broken_configs_are_refused(text: str) -> None:
    assert errors(text) != []


def test_every_key_of_ours_is_described() -> None:
    ours = {name: each for name, each in SCHEMA["$defs"].items() if not name.startswith(("source-", "channel-"))}
    bare = [
        key
        for key, said in properties({"root": {"properties": SCHEMA["properties"]}, **ours})
        if "description" not in said
    ]

    assert bare == []


def test_defaults_are_told() -> None:
    assert SCHEMA["$defs"]["Defaults"]["properties"]["bucket"]["default"] == "5m"
    assert SCHEMA["$defs"]["Storage"]["properties"]["url"]["default"] == "sqlite:///crisiswatch.db"
    assert SCHEMA["$defs"]["Brand"]["properties"]["sources"]["default"] == "all"
