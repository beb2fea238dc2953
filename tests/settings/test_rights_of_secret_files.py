"""Files of secrets that others of the machine may read or change."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_writing import SMALLEST, write
from fake_catalogues import CATALOGUES

from crisiswatch.errors import ConfigError, Problem
from crisiswatch.settings import Absent, check, load, substituting

BY_KEY, BY_REFERENCE = "secret_file: key", 'secret: "${file:key}"'
HOOK = "sources: [{{name: hook, type: webhook, {}}}]\n"
OPEN = "open-file"


def problems(folder: Path, mode: int, said: str = BY_KEY) -> list[Problem]:
    key = folder / "key"
    key.write_text("canary-77")
    key.chmod(mode)
    found = check(write(folder, SMALLEST + HOOK.format(said)), {}, CATALOGUES, absent=Absent.IS_ERROR)
    return [one for one in found if one.code == OPEN]


@pytest.mark.parametrize("said", [BY_KEY, BY_REFERENCE])
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640, 0o660])
def test_a_file_of_its_owner_and_group_is_fine(tmp_path: Path, mode: int, said: str) -> None:
    assert problems(tmp_path, mode, said) == []


@pytest.mark.parametrize("said", [BY_KEY, BY_REFERENCE])
@pytest.mark.parametrize("mode", [0o644, 0o444, 0o604])
def test_a_file_that_everybody_reads_is_a_warning_with_its_line_and_a_remedy(
    tmp_path: Path, mode: int, said: str
) -> None:
    (told,) = problems(tmp_path, mode, said)

    assert (told.is_warning, told.hint) == (True, "chmod 600 key")
    assert told.line > 1
    assert "canary" not in told.message


@pytest.mark.parametrize("said", [BY_KEY, BY_REFERENCE])
@pytest.mark.parametrize("mode", [0o666, 0o602, 0o777])
def test_a_file_that_everybody_may_change_is_refused(tmp_path: Path, mode: int, said: str) -> None:
    (told,) = problems(tmp_path, mode, said)

    assert not told.is_warning
    with pytest.raises(ConfigError):
        load(tmp_path / "crisiswatch.yml", {}, CATALOGUES)


def test_what_a_container_platform_mounts_may_be_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(substituting, "MOUNTS", tmp_path)

    assert problems(tmp_path, 0o444) == []
    assert [one.is_warning for one in problems(tmp_path, 0o646)] == [False]


def test_a_link_out_of_the_mounts_is_no_way_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts, elsewhere = tmp_path / "mounts", tmp_path / "elsewhere"
    mounts.mkdir()
    elsewhere.write_text("canary-77")
    elsewhere.chmod(0o644)
    (mounts / "key").symlink_to(elsewhere)
    monkeypatch.setattr(substituting, "MOUNTS", mounts)

    found = check(write(tmp_path, SMALLEST + HOOK.format("secret_file: mounts/key")), {}, CATALOGUES)

    assert [one.code for one in found if one.code == OPEN] == [OPEN]
