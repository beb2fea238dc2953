"""A storm on the real daemon: every brand in trouble within a minute, all of it written by one account.

The people who are told can read what they get, criticals do not wait, the page answers, and the memory is bounded.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.configs import write
from harness.daemon import Daemon
from harness.receiver import SECRET, Delivered, Receiver, running_receiver
from harness.stores import now
from harness.waiting import until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

HOOK = "storm-by-a-test"
BRANDS, BRANDS_OF_A_SOAK = 100, 1_000
POSTS_A_BRAND = 10
SECONDS, SECONDS_OF_A_SOAK = 10, 60
CRITICALS = 15
PINGS = 25
"""What one receiver may get within ten minutes, digests apart, criticals within the limit of their own."""

MEBIBYTES = 512
PAGES = ("/api/v1/incidents", "/api/v1/incidents/INC-1", "/api/v1/outbox", "/metrics", "/")
HANGS = 30.0
"""Seconds after which a page is stuck on any machine; how fast it is is printed."""

LOUD = "https://forum.example/@loud"
Record = Callable[[str, object], None]


@dataclass
class Reader:
    """Somebody who looks at the pages all the time."""

    url: str
    took: list[tuple[str, float]] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as client:
            while not self.done.wait(0.05):
                path = PAGES[len(self.took) % len(PAGES)]
                begun = time.monotonic()
                answer = client.get(path)
                self.took.append((path, time.monotonic() - begun))
                if not answer.is_success and "INC-1" not in path:  # which is not there before the first tick
                    self.failed.append(answer.status_code)


@contextmanager
def reading(url: str) -> Iterator[Reader]:
    reader = Reader(url)
    thread = threading.Thread(target=reader.read)
    thread.start()
    try:
        yield reader
    finally:
        reader.done.set()
        thread.join()


def configured(folder: Path, receiver: Receiver, brands: int) -> Path:
    rules = [
        {"name": "dispute", "match": "lawsuit", "severity": "warning"},
        {"name": "injury", "match": "injured", "severity": "critical"},
    ]
    watched = [{"name": f"Brand{n:04}", "match": [f"brand{n:04}"], "rules": rules} for n in range(brands)]
    team = {"name": "team", "type": "webhook", "url": f"{receiver.url}/team", "secret": SECRET}
    config: dict[str, Any] = {
        "version": 1, "sources": [{"name": "forum", "type": "webhook", "secret": HOOK}], "brands": watched,
        "receivers": [team], "routes": {"receiver": "team"}, "store": {"url": f"sqlite:///{folder}/crisiswatch.db"},
        "server": {"listen": "127.0.0.1:0"}, "sector_events": False,  # each alarm is to meet the storm limit
    }  # fmt: skip
    return write(folder, config)


def post(number: int, brands: int) -> dict[str, Any]:
    """Return one post: about a brand in turn, some of somebody who was hurt, each in other words."""
    brand = number % brands
    is_critical = number < brands and brand < CRITICALS
    what = f"was injured, {number}" if is_critical else f"joins lawsuit {number} over the lid"
    return {
        "external_id": f"p{number}", "published_at": now().isoformat(), "author": LOUD, "language": "en",
        "text": f"my cousin {what} of a Brand{brand:04}", "permalink": f"https://forum.example/{number}",
    }  # fmt: skip


def deliver(client: httpx.Client, posts: list[dict[str, Any]]) -> None:
    body = json.dumps({"mentions": posts}).encode()
    stamp = str(int(time.time()))  # noqa: TID251  # as a sender does
    mac = hmac.new(HOOK.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
    answer = client.post("/hooks/forum", content=body, headers={"X-Crisiswatch-Signature": f"t={stamp},v1={mac}"})
    assert answer.status_code == 202, answer.text


def storm(daemon: Daemon, brands: int, seconds: int) -> None:
    """Deliver ten posts about each brand, evenly spread over that time."""
    posts = brands * POSTS_A_BRAND
    size, pause = posts // seconds, threading.Event()
    with httpx.Client(base_url=daemon.url, trust_env=False, timeout=60) as client:
        for second in range(seconds):
            deliver(client, [post(n, brands) for n in range(second * size, (second + 1) * size)])
            pause.wait(1.0)


def memory(daemon: Daemon) -> int:
    """Return the most memory that the process has had, in MiB."""
    assert daemon._process is not None
    status = Path(f"/proc/{daemon._process.pid}/status").read_text("ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024


def pings(delivered: list[Delivered]) -> list[dict[str, Any]]:
    return [one.event for one in delivered if one.event["type"].endswith(".opened.v1")]


def p95(took: list[tuple[str, float]], path: str = "") -> float:
    """Return the seconds within which 95 of 100 pages came, of all or of one path."""
    found = sorted(seconds for of, seconds in took if path in ("", of))
    return found[int(len(found) * 0.95)]


def test_a_storm_of_one_account_is_a_few_messages_and_everything_goes_on(
    tmp_path: Path, request: pytest.FixtureRequest, record_property: Record
) -> None:
    is_soak = request.config.getoption("--soak")
    brands = BRANDS_OF_A_SOAK if is_soak else BRANDS
    seconds = SECONDS_OF_A_SOAK if is_soak else SECONDS
    with running_receiver() as receiver, Daemon(configured(tmp_path, receiver, brands)) as daemon:
        daemon.start()
        until(lambda: daemon.get("/-/ready").is_success, 60, "the first tick")
        with reading(daemon.url) as reader:
            begun = now()
            storm(daemon, brands, seconds)
            until(lambda: len(daemon.incidents()) >= min(brands, 50), 60, "the incidents")
            until(lambda: digests(receiver), 120, "the digest that stands for the rest")
        peak, told = memory(daemon), receiver.came_to("/team")
        page = daemon.get("/api/v1/incidents/INC-1").json()
        assert daemon.stop() == 0

    opened = pings(told)
    criticals = [one for one in opened if one["data"]["severity"] == "critical"]
    for_people = [one for one in reader.took if one[0] != "/metrics"]
    pages = ", ".join(f"{path} {p95(reader.took, path) * 1000:.0f}" for path in PAGES)
    slowest = max(timedelta(seconds=int(one.headers["webhook-timestamp"]) - begun.timestamp())
                  for one in told if one.event in criticals)  # fmt: skip
    record_property(
        "number",
        f"storm on a daemon: {brands * POSTS_A_BRAND} posts of one account on {brands} brands, {len(opened)} alarms, "
        f"{len(criticals)} criticals within {slowest.total_seconds():.0f} s, {peak} MiB; {len(reader.took)} pages, "
        f"p95 {p95(for_people) * 1000:.0f} ms without /metrics ({pages})",
    )
    assert len(opened) <= PINGS
    assert len({one["data"]["brand"] for one in criticals}) == CRITICALS
    assert slowest <= timedelta(seconds=seconds + 60)
    assert reader.failed == []
    assert max(seconds for _, seconds in reader.took) <= HANGS
    assert peak <= MEBIBYTES
    assert any("1 author" in fact["value"] for fact in page["message"]["facts"]), "one account is pointed out"


def digests(receiver: Receiver) -> list[Delivered]:
    return [one for one in receiver.came_to("/team") if "digest" in one.event["type"]]
