"""The real daemon as a process of its own: started, killed, asked over HTTP, and read by its log."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from harness.ports import clean_environment
from harness.showing import show
from harness.waiting import until
from prometheus_client.parser import text_string_to_metric_families

from crisiswatch.engine.failpoints import ARMED_BY

START, STOP = 60.0, 25.0
"""Seconds that a start, and an orderly end, may take on a busy machine."""

_PAGE = re.compile(r"^page +(http://\S+?)/ ", re.MULTILINE)


class Daemon:
    """`crisiswatch run` on one configuration file. What it says on stderr is kept across restarts."""

    def __init__(self, config: Path, level: str = "info") -> None:
        self.config = config
        self._level = level
        self.url = ""
        self._log = config.parent / "daemon.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        show(self._log)

    def start(self, failpoint: str | None = None) -> Daemon:
        """Start the process and wait until its page is served, or it is dead (a failpoint may come first)."""
        said_before = len(self.log())
        command = [sys.executable, "-m", "crisiswatch", "run", "-c", str(self.config), "--log-format", "json"]
        command += ["--log-level", self._level]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                cwd=self.config.parent,
                env=_environment(failpoint),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        until(lambda: _PAGE.search(self.log(), said_before) or self._exit_code() is not None, START, "the daemon")
        found = _PAGE.search(self.log(), said_before)
        assert found is not None, self.log()[said_before:]
        self.url = found[1]
        return self

    def stop(self) -> int:
        """Ask the process to end in order; return its exit code."""
        self.signal(signal.SIGTERM)
        return self.ended(STOP)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None, "started before"
        self._process.send_signal(number)

    def ended(self, within: float) -> int:
        """Wait for the end of the process; return its exit code, negative for the signal that killed it."""
        until(lambda: self._exit_code() is not None, within, "the end of the daemon")
        assert self._process is not None, "started before"
        return self._process.returncode

    def log(self) -> str:
        """Return everything that was said on stderr so far."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log's events of that name, oldest first."""
        lines = [line for line in self.log().splitlines() if line.startswith("{") and line.endswith("}")]
        return [event for event in map(json.loads, lines) if event.get("event") == name]

    def get(self, path: str) -> httpx.Response:
        """Return the answer to a GET."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as client:
            return client.get(path)

    def post(self, path: str, **json_body: object) -> httpx.Response:
        """Return the answer to a POST, as a program on this machine sends it."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as client:
            return client.post(path, json=json_body)

    def metric(self, name: str, **labels: str) -> float | None:
        """Return the value of a sample, the sum where several have these labels, None where none has."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        samples = (sample for family in families for sample in family.samples if sample.name == f"crisiswatch_{name}")
        values = [sample.value for sample in samples if labels.items() <= sample.labels.items()]
        return sum(values) if values else None

    def incidents(self) -> list[dict[str, Any]]:
        """Return the incidents as the JSON API lists them, newest first."""
        found: list[dict[str, Any]] = self.get("/api/v1/incidents").json()["incidents"]
        return found

    def _exit_code(self) -> int | None:
        assert self._process is not None, "started before"
        return self._process.poll()


def command(*arguments: str, cwd: Path, armed: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of crisiswatch to its end, or to the failpoint that it is armed with."""
    return subprocess.run(
        [sys.executable, "-m", "crisiswatch", *arguments],
        cwd=cwd,
        env=_environment(armed),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def _environment(armed: str | None) -> dict[str, str]:
    return clean_environment(**({ARMED_BY: armed} if armed else {}))
