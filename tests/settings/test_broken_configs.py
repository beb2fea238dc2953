"""Every broken configuration is reported exactly as the text beside it says."""

from pathlib import Path

import pytest
from fake_catalogues import CATALOGUES, ENVIRON

from crisiswatch.errors import ConfigError
from crisiswatch.settings import check, load, read_texts, render

BROKEN = Path(__file__).parent / "broken"
NAMES = sorted(path.stem for path in BROKEN.glob("*.yml"))


def test_there_are_many_broken_configs() -> None:
    assert len(NAMES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_config_is_reported_as_expected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    path = Path(f"{name}.yml")

    report = render(check(path, ENVIRON, CATALOGUES), read_texts(path, CATALOGUES))

    assert f"{report}\n" == Path(f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_loading_raises_what_checking_reports(name: str) -> None:
    path = BROKEN / f"{name}.yml"
    problems = check(path, ENVIRON, CATALOGUES)

    if any(not told.is_warning for told in problems):
        with pytest.raises(ConfigError) as raised:
            load(path, ENVIRON, CATALOGUES)
        assert raised.value.problems == problems
    else:
        assert load(path, ENVIRON, CATALOGUES).version == 1


@pytest.mark.parametrize("name", NAMES)
def test_problems_are_sorted_by_place(name: str) -> None:
    places = [(told.file, told.line, told.column) for told in check(BROKEN / f"{name}.yml", ENVIRON, CATALOGUES)]

    assert places
    assert places == sorted(places)
