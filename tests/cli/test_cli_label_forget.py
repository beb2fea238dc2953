"""`label forget` records that what was taught is forgotten, and an export tells replays of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crisiswatch import store as stores
from crisiswatch.cli import app


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "crisiswatch.yml"
    file.write_text(
        f'version: 1\nbrands: [{{name: Acme, match: [acme]}}]\nstore: {{url: "sqlite:///{tmp_path}/c.db"}}\n', "utf-8"
    )
    asyncio.run(_create(f"sqlite:///{tmp_path}/c.db"))
    return file


async def _create(url: str) -> None:
    store = stores.create(url)
    await store.open()
    await store.close()


def test_it_is_recorded_and_exported_as_a_frame(config: Path) -> None:
    runner = CliRunner()

    done = runner.invoke(app, ["label", "forget", "--brand", "Acme", "--yes", "-c", str(config)])
    told = runner.invoke(app, ["label", "export", "-c", str(config)])

    assert done.exit_code == 0, done.output
    line = json.loads(told.stdout)
    assert (line["frame"], line["brand"]) == ("forget", "Acme")


def test_nothing_is_forgotten_without_a_yes_or_of_an_unknown_brand(config: Path) -> None:
    runner = CliRunner()

    no = runner.invoke(app, ["label", "forget", "--brand", "Acme", "-c", str(config)], input="n\n")
    unknown = runner.invoke(app, ["label", "forget", "--brand", "Amce", "--yes", "-c", str(config)])

    assert (no.exit_code, unknown.exit_code) == (1, 2)
    assert runner.invoke(app, ["label", "export", "-c", str(config)]).stdout == ""
