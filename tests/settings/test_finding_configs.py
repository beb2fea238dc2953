"""The configuration is found where operators put it, the nearest place first."""

from pathlib import Path

import pytest

from crisiswatch.errors import ConfigError
from crisiswatch.settings import find_config


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_each_place_gives_way_to_a_nearer_one(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path / "home")}
    in_home = put(tmp_path / "xdg" / "crisiswatch" / "crisiswatch.yml")
    found = [find_config(None, environ)]
    put(tmp_path / "crisiswatch.yml")
    found.append(find_config(None, environ))
    found.append(find_config(None, {**environ, "CRISISWATCH_CONFIG": "/named.yml"}))
    found.append(find_config(Path("given.yml"), {**environ, "CRISISWATCH_CONFIG": "/named.yml"}))

    assert found == [in_home, Path("crisiswatch.yml"), Path("/named.yml"), Path("given.yml")]


def test_the_home_folder_stands_in_for_xdg(tmp_path: Path) -> None:
    expected = put(tmp_path / "home" / ".config" / "crisiswatch" / "crisiswatch.yml")

    assert find_config(None, {"HOME": str(tmp_path / "home")}) == expected


def test_without_any_the_error_names_the_places(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        find_config(None, {"XDG_CONFIG_HOME": str(tmp_path)})

    (told,) = raised.value.problems
    assert told.code == "missing-file"
    assert f"crisiswatch.yml, {tmp_path}/crisiswatch/crisiswatch.yml, /etc/crisiswatch/crisiswatch.yml" in told.message
