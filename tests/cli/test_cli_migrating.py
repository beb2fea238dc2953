"""`config migrate`: the newest version of the format, comments kept, the old file beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_running import config, run

from crisiswatch.app.data import example_config
from crisiswatch.cli.terminal import Exit


def without_version(folder: Path) -> Path:
    """Write the example as it was before files had a version."""
    file = folder / "crisiswatch.yml"
    file.write_text(example_config().read_text("utf-8").replace("version: 1\n", "", 1), "utf-8")
    return file


def test_what_is_new_already_is_left_alone(tmp_path: Path) -> None:
    file = config(tmp_path)
    before = file.read_bytes()

    found = run("config", "migrate", "-c", file, "--write")

    assert (found.code, found.out, file.read_bytes()) == (Exit.OK, "", before)


def test_a_change_is_shown_before_it_acts(tmp_path: Path) -> None:
    file = without_version(tmp_path)
    before = file.read_bytes()

    found = run("config", "migrate", "-c", file)

    added = [line for line in found.out.splitlines() if line.startswith(("+", "-"))][2:]
    assert (found.code, added, file.read_bytes()) == (Exit.FINDINGS, ["+version: 1"], before)


def test_the_old_file_is_kept_and_the_new_one_passes_check(tmp_path: Path) -> None:
    file = without_version(tmp_path)
    before = file.read_bytes()

    found = run("config", "migrate", "-c", file, "--write")

    assert found.code == Exit.OK
    assert (tmp_path / "crisiswatch.yml.bak").read_bytes() == before
    assert file.read_text("utf-8").count(" # ") == before.decode().count(" # ")
    assert run("check", file).code == Exit.OK


def test_an_older_copy_is_never_replaced(tmp_path: Path) -> None:
    file = without_version(tmp_path)
    before = file.read_bytes()
    (tmp_path / "crisiswatch.yml.bak").write_text("precious", "utf-8")

    found = run("config", "migrate", "-c", file, "--write")

    assert (found.code, file.read_bytes()) == (Exit.FINDINGS, before)
    assert (tmp_path / "crisiswatch.yml.bak").read_text("utf-8") == "precious"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 9\n", "newer than this program"),
        ("version: [1]\n", "no version"),
        ("- a\n", "a configuration is a mapping"),
        ("a: [\n", ":1:5: error[yaml-syntax]"),
    ],
)
def test_what_cannot_be_migrated_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "crisiswatch.yml"
    file.write_text(text, "utf-8")

    found = run("config", "migrate", "-c", file, "--write")

    assert (found.code, file.read_text("utf-8")) == (Exit.CONFIG, text)
    assert said in found.err
