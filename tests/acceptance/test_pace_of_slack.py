"""A Slack that refuses what comes too fast, a real daemon with much to tell: nothing is refused, criticals go first."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from harness.configs import configured, write
from harness.daemon import Daemon, command
from harness.serving import serving
from harness.stores import now, outbox
from harness.waiting import until

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind
from crisiswatch.ports import Store
from crisiswatch.store import create
from tests.store.store_builders import a_decision, an_incident

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

WARNINGS = [f"W{number}" for number in range(14)]
CRITICALS = [f"C{number}" for number in range(6)]
WINDOWS = {1.0: 6, 5.0: 10, 10.0: 15}
"""Posts that this Slack takes in so many seconds: its second and its burst, and one for the way there."""


class Slack:
    """Takes posts at its pace; answers 429 to what is above."""

    def __init__(self) -> None:
        self.url = ""
        self.texts: list[str] = []
        self.refused = 0
        self._times: list[float] = []
        self._numbers = count(1)
        self._lock = threading.Lock()

    def take(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer to a post."""
        with self._lock:
            at = monotonic()
            self._times.append(at)
            if any(sum(at - one < span for one in self._times) > most for span, most in WINDOWS.items()):
                self.refused += 1
                return 429, {"ok": False, "error": "ratelimited"}
            self.texts.append(body["text"])
            return 200, {"ok": True, "channel": "C0TEST0001", "ts": f"{next(self._numbers)}.000100"}


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, slack: Slack, *arguments: Any) -> None:
        self._slack = slack
        super().__init__(*arguments)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["content-length"]))
        is_post = self.path.endswith("chat.postMessage")
        status, answer = self._slack.take(json.loads(sent)) if is_post else (200, {"ok": False, "error": "unknown"})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def running_slack() -> Iterator[Slack]:
    slack = Slack()
    with serving(partial(_Handler, slack)) as port:
        slack.url = f"http://127.0.0.1:{port}/api/"
        yield slack


def fill(folder: Path) -> None:
    """Owe a message about each incident, the warnings first."""

    async def run() -> None:
        store = create(f"sqlite:///{folder}/crisiswatch.db")
        await store.open()
        for brand in (*WARNINGS, *CRITICALS):
            await _owe(store, brand)
        await store.close()

    asyncio.run(run())


async def _owe(store: Store, brand: str) -> None:
    at, severity = now(), Severity.CRITICAL if brand in CRITICALS else Severity.WARNING
    incident = an_incident(
        f"01{brand}", brand=brand, severity=severity, opened_at=at, updated_at=at,
        told={"team": 1}, next_step_at=at + timedelta(hours=1),
    )  # fmt: skip
    owed = Notification(incident.id, "team", NotificationKind.OPENED, 1, severity, at, at + timedelta(hours=6))
    await store.commit_decision(a_decision(incident, owed))


def test_what_is_owed_goes_at_slacks_pace_criticals_first_and_the_list_says_what_it_waits_for(tmp_path: Path) -> None:
    with running_slack() as slack:
        receiver = {
            "name": "team",
            "type": "slack",
            "token": "xoxb-test",
            "channel": "C0TEST0001",
            "base_url": slack.url,
        }
        brands = [{"name": brand, "match": [brand.lower()]} for brand in (*WARNINGS, *CRITICALS)]
        config = write(
            tmp_path,
            configured(tmp_path, {}, brands, receivers=[receiver], storm={"pings": 100, "criticals": 100}),
        )
        fill(tmp_path)
        before = command("outbox", "list", "--json", "-c", str(config), cwd=tmp_path)
        with Daemon(config) as daemon:
            daemon.start()
            until(lambda: {row.state for row in outbox(config)} == {DeliveryState.DELIVERED}, 60, "all of it")
            assert daemon.stop() == 0

    told = [
        next(brand for brand in (*CRITICALS, *WARNINGS) if f"{brand}:" in text or f"{brand} " in text)
        for text in slack.texts
    ]
    assert slack.refused == 0
    assert sorted(told) == sorted((*WARNINGS, *CRITICALS))
    assert set(told[: len(CRITICALS)]) == set(CRITICALS)
    rows = json.loads(before.stdout)
    held = {row["held"] for row in (rows if isinstance(rows, list) else rows["outbox"])}
    assert "paced: 1 a second, 19 before it" in held
