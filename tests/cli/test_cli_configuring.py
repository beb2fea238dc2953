"""`init`, `check`, `config show` and `config schema`."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from cli_running import config, run
from ruamel.yaml import YAML

from crisiswatch.cli.terminal import Exit

SLACK = """\
receivers: [{name: team, type: slack, channel: "#x", token: "${SLACK_TOKEN}"}]
routes: {receiver: team}"""


@pytest.mark.parametrize("brand", ["Norvik", "Ünïcode & Söhne", 'quoted "name"', "a: b # c", "{}"])
def test_what_init_writes_passes_check(brand: str, tmp_path: Path) -> None:
    written = run("init", tmp_path, "--brand", brand)
    checked = run("check", tmp_path / "crisiswatch.yml")

    assert (written.code, checked.code) == (Exit.OK, Exit.OK)
    assert "error[" not in checked.out
    assert "crisiswatch check" in written.err


def test_init_full_writes_the_example_which_needs_secrets_only(tmp_path: Path) -> None:
    run("init", tmp_path, "--full")

    assert run("check", tmp_path / "crisiswatch.yml").code == Exit.OK


def test_init_writes_the_schema_that_its_configuration_names(tmp_path: Path) -> None:
    run("init", tmp_path, "--brand", "Norvik")
    written = YAML(typ="safe").load(tmp_path / "crisiswatch.yml")
    schema = YAML(typ="safe").load(tmp_path / "crisiswatch.schema.json")

    jsonschema.validate(written, schema)
    assert schema == run("config", "schema").json


def test_init_never_replaces_a_configuration(tmp_path: Path) -> None:
    file = config(tmp_path)
    before = file.read_bytes()

    found = run("init", tmp_path)

    assert (found.code, file.read_bytes()) == (Exit.FINDINGS, before)
    assert "not changed" in found.err


def test_check_names_file_line_and_what_was_meant(tmp_path: Path) -> None:
    file = config(tmp_path, "defautls: {bucket: 5m}")

    found = run("check", file)

    assert found.code == Exit.FINDINGS
    assert f"{file}:7:1" in found.out
    assert "defaults" in found.out
    assert found.err == ""


def test_check_of_a_good_file_says_ok(tmp_path: Path) -> None:
    found = run("check", config(tmp_path))

    assert (found.code, found.out) == (Exit.OK, f"{tmp_path}/crisiswatch.yml: ok\n")


def test_check_as_json_gives_every_problem_with_its_place(tmp_path: Path) -> None:
    file = config(tmp_path, "defautls: {bucket: 5m}", "mutes: [{name: x, times: ['25:00-26:00']}]")

    found = run("check", file, "--format", "json")

    assert found.code == Exit.FINDINGS
    assert found.json["schema_version"] == 1
    assert [(p["file"], p["line"], p["is_warning"]) for p in found.json["problems"]][:2] == [
        (str(file), 7, False),
        (str(file), 8, False),
    ]


def test_check_looks_into_the_folder_of_playbooks(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "own.yml").write_text("name: own\nowner: [", "utf-8")

    found = run("check", config(tmp_path, "playbooks: {folder: playbooks/}"))

    assert found.code == Exit.FINDINGS
    assert "own.yml:" in found.out


def test_a_warning_fails_only_when_asked_to(tmp_path: Path) -> None:
    file = config(tmp_path, told="")

    relaxed, strict = run("check", file), run("check", file, "--strict")

    assert "warning" in relaxed.out
    assert (relaxed.code, strict.code) == (Exit.OK, Exit.FINDINGS)


def test_check_reads_several_files_and_fails_if_one_is_wrong(tmp_path: Path) -> None:
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
    good, bad = config(tmp_path / "good"), config(tmp_path / "bad", "x: 1")

    found = run("check", good, bad)

    assert found.code == Exit.FINDINGS
    assert f"{good}: ok" in found.out


def test_the_configuration_in_force_hides_secrets(tmp_path: Path) -> None:
    file = config(tmp_path, told=SLACK)

    found = run("config", "show", "-c", file, SLACK_TOKEN="xoxb-very-secret")

    assert found.code == Exit.OK
    assert YAML(typ="safe").load(found.out)["brands"][0]["name"] == "Acme"
    assert "very-secret" not in found.out + found.err


def test_a_missing_secret_is_a_located_error_when_it_is_needed(tmp_path: Path) -> None:
    file = config(tmp_path, told=SLACK)

    found = run("notify", "test", "-c", file)

    assert found.code == Exit.CONFIG
    assert f"{file}:5:" in found.err
    assert "SLACK_TOKEN" in found.err


def test_looking_at_what_is_configured_needs_no_secret(tmp_path: Path) -> None:
    file = config(tmp_path, told=SLACK)

    assert run("config", "show", "-c", file).code == Exit.OK
