"""A silence on a real daemon: its line is on the card at once, and gone from it once somebody ends the silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.configs import configured, write
from harness.daemon import Daemon, command
from harness.serving import serving
from harness.stores import now
from harness.waiting import until

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.store import create
from tests.store.store_builders import a_decision, an_incident

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

LINE = "Silenced by maria until "


class _Slack(BaseHTTPRequestHandler):
    """Takes cards and edits, and remembers them in order."""

    def __init__(self, taken: list[tuple[str, str]], *arguments: Any) -> None:
        self._taken = taken
        super().__init__(*arguments)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["content-length"])).decode()
        method = self.path.rpartition("/")[2]
        is_known = method in ("chat.postMessage", "chat.update")
        if is_known:
            self._taken.append((method, json.dumps(json.loads(sent), ensure_ascii=False)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        answer = {"ok": True, "channel": "C0TEST0001", "ts": "1.000100"} if is_known else {"ok": False, "error": "no"}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def running_slack() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    taken: list[tuple[str, str]] = []
    with serving(partial(_Slack, taken)) as port:
        yield f"http://127.0.0.1:{port}/api/", taken


def fill(folder: Path) -> None:
    """Store an open warning that owes its opening."""

    async def run() -> None:
        store = create(f"sqlite:///{folder}/crisiswatch.db")
        await store.open()
        at = now()
        one = an_incident(
            "01A", brand="Acme", severity=Severity.WARNING, opened_at=at, updated_at=at, told={"team": 1},
            next_step_at=at + timedelta(hours=1),
        )  # fmt: skip
        owed = Notification("01A", "team", NotificationKind.OPENED, 1, Severity.WARNING, at, at + timedelta(hours=6))
        await store.commit_decision(a_decision(one, owed))
        await store.close()

    asyncio.run(run())


def test_who_silenced_it_stands_on_the_card_and_in_the_history_while_it_lasts(tmp_path: Path) -> None:
    with running_slack() as (url, taken):
        receiver = {"name": "team", "type": "slack", "token": "xoxb-test", "channel": "C0TEST0001", "base_url": url}
        brands = [{"name": "Acme", "match": ["acme"]}]
        config = write(tmp_path, configured(tmp_path, {}, brands, receivers=[receiver]))
        fill(tmp_path)
        with Daemon(config) as daemon:
            daemon.start()
            until(lambda: len(taken) == 1, 60, "the card")
            asked = {
                "matchers": 'brand="Acme"', "ends": (now() + timedelta(hours=2)).isoformat(), "reason": "known outage",
                "by": "maria",
            }  # fmt: skip
            made = httpx.post(f"{daemon.url}/api/v1/silences", json=asked).raise_for_status().json()
            until(lambda: taken[-1][0] == "chat.update" and LINE in taken[-1][1], 60, "the line on the card")
            [listed] = httpx.get(f"{daemon.url}/api/v1/incidents").json()["incidents"]

            httpx.delete(f"{daemon.url}/api/v1/silences/{made['silence']['id']}").raise_for_status()
            until(lambda: LINE not in taken[-1][1], 60, "the end on the card")
            shown = command("incident", "show", "INC-1", "--json", "-c", str(config), cwd=tmp_path)
            assert daemon.stop() == 0

    assert (listed["silenced"]["by"], listed["silenced"]["reason"]) == ("maria", "known outage")
    assert [method for method, _ in taken].count("chat.postMessage") == 1
    history = [(event["change"], event["by"]) for event in json.loads(shown.stdout)["events"]]
    assert history[-2:] == [("silenced", "maria"), ("unsilenced", "this machine")]
