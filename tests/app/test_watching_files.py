"""A change of the configuration is seen, whenever it happens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crisiswatch.app.watching_files import config_changes, fingerprint


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "crisiswatch.yml"
    path.write_text("version: 1", "utf-8")
    return path


async def test_what_changed_before_the_folder_was_watched_is_seen_at_once(config):
    known = fingerprint(config)
    config.write_text("version: 2", "utf-8")

    await asyncio.wait_for(anext(config_changes(config, known)), timeout=60)


async def test_a_change_is_told_once_and_the_next_one_again(config):
    changes = config_changes(config, fingerprint(config))
    for text in ("version: 2", "version: 3"):
        told = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        assert not told.done()
        config.write_text(text, "utf-8")

        await asyncio.wait_for(told, timeout=60)


async def test_a_new_file_of_the_folder_beside_it_counts(config):
    known = fingerprint(config)
    (config.parent / "conf.d").mkdir()
    (config.parent / "conf.d" / "more.yml").write_text("brands: []", "utf-8")

    assert fingerprint(config) != known
