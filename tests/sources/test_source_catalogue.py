from __future__ import annotations

import subprocess
import sys

import pytest
from source_fakes import answer, tools

from crisiswatch.sources import CATALOGUE


def test_lists_what_an_operator_starts_with():
    assert {"rss", "imap", "mastodon", "bluesky", "http_json", "webhook", "replay"} <= set(CATALOGUE.names)


@pytest.mark.parametrize("name", CATALOGUE.names)
def test_every_example_is_valid_and_can_be_built(name):
    kind = CATALOGUE[name]

    built = kind.build("given", kind.options(**kind.example), tools(answer()))

    assert built.name == "given"
    assert hasattr(built, "fetch") or hasattr(built, "receive")


@pytest.mark.parametrize("name", CATALOGUE.names)
def test_every_kind_says_what_an_operator_must_know(name):
    access = CATALOGUE[name].access

    assert access is not None
    assert access.access in ("free", "key", "review", "paid", "closed")
    assert access.tested in ("real server", "emulated", "fixture only", "none")


@pytest.mark.parametrize("name", CATALOGUE.names)
def test_every_module_says_access_cost_limits_look_back_what_it_cannot_see_and_its_quality(name):
    text = sys.modules[CATALOGUE[name].build.__module__].__doc__ or ""

    for word in ("*Access*", "*Cost*", "*Limits*", "*Look-back*", "see*", "*Quality*"):
        assert word in text


@pytest.mark.parametrize("name", CATALOGUE.names)
def test_options_are_described_and_refuse_unknown_keys(name):
    options = CATALOGUE[name].options

    assert options.model_config["extra"] == "forbid"
    assert all(field.description for field in options.model_fields.values())


def test_listing_the_kinds_loads_no_heavy_library():
    code = "import sys, crisiswatch.sources; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert "crisiswatch.sources" in loaded
    assert not {"feedparser", "jmespath", "httpx", "numpy", "river", "sqlalchemy"} & set(loaded)
