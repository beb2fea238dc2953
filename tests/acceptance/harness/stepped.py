"""The real daemon in made-up time: started as a process of its own, and moved on over its socket."""

from __future__ import annotations

import hmac
import json
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from harness.ports import clean_environment
from harness.showing import show
from harness.waiting import until

START, STEP, STOP = 60.0, 120.0, 30.0
"""Seconds that a start, one move of the clock, and the end may take on a busy machine."""

HOOK_SECRET = "told-by-a-test"

_PAGE = re.compile(r"^page +(http://\S+?)/ ", re.MULTILINE)
_PROGRAM = Path(__file__).with_name("stepped_daemon.py")


class SteppedDaemon:
    """One process; its clock stands at `now`."""

    def __init__(self, config: Path, start: datetime) -> None:
        self.now = start
        self._log = config.parent / "daemon.log"
        self._socket = config.parent / "clock"
        command = [sys.executable, str(_PROGRAM), str(config), str(self._socket), start.isoformat()]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=config.parent, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    def __enter__(self) -> SteppedDaemon:
        until(lambda: _PAGE.search(self._said()) or self._process.poll() is not None, START, "the daemon")
        found = _PAGE.search(self._said())
        assert found is not None, self._said()
        self._client = httpx.Client(base_url=found[1], trust_env=False, timeout=STEP)
        self._line = socket.socket(socket.AF_UNIX)
        self._line.settimeout(STEP)
        self._line.connect(str(self._socket))
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()
        self._client.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        show(self._log)

    def live_until(self, moment: datetime) -> None:
        """Let the daemon live until that time, with everything that happens then."""
        if moment <= self.now:
            return
        self._line.sendall(f"{moment.isoformat()}\n".encode())
        answered = b""
        while not answered.endswith(b"\n"):
            part = self._line.recv(100)
            assert part, self._said()
            answered += part
        self.now = datetime.fromisoformat(answered.decode().strip())

    def deliver(self, source: str, mentions: Sequence[dict[str, Any]]) -> None:
        """Send mentions to a hook, signed."""
        body = json.dumps({"mentions": list(mentions)}).encode()
        stamp = str(int(self.now.timestamp()))
        mac = hmac.new(HOOK_SECRET.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
        self._ask("POST", f"/hooks/{source}", content=body, headers={"X-Crisiswatch-Signature": f"t={stamp},v1={mac}"})

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Act as a program on this machine does."""
        return self._ask("POST", path, json=body or {})

    def get(self, path: str) -> Any:
        """Read as a program on this machine does."""
        return self._ask("GET", path)

    def delete(self, path: str) -> Any:
        """End something as a program on this machine does."""
        return self._ask("DELETE", path)

    def stop(self) -> int:
        """Ask the process to end in order; return its exit code."""
        self._line.close()
        self._process.terminate()
        return self._process.wait(STOP)

    def _ask(self, method: str, path: str, **sent: Any) -> Any:
        answer = self._client.request(method, path, **sent)
        assert answer.is_success, answer.text
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text

    def _said(self) -> str:
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""
