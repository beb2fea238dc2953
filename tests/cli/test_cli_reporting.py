"""`incident report` and `export`: from a real store, in every format."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from cli_running import config, fill, run
from test_cli_stored import two_incidents

from crisiswatch.app.retelling import as_csv, inert_cell
from crisiswatch.cli.terminal import Exit


@pytest.mark.parametrize(("form", "start"), [("md", "# INC"), ("html", "<!doctype html>"), ("json", "{")])
def test_a_report_comes_in_every_format(form: str, start: str, tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)
    run("incident", "verdict", "INC-1", "real", "--by", "maria", "-c", file)

    printed = run("incident", "report", "INC-1", "--format", form, "-c", file)
    written = run("incident", "report", "INC-1", "--format", form, "--out", tmp_path / "r", "-c", file)

    assert printed.code == written.code == Exit.OK
    assert printed.out.startswith(start)
    assert "maria" in printed.out
    assert (tmp_path / "r").read_text("utf-8").strip() == printed.out.strip()


def test_the_json_report_has_the_messages_and_what_was_blind(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    record = run("incident", "report", "INC-1", "--format", "json", "-c", file).json

    titles = [section["title"] for section in record["sections"]]
    assert titles == ["What happened", "How well it was answered", "Timeline", "Messages", "Labels", "What was blind"]
    assert record["incident"]["id"] == "INC-1"
    assert {gap["source"] for gap in record["blind"]} == {"press"}


def test_what_cannot_be_reported_says_so(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    assert run("incident", "report", "INC-99", "-c", file).code == Exit.NOTHING
    assert run("incident", "report", "INC-1", "--format", "pdf", "-c", file).code == Exit.USAGE
    assert run("incident", "export", "--format", "xls", "-c", file).code == Exit.USAGE


def test_every_incident_is_exported_oldest_first(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_incidents)

    listed = run("incident", "export", "-c", file).json["incidents"]
    rows = list(csv.DictReader(io.StringIO(run("incident", "export", "--format", "csv", "-c", file).out)))

    assert [row["id"] for row in listed] == [row["id"] for row in rows] == ["INC-1", "INC-2"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "-2+3+cmd|x"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert inert_cell(text) == f"'{text}"
    [_, row] = csv.reader(io.StringIO(as_csv([{"who": text, "n": -1}])))
    assert row[0][0] == "'"
    assert row[1] == "-1"


def test_plain_cells_stay_as_they_are() -> None:
    assert [inert_cell(value) for value in ("Acme", "", None, 3, 0.5, "a=b")] == ["Acme", "", "", "3", "0.5", "a=b"]
