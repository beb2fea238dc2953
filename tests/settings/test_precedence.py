"""Defaults give way to the file, the file to conf.d, and all of them to the environment."""

from pathlib import Path

import pytest
from config_writing import SMALLEST, WHOLE, loaded, write
from fake_catalogues import CATALOGUES, ENVIRON

from crisiswatch.errors import ConfigError, Problem
from crisiswatch.settings import check, load

LISTEN = "CRISISWATCH__SERVER__LISTEN"


def listen(folder: Path, environ: dict[str, str] | None = None) -> str:
    return load(folder / "crisiswatch.yml", {**ENVIRON, **(environ or {})}, CATALOGUES).server.listen


def problems(folder: Path, environ: dict[str, str]) -> list[Problem]:
    found = check(folder / "crisiswatch.yml", {**ENVIRON, **environ}, CATALOGUES)
    return [told for told in found if not told.is_warning]


def test_each_layer_wins_over_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    by_default = listen(tmp_path)
    write(tmp_path, WHOLE + "server: {listen: 127.0.0.1:1001, public_url: https://cw.example.org}\n")
    by_file = listen(tmp_path)
    write(tmp_path, "server: {listen: 127.0.0.1:1002}\n", "conf.d/10-first.yml")
    write(tmp_path, "server: {listen: 127.0.0.1:1003}\n", "conf.d/20-second.yml")
    by_folder = listen(tmp_path)
    by_environment = listen(tmp_path, {LISTEN: "127.0.0.1:1004"})

    assert [by_default, by_file, by_folder, by_environment] == [
        "127.0.0.1:9119",
        "127.0.0.1:1001",
        "127.0.0.1:1003",
        "127.0.0.1:1004",
    ]
    assert load(tmp_path / "crisiswatch.yml", ENVIRON, CATALOGUES).server.public_url == "https://cw.example.org"


def test_lists_of_named_things_grow_in_conf_d(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    write(
        tmp_path,
        "brands: [{name: Globex, match: globex}]\nsources: [{name: hook, type: webhook, secret: x}]\n",
        "conf.d/b.yml",
    )
    write(tmp_path, "brands: [{name: Initech, match: initech}]\n", "conf.d/a.yml")

    settings = load(tmp_path / "crisiswatch.yml", ENVIRON, CATALOGUES)

    assert [brand.name for brand in settings.brands] == ["Acme", "Initech", "Globex"]
    assert [entry.name for entry in settings.sources] == ["press", "hook"]


def test_a_name_used_again_in_conf_d_names_both_places(tmp_path: Path) -> None:
    main = write(tmp_path, WHOLE)
    extra = write(tmp_path, "\nbrands: [{name: Acme, match: globex}]\n", "conf.d/b.yml")

    (told,) = problems(tmp_path, {})

    assert (told.code, told.file, told.line, told.column) == ("duplicate-name", str(extra), 2, 17)
    assert f"{main}:3:12" in told.message


def test_errors_of_all_files_come_together(tmp_path: Path) -> None:
    main = write(tmp_path, "version: 1\nversion: 2\n")
    extra = write(tmp_path, "brands: [\n", "conf.d/b.yml")

    assert {told.file for told in problems(tmp_path, {})} == {str(main), str(extra)}


def test_other_files_in_conf_d_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    write(tmp_path, "nonsense: [", "conf.d/README.md")
    write(tmp_path, "nonsense: [", "conf.d/.hidden.yml")
    write(tmp_path, "# nothing yet\n", "conf.d/empty.yml")

    assert problems(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("CRISISWATCH__SERVR__LISTEN", "127.0.0.1:1", "unknown-key"),
        ("CRISISWATCH__SERVER__LISTENS", "127.0.0.1:1", "unknown-key"),
        ("CRISISWATCH__SERVER__", "x", "environment"),
        ("CRISISWATCH__", "x", "environment"),
        ("CRISISWATCH__BRANDS__0__NAME", "x", "environment"),
        ("CRISISWATCH__DEFAULTS__BUCKET", "7m", "bucket"),
        ("CRISISWATCH__SERVER__TOKENS", "[{name: ops}]", "missing-key"),
        ("CRISISWATCH__STORE__MENTION_TEXT_DAYS", "soon", "wrong-type"),
    ],
)
def test_a_wrong_variable_is_an_error_that_names_it(tmp_path: Path, name: str, value: str, code: str) -> None:
    write(tmp_path, WHOLE)

    (told,) = problems(tmp_path, {name: value})

    assert (told.code, told.file, told.line) == (code, f"${name}", 0)


def test_variables_hold_texts_numbers_and_lists(tmp_path: Path) -> None:
    environ = {
        **ENVIRON,
        "CRISISWATCH__SERVER__PUBLIC_URL": "https://cw.example.org",
        "CRISISWATCH__STORE__MENTION_TEXT_DAYS": "12",
        "CRISISWATCH__STORE__INCIDENT_DAYS": "null",
        "CRISISWATCH__SERVER__TRUSTED_PROXIES": "[10.0.0.0/8]",
        "CRISISWATCH__DEFAULTS__FALSE_ALARMS_PER_WEEK": "0.5",
        "CRISISWATCH_CONFIG": "not a key",
    }
    settings = loaded(tmp_path, SMALLEST, environ)

    assert settings.server.public_url == "https://cw.example.org"
    assert settings.server.trusted_proxies == ("10.0.0.0/8",)
    assert settings.store.retention.mention_text.days == 12
    assert settings.store.retention.incidents is None
    assert settings.brands[0].false_alarms_per_week.critical == 0.1


def test_loading_reports_wrong_variables(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown key 'servr'"):
        loaded(tmp_path, SMALLEST, {"CRISISWATCH__SERVR__LISTEN": "x"})
