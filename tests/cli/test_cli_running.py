"""`run` and `demo` as processes: they start, refuse, stop, and are asked over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_running import answering, config, fill, run
from test_cli_stored import two_incidents

from crisiswatch.app.answering import TOKEN_VARIABLE
from crisiswatch.cli.terminal import Exit
from crisiswatch.console.tokens import hash_token, new_token
from tests.acceptance.harness.ports import free_port

pytestmark = pytest.mark.acceptance

START, STOP = 240.0, 120.0
"""Seconds: they only end a test that fails."""

_PAGE = re.compile(r"^page +(http://127\.0\.0\.1:\d+)/ ")
ENVIRONMENT = {**{k: v for k, v in os.environ.items() if not k.startswith("CRISISWATCH_")}, "NO_COLOR": "1",
               "SMTP_URL": "smtp://127.0.0.1:9"}  # fmt: skip


class Daemon:
    """A running `crisiswatch run`; its stderr is read in a thread."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "crisiswatch", *map(str, arguments)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        self.lines: list[str] = []
        self.url = ""
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_until_up(self) -> None:
        assert self._up.wait(START), "".join(self.lines)
        assert self.url, "".join(self.lines)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; return the exit code."""
        self._process.send_signal(number)
        code = self._process.wait(STOP)
        self._reader.join()
        return code

    def end(self) -> int:
        """Wait for the end that comes by itself."""
        code = self._process.wait(START)
        self._reader.join()
        return code

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        sys.stdout.write("".join(self.lines)[-20_000:])  # shown where the test failed

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as said:
            for line in said:
                self.lines.append(line)
                found = _PAGE.match(line)
                if found:
                    self.url = found[1]
                    self._up.set()
        self._up.set()


@contextmanager
def daemon(file: Path, *arguments: object) -> Iterator[Daemon]:
    running = Daemon("run", "-c", file, *arguments)
    try:
        running.wait_until_up()
        yield running
    finally:
        running.kill()


def local(folder: Path, *lines: str) -> Path:
    return config(folder, *(lines or ("server: {listen: '127.0.0.1:0'}",)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_daemon_starts_and_ends_in_order(number: signal.Signals, tmp_path: Path) -> None:
    with daemon(local(tmp_path)) as running:
        code = running.stop(number)

    said = "".join(running.lines)
    assert code == 0, said
    assert "watching  Acme" in said
    assert "Traceback" not in said


def test_a_bad_configuration_ends_with_78_before_anything_starts(tmp_path: Path) -> None:
    running = Daemon("run", "-c", local(tmp_path, "brnads: []"))

    code, said = running.end(), "".join(running.lines)

    assert code == Exit.CONFIG
    assert "crisiswatch.yml:7:1" in said
    assert [path.name for path in tmp_path.iterdir()] == ["crisiswatch.yml"]


def test_a_second_daemon_on_the_same_store_is_refused(tmp_path: Path) -> None:
    file = local(tmp_path)
    with daemon(file) as first:
        second = Daemon("run", "-c", file)
        code, said = second.end(), "".join(second.lines)
        ended = first.stop()

    assert (code, ended) == (Exit.FINDINGS, 0)
    assert "in use" in said or "another process" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_a_configuration_error(tmp_path: Path) -> None:
    with answering() as server:
        running = Daemon("run", "-c", local(tmp_path, f"server: {{listen: '127.0.0.1:{server.server_port}'}}"))
        code, said = running.end(), "".join(running.lines)

    assert code == Exit.CONFIG
    assert "another crisiswatch" in said
    assert "Traceback" not in said


def test_logs_are_json_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    with daemon(local(tmp_path), "--log-format", "json", "--log-level", "debug") as running:
        running.stop()

    logged = [json.loads(line) for line in running.lines if line.startswith("{")]
    assert all({"event", "level", "timestamp"} <= set(entry) for entry in logged)


def test_acknowledging_goes_through_the_running_daemon(tmp_path: Path) -> None:
    secret = new_token()
    token = f"[{{name: rota, hash: '{hash_token(secret)}', scopes: [act]}}]"
    file = local(tmp_path, f"server: {{listen: '127.0.0.1:PORT', tokens: {token}}}")
    file.write_text(file.read_text().replace("PORT", str(free_port())))
    fill(tmp_path, two_incidents)

    with daemon(file) as running:
        refused = run("incident", "ack", "INC-1", "-c", file)
        acked = run("incident", "ack", "INC-1", "-c", file, "--by", "ana", **{TOKEN_VARIABLE: secret})
        unknown = run("incident", "ack", "INC-99", "-c", file, **{TOKEN_VARIABLE: secret})
        shown = run("incident", "show", "INC-1", "--json", "-c", file).json
        running.stop()

    assert (refused.code, unknown.code) == (Exit.FINDINGS, Exit.NOTHING)
    assert TOKEN_VARIABLE in refused.err
    assert (acked.code, acked.err) == (Exit.OK, "INC-1: ana is on it\n")
    assert (shown["response"], shown["acked_by"]) == ("acked", "ana")


def test_erase_asks_to_stop_the_daemon_first(tmp_path: Path) -> None:
    file = local(tmp_path)
    with daemon(file) as running:
        found = run("erase", "--url", "https://m.example/1", "--yes", "-c", file)
        running.stop()

    assert found.code == Exit.FINDINGS
    assert "stop the daemon first" in found.err


def test_a_backup_is_taken_while_the_daemon_runs(tmp_path: Path) -> None:
    file = local(tmp_path)
    with daemon(file) as running:
        found = run("db", "backup", tmp_path / "copy.db", "-c", file)
        running.stop()

    assert found.code == Exit.OK
    assert (tmp_path / "copy.db").read_bytes()[:15] == b"SQLite format 3"
