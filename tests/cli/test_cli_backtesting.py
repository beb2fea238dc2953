"""`backtest` and `replay`: the promised object, the exit codes, and the same bytes from both."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_running import Ran, config, run

from crisiswatch.cli.terminal import Exit

START = datetime(2026, 3, 4, 12, tzinfo=UTC)

KEYS = ["schema_version", "config_hash", "detector_version", "coverage", "warmup_ends", "incidents", "summary"]
COVERAGE = {"from", "to", "mentions", "skipped_lines", "covered_share", "assumed_observed_at"}
INCIDENT = {
    "id", "brand", "severity", "opened_at", "detected_at", "closed_at", "score", "rule", "peak_ratio", "negative_share",
    "usual_negative_share", "incident_type", "playbook", "drivers", "stories", "copies", "authors", "first_post",
}  # fmt: skip
SUMMARY = {"weeks", "incidents_per_week", "by_severity", "false_alarm_bound_95"}

RULE = "brands: [{name: Acme, match: [acme], rules: [{name: injury, match: injured, severity: critical}]}]"


def line(number: int, text: str) -> str:
    moment = (START + timedelta(minutes=number)).isoformat()
    return json.dumps(
        {"external_id": str(number), "published_at": moment, "text": text, "permalink": f"https://m/{number}"}
    )


def recording(folder: Path, *more: str) -> Path:
    """Write two hours of a mention a minute; after one hour somebody is injured."""
    file = folder / "mentions.jsonl"
    lines = [
        line(n, "my child was injured by an acme kettle" if n == 60 else f"acme kettle number {n}") for n in range(120)
    ]
    file.write_text("\n".join([*lines, *more]) + "\n", "utf-8")
    return file


def rule_config(folder: Path) -> Path:
    file = config(folder)
    file.write_text(file.read_text().replace("brands: [{name: Acme, match: [acme]}]", RULE))
    return file


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("recorded")
    return rule_config(folder), recording(folder)


@pytest.fixture(scope="module")
def plain(found: tuple[Path, Path]) -> Ran:
    """Return what a backtest gives that is asked for nothing else."""
    file, mentions = found
    return run("backtest", "-c", file, "--input", mentions, "--format", "json")


def test_backtest_gives_the_promised_object(plain: Ran) -> None:
    result = plain.json

    [incident] = result["incidents"]
    assert list(result) == KEYS
    assert (set(result["coverage"]), set(result["summary"])) == (COVERAGE, SUMMARY)
    assert set(incident) >= INCIDENT
    assert set(incident["first_post"]) == {"external_id", "permalink", "published_at"}
    assert set(result["summary"]["by_severity"]) == {"watch", "warning", "critical"}


def test_a_rule_is_an_incident_that_names_it(plain: Ran) -> None:
    [incident] = plain.json["incidents"]

    assert (incident["id"], incident["brand"], incident["severity"], incident["rule"]) == (
        "INC-1",
        "Acme",
        "critical",
        "injury",
    )
    assert incident["opened_at"] == incident["detected_at"] == "2026-03-04T13:00:15Z"


def test_replay_and_backtest_agree_byte_for_byte_every_time(found: tuple[Path, Path], plain: Ran) -> None:
    file, mentions = found

    outs = [run(command, "-c", file, "--input", mentions, "--format", "json").out
            for command in ("replay", "replay", "backtest")]  # fmt: skip

    assert len(plain.out) > 500
    assert set(outs) == {plain.out}


def test_skipped_lines_are_named_counted_and_no_failure(tmp_path: Path) -> None:
    mentions = recording(tmp_path, "{broken", '{"external_id": "x"}')

    found = run("backtest", "-c", rule_config(tmp_path), "--input", mentions, "--format", "json")

    assert (found.code, found.json["coverage"]["skipped_lines"]) == (Exit.OK, 2)
    assert "line 121:" in found.err
    assert "line 122:" in found.err


@pytest.mark.parametrize("command", ["backtest", "replay"])
@pytest.mark.parametrize("content", [b"", b"\n\n", b"{broken\n", b"\x00\xff\xfe\n", b"[" * 100_000])
def test_without_a_readable_line_the_end_is_two(command: str, content: bytes, tmp_path: Path) -> None:
    mentions = tmp_path / "mentions.jsonl"
    mentions.write_bytes(content)

    found = run(command, "-c", config(tmp_path), "--input", mentions, "--format", "json")

    assert (found.code, found.out) == (Exit.USAGE, "")
    assert "no line is readable" in found.err


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    found = run("backtest", "-c", config(tmp_path), "--input", tmp_path / "none.jsonl")

    assert found.code == Exit.USAGE
    assert "none.jsonl: No such file" in found.err


def test_quiet_history_exits_ok_and_says_what_it_shows(tmp_path: Path) -> None:
    mentions = recording(tmp_path)

    found = run("backtest", "-c", config(tmp_path), "--input", mentions)

    assert found.code == Exit.OK
    assert "No alert" in found.out
    assert "a week (95 %)" in found.out


def test_neither_sources_nor_receivers_nor_secrets_are_needed(tmp_path: Path) -> None:
    file = tmp_path / "small.yml"
    file.write_text("version: 1\nbrands: [{name: Acme, match: [acme]}]\n")

    found = run("backtest", "-c", file, "--input", recording(tmp_path), "--format", "json")

    assert (found.code, found.json["coverage"]["mentions"]) == (Exit.OK, 120)


def test_csv_with_the_same_headers_gives_the_same_incidents(
    found: tuple[Path, Path], plain: Ran, tmp_path: Path
) -> None:
    file, mentions = found
    rows = [json.loads(text) for text in mentions.read_text().splitlines()]
    table = tmp_path / "mentions.csv"
    table.write_text("\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n")

    as_table = run("backtest", "-c", file, "--input", table, "--format", "json").json

    assert as_table["incidents"] == plain.json["incidents"] != []


def test_replay_prints_each_message_as_its_receiver_gets_it(found: tuple[Path, Path]) -> None:
    file, mentions = found

    told = run("replay", "-c", file, "--input", mentions, "--notify", "stdout")
    as_json = run("replay", "-c", file, "--input", mentions, "--notify", "stdout", "--format", "json")

    assert "injury" in told.out
    assert as_json.json["incidents"]
    assert "INC-1" in as_json.err


SWEEP = "false_alarms_per_week=0.05,1"


def test_a_sweep_is_a_row_for_each_budget_beside_the_promised_object(found: tuple[Path, Path], plain: Ran) -> None:
    file, mentions = found

    swept = run("backtest", "-c", file, "--input", mentions, "--format", "json", "--sweep", SWEEP).json

    rows = swept.pop("sweep")
    assert swept == plain.json
    assert [row["false_alarms_per_week"] for row in rows] == [
        {"warning": 0.05, "critical": 0.01},
        {"warning": 1.0, "critical": 0.2},
        None,
    ]
    assert [row["is_current"] for row in rows] == [False, False, True]
    assert {alert["rule"] for row in rows for alert in row["alerts"]} == {"injury"}


@pytest.mark.parametrize(
    "sweep", ["alert_above=0.7", "false_alarms_per_week", "false_alarms_per_week=many", "false_alarms_per_week=0",
              "false_alarms_per_week=nan", "false_alarms_per_week=" + ",".join(str(n) for n in range(1, 30))]
)  # fmt: skip
def test_a_wrong_sweep_says_what_to_write(sweep: str, found: tuple[Path, Path]) -> None:
    file, mentions = found

    ended = run("backtest", "-c", file, "--input", mentions, "--sweep", sweep)

    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert "--sweep" in ended.err


def test_another_configuration_is_set_against_this_one(found: tuple[Path, Path], tmp_path: Path) -> None:
    file, mentions = found
    other = tmp_path / "new.yml"
    other.write_text("version: 1\nbrands: [{name: Acme, match: [acme]}]\n")

    as_json = run("backtest", "-c", file, "--input", mentions, "--against", other, "--format", "json").json["against"]
    as_text = run("backtest", "-c", file, "--input", mentions, "--against", other).out

    assert ([row["rule"] for row in as_json["vanished"]], as_json["appeared"]) == (["injury"], [])
    assert "Only with the old one" in as_text
    assert "Only with the new one" not in as_text


def test_known_crises_are_counted_and_few_verdicts_give_no_percentage(found: tuple[Path, Path], tmp_path: Path) -> None:
    file, mentions = found
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "start,end,brand,label\n2026-03-04T12:50:00Z,2026-03-04T13:30:00Z,Acme,real\n"
        "2026-03-04T12:50:00Z,2026-03-04T13:30:00Z,Nobody,real\n"
    )

    told = run("backtest", "-c", file, "--input", mentions, "--labels", labels)

    assert "Known crises caught: 1 of 1, 10 min after their start" in told.out
    assert "1 real, 0 false (n = 1; a percentage needs 20)" in " ".join(told.out.split())
    assert "--labels: 1 not used" in told.err


def test_the_report_is_written_in_the_shape_that_its_name_says(found: tuple[Path, Path], tmp_path: Path) -> None:
    file, mentions = found
    page, data = tmp_path / "report.html", tmp_path / "report.json"

    shown = run("backtest", "-c", file, "--input", mentions, "--output", page)
    printed = run("backtest", "-c", file, "--input", mentions, "--output", data, "--format", "json")

    assert "INC-1" in shown.out
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert data.read_text("utf-8") == printed.out


def test_a_shape_that_is_not_known_ends_before_anything_is_read(found: tuple[Path, Path], tmp_path: Path) -> None:
    file, mentions = found

    ended = run("backtest", "-c", file, "--input", mentions, "--output", tmp_path / "report.pdf")

    assert ended.code == Exit.USAGE
    assert ".html, .json or .txt" in ended.err


def test_html_on_stdout_is_the_same_page_every_time(found: tuple[Path, Path]) -> None:
    file, mentions = found

    pages = {run("backtest", "-c", file, "--input", mentions, "--format", "html").out for _ in range(2)}

    [page] = pages
    assert page.rstrip().endswith("</html>")
