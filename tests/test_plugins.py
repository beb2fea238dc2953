"""Plug-ins: every module is in its catalogue, and every example is valid and builds."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from crisiswatch import channels, sources
from crisiswatch.app.networks import rows
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.plugins import Catalogue, ChannelTools, Kind, Options, SourceTools
from crisiswatch.ports import Hook
from tests.builders import NOON

FAMILIES: dict[str, tuple[ModuleType, Catalogue[Any]]] = {
    "source": (sources, sources.CATALOGUE),
    "channel": (channels, channels.CATALOGUE),
}
KINDS = [(family, kind) for family, (_, catalogue) in FAMILIES.items() for kind in catalogue]


class Nowhere:
    """A fetcher and an isolator that a plug-in must not use while it is built."""

    async def fetch(self, url: str, **_: object) -> None:
        raise AssertionError(f"asked for {url} while it was built")

    async def call(self, *_: object) -> None:
        raise AssertionError("started a worker while it was built")

    async def close(self) -> None:
        """Have nothing to release."""


def tools_of(family: str) -> SourceTools | ChannelTools:
    nowhere: Any = Nowhere()
    if family == "source":
        return SourceTools(nowhere, nowhere)
    return ChannelTools(nowhere, str, str, lambda message: [], "cw.example", DrivenClock(NOON))


def kinds_in(package: ModuleType) -> Iterator[Kind[Any]]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        found = getattr(importlib.import_module(module.name), "KIND", None)
        if isinstance(found, Kind):
            yield found


@pytest.mark.parametrize("family", FAMILIES)
def test_every_plug_in_module_is_in_its_catalogue(family: str) -> None:
    package, catalogue = FAMILIES[family]

    built = {kind.name for kind in kinds_in(package)}

    assert built
    assert built == set(catalogue.names)


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=lambda value: getattr(value, "name", value))
async def test_the_example_of_a_plug_in_is_valid_and_builds(family: str, kind: Kind[Any]) -> None:
    options = kind.options.model_validate(dict(kind.example))

    built = kind.build("mine", options, tools_of(family))

    assert built.name == "mine" if family == "source" else built.name
    if not isinstance(built, Hook):
        await built.close()


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=lambda value: getattr(value, "name", value))
def test_options_refuse_unknown_keys_and_never_show_values(family: str, kind: Kind[Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        kind.options.model_validate({**kind.example, "no_such_key": "s3cret-value"})

    assert "s3cret-value" not in str(caught.value)


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=lambda value: getattr(value, "name", value))
def test_options_are_the_documentation_of_a_plug_in(family: str, kind: Kind[Any]) -> None:
    shown = kind.options.model_json_schema()["properties"]
    undescribed = [name for name, field in shown.items() if not field.get("description")]

    assert kind.summary
    assert undescribed == []


def test_every_source_says_honestly_what_it_costs() -> None:
    known = {"access": {"free", "key", "review", "paid", "closed"},
             "tested": {"real server", "emulated", "fixture only", "none"}}  # fmt: skip
    records = [row.record() for row in rows()]

    assert {kind.name for kind in sources.CATALOGUE} <= {record["type"] for record in records}
    assert [r["type"] for r in records if any(r[key] not in values for key, values in known.items())] == []
    assert [r["type"] for r in records if r["type"] not in sources.CATALOGUE and not r["route"]] == []


def test_a_catalogue_keeps_its_order_and_finds_by_name() -> None:
    class None_(Options):
        """No options."""

    one, other = (Kind(name, "S.", None_, lambda *_: timedelta(), {}) for name in ("one", "other"))
    catalogue = Catalogue("test", one, other)

    assert catalogue.names == ("one", "other")
    assert catalogue["other"] is other
    assert "third" not in catalogue
