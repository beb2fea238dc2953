"""What every command has in common: help, exit codes, errors, colours, prompts."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cli_running import config, run
from rich.console import Console

from crisiswatch import __version__
from crisiswatch.cli import EXIT_CODES
from crisiswatch.cli.failing import code_of, inert
from crisiswatch.cli.terminal import Exit, Pace, _bar, progress
from crisiswatch.errors import Interrupted

COMMANDS = [
    "run", "demo", "init", "check", "config show", "config schema", "source list", "source test", "source types",
    "mentions", "backtest", "replay", "notify test", "notify types", "incident list", "incident show", "incident ack",
    "outbox list", "erase", "db backup", "db restore", "db check", "dashboards export", "version",
]  # fmt: skip

HEAVY = {
    "apprise", "asyncpg", "babel", "feedparser", "httpx", "jinja2", "numpy", "prometheus_client",
    "pydantic", "re2", "river", "ruamel", "scipy", "slack_sdk", "sqlalchemy", "starlette", "structlog", "uvicorn",
}  # fmt: skip

STORED = ["mentions", "incident list", "incident show INC-1", "incident ack INC-1", "outbox list", "db check",
          "erase --url x --yes"]  # fmt: skip


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command: str) -> None:
    found = run(*command.split(), "--help")

    assert found.code == Exit.OK
    assert "Usage: crisiswatch" in found.out
    assert found.err == ""


def test_help_says_what_exit_codes_mean() -> None:
    out = " ".join(run("--help").out.split())

    assert EXIT_CODES in out
    assert all(f"{int(code)} " in EXIT_CODES for code in Exit)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nsys.argv = ['crisiswatch', '--help']\nfrom crisiswatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=240)
    imported = set(ended.stderr.split())

    assert "typer" in imported
    assert imported & HEAVY == set()


@pytest.mark.parametrize(("typo", "meant"), [("rnu", "run"), ("backtset", "backtest"), ("incidnet", "incident")])
def test_an_unknown_command_is_answered_with_the_one_meant(typo: str, meant: str) -> None:
    found = run(typo)

    assert found.code == Exit.USAGE
    assert f"Did you mean '{meant}'" in found.err
    assert found.out == ""


WRONG = [
    "incident lsit", "version --jsno", "backtest", "mentions --limit 0", "demo --lang xx", "demo --scenario none",
    "check --format xml", "run --log-level loud", "incident show seven", "replay --input x --notify everybody",
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_usage_ends_with_two_and_says_what_is_allowed(arguments: str) -> None:
    found = run(*arguments.split())

    assert found.code == Exit.USAGE
    assert found.err
    assert found.out == ""


def test_version_is_data() -> None:
    assert run("version").out == f"crisiswatch {__version__}\n"
    assert run("version", "--json").json == {"schema_version": 1, "version": __version__}


@pytest.mark.parametrize("command", STORED)
def test_without_a_store_commands_say_so_and_make_none(command: str, tmp_path: Path) -> None:
    found = run(*command.split(), "-c", config(tmp_path))

    assert found.code == Exit.FINDINGS
    assert "no such database" in found.err
    assert [file.name for file in tmp_path.iterdir()] == ["crisiswatch.yml"]


@pytest.mark.parametrize("command", [*STORED, "config show", "source list", "notify test", "run"])
def test_without_a_configuration_commands_end_with_78(command: str, tmp_path: Path) -> None:
    found = run(*command.split(), "-c", tmp_path / "none.yml")

    assert found.code == Exit.CONFIG
    assert "there is no such file" in found.err


def test_the_configuration_is_found_by_its_variable(tmp_path: Path) -> None:
    found = run("source", "list", "--json", CRISISWATCH_CONFIG=str(config(tmp_path)))

    assert [row["name"] for row in found.json] == ["press"]


@pytest.mark.parametrize("arguments", ["--help", "rnu", "version"])
def test_no_color_means_no_escape_sequences(arguments: str) -> None:
    environment = {"NO_COLOR": "1", "PATH": "/usr/bin:/bin", "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "crisiswatch", *arguments.split()]

    ended = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=240)

    assert ended.stdout + ended.stderr
    assert b"\x1b" not in ended.stdout + ended.stderr


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")

    found = run("init", tmp_path / "taken" / "below")

    assert found.code == Exit.FINDINGS
    assert str(tmp_path / "taken") in found.err


def test_messages_cannot_steer_the_terminal() -> None:
    assert inert("a\x1b[2Jb\u202ec\nd") == "a\\u001b[2Jb\\u202ec\nd"


def test_erase_never_asks_where_nobody_can_answer(tmp_path: Path) -> None:
    found = run("erase", "--url", "https://m.example/1", "-c", config(tmp_path))

    assert found.code == Exit.USAGE
    assert "--yes" in found.err


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_progress_is_silent_for_a_second_then_tells_the_time_left_now_and_then() -> None:
    clock, shown = Clock(), list[tuple[float, float]]()
    pace = Pace(clock, lambda left, part: shown.append((left, part)), timedelta(seconds=10))

    for seconds, part in ((0.0, 0.0), (0.9, 0.05), (1.5, 0.01), (2.0, 0.1), (5.0, 0.25), (12.0, 0.6), (13.0, 0.65)):
        clock.seconds = 100 + seconds
        pace(part)

    assert shown == [(pytest.approx(18), 0.1), (pytest.approx(8), 0.6)]


def test_a_bar_that_is_full_goes_and_leaves_the_terminal_to_what_is_said_next() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=80)
    with ExitStack() as stack:
        show = _bar("learning", console, stack)
        before = set(threading.enumerate())
        show(3.0, 0.5)
        drawing = set(threading.enumerate()) - before
        show(0.0, 1.0)
        for thread in drawing:
            thread.join(30)

        assert [thread.is_alive() for thread in drawing] == [False]


def test_without_a_terminal_progress_is_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("backtest") as told:
        told._next = 0.0  # type: ignore[attr-defined]  # as if a second had gone by
        told(0.5)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("backtest: 50%, ")
    assert captured.err.endswith(" s left\n")


def test_what_was_stopped_ends_with_130() -> None:
    assert code_of(Interrupted("stopped")) == Exit.INTERRUPTED == 130
