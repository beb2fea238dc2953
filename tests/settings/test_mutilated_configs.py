"""Hundreds of configurations, each broken in one place: none starts, each says where, and no secret is told."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from fake_catalogues import CANARY, ENVIRON
from mutilating import garbled, mistyped, renamed, torn, whole

from crisiswatch.app import running
from crisiswatch.app.building import catalogues
from crisiswatch.settings import check
from tests.cli.cli_running import run

WAYS = {"misspelt": renamed, "mistyped": mistyped, "torn": torn, "garbled": garbled}
AT_LEAST, MOST = 250, 70
"""Breakages in all, and of each way."""

SECRETS = {name: ENVIRON[name] for name in ("SLACK_TOKEN", "NTFY_URL")}

_PLACE = re.compile(r"crisiswatch\.yml:[1-9][0-9]*:[1-9][0-9]*: error")


class Started:
    """Stands for the daemon: none of these configurations may come so far."""

    def __init__(self, *_: object) -> None:
        pytest.fail("started")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CRISISWATCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "Process", Started)
    return tmp_path


def test_the_configuration_that_is_broken_here_was_right_and_there_are_enough_breakages(folder: Path) -> None:
    text = whole(folder)
    (folder / "crisiswatch.yml").write_text(text, "utf-8")

    problems = check(folder / "crisiswatch.yml", SECRETS, catalogues())

    assert [problem for problem in problems if not problem.is_warning] == []
    assert sum(min(MOST, len({broken for _, broken in way(text)})) for way in WAYS.values()) >= AT_LEAST


@pytest.mark.parametrize("way", WAYS)
def test_a_broken_configuration_does_not_start_and_says_where_and_tells_no_secret(
    way: str, folder: Path, record_property: Callable[[str, object], None]
) -> None:
    config = folder / "crisiswatch.yml"
    cases = list(WAYS[way](whole(folder)))
    Random(7).shuffle(cases)
    cases = cases[:MOST]
    wrong = []
    for what, broken in cases:
        config.write_text(broken, "utf-8")
        ran = run("run", "-c", config, **SECRETS)
        said = ran.out + ran.err
        wrong += [f"{what}: exit {ran.code}"] if ran.code != 78 else []
        wrong += [f"{what}: no place in {said[:200]}"] if not _PLACE.search(said) else []
        wrong += [f"{what}: the secret is told"] if CANARY in said else []

    record_property("number", f"broken configurations, {way}: {len(cases)}, {len(wrong)} handled wrongly")
    assert wrong == []
