"""The configuration and the recording of a scenario."""

from pathlib import Path

import pytest

from crisiswatch.app.building import catalogues
from crisiswatch.app.scenarios import generate
from crisiswatch.app.scenarios.config import write_config
from crisiswatch.app.scenarios.writing import LANGUAGES
from crisiswatch.settings import load


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_configuration_loads_and_names_the_sources_of_the_mentions(language: str, tmp_path: Path) -> None:
    file = tmp_path / "crisiswatch.yml"
    file.write_text(write_config(language, "smtp://127.0.0.1:2525"), "utf-8")

    settings = load(file, {}, catalogues())

    assert {entry.name for entry in settings.sources} == {m.source for m in generate("quiet-week", 3).mentions}
    assert [(brand.name, brand.kind) for brand in settings.brands] == [("Norvik", "brand"), ("Tallis", "competitor")]
    assert [(entry.name, entry.type, entry.language) for entry in settings.receivers] == [
        ("on-call", "email", language)
    ]
    assert tuple(settings.routes.told) == ("on-call",)


def test_the_configuration_of_a_scenario_names_the_mail_server_that_was_asked_for() -> None:
    assert generate("quiet-week", 3, smtp_url="smtp://mail.example").config == write_config("en", "smtp://mail.example")
