"""A change of the configuration is seen, whenever it happens."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from crisiswatch.app.watching_files import config_changes, fingerprint
from crisiswatch.engine.clock import SystemClock


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "crisiswatch.yml"
    path.write_text("version: 1", "utf-8")
    return path


async def test_what_changed_before_the_folder_was_watched_is_seen_at_once(config):
    known = fingerprint(config)
    config.write_text("version: 2", "utf-8")

    await asyncio.wait_for(anext(config_changes(config, known, SystemClock())), timeout=60)


async def test_a_change_is_told_once_and_the_next_one_again(config):
    changes = config_changes(config, fingerprint(config), SystemClock())
    for text in ("version: 2", "version: 3"):
        told = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        assert not told.done()
        config.write_text(text, "utf-8")

        await asyncio.wait_for(told, timeout=60)


class Writing(SystemClock):
    """Somebody writes the file while others sleep: `halves`, one at each look."""

    def __init__(self, config: Path, halves: list[str]) -> None:
        super().__init__()
        self._config = config
        self._halves = halves

    async def sleep(self, delay: timedelta) -> None:
        if self._halves:
            self._config.write_text(self._halves.pop(0), "utf-8")


async def test_a_file_that_is_being_written_is_told_when_it_is_whole(config):
    known, whole = fingerprint(config), "version: 1\nbrands: []\n# whole"
    config.write_text("", "utf-8")

    await anext(config_changes(config, known, Writing(config, ["version: 1", "version: 1\nbrands: []", whole])))

    assert config.read_text("utf-8") == whole


async def test_a_file_that_becomes_again_what_it_was_is_no_change(config):
    known = fingerprint(config)
    config.write_text("", "utf-8")
    told = asyncio.ensure_future(anext(config_changes(config, known, Writing(config, ["version: 1"]))))
    for _ in range(50):  # the writer is this very loop
        await asyncio.sleep(0)

    assert fingerprint(config) == known
    assert not told.done()
    told.cancel()


async def test_what_is_written_into_the_folder_beside_it_is_seen_though_that_was_made_later(config):
    changes = config_changes(config, fingerprint(config), SystemClock())
    told = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    extra = config.parent / "conf.d" / "more.yml"
    extra.parent.mkdir()
    for text in ("brands: []", "brands: [{name: Acme, match: [acme]}]"):
        extra.write_text(text, "utf-8")

        await asyncio.wait_for(told, timeout=60)
        told = asyncio.ensure_future(anext(changes))
    told.cancel()


async def test_a_new_file_of_the_folder_beside_it_counts(config):
    known = fingerprint(config)
    (config.parent / "conf.d").mkdir()
    (config.parent / "conf.d" / "more.yml").write_text("brands: []", "utf-8")

    assert fingerprint(config) != known
