"""Every panel is filled by the real daemon: a brand in trouble, a brand at rest, a source that fails."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from dashboards import check_panels, running_prometheus
from harness.configs import INJURY, configured, told, write
from harness.daemon import Daemon
from harness.feeds import Post, needs_nginx, running_feeds
from harness.mailbox import running_mailbox
from harness.ports import free_port
from harness.receiver import running_receiver
from harness.stores import fill, now
from harness.waiting import PATIENCE, until

pytestmark = [pytest.mark.acceptance, needs_nginx, pytest.mark.timeout(1200)]

needs_prometheus = pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Give a daemon in which something of everything has happened: told, acknowledged, failed."""
    folder = tmp_path_factory.mktemp("scraped")
    with running_feeds(folder) as feeds, running_mailbox() as mailbox, running_receiver() as receiver:
        names = {"forum": feeds.url("forum"), "gone": f"http://127.0.0.1:{free_port()}/feed.xml"}
        brands = [
            {"name": "Acme", "match": ["acme"], "rules": [INJURY], "competitors": ["Globex"]},
            {"name": "Globex", "kind": "competitor", "match": ["globex"]},
        ]
        config = write(folder, configured(folder, names, brands, **told(mailbox, receiver)))
        feeds.publish("forum", [])
        fill(config, "forum", [])
        with Daemon(config) as running:
            running.start()
            feeds.publish("forum", _posts())
            until(lambda: mailbox.mails_to("on-call@example.org"), 60, "the mail")
            until(lambda: receiver.came_to("/on-call"), 10, "the event")
            until(
                lambda: [_delivered(running, name) for name in ("mail", "hook")] == [1, 1],
                20,
                "both to be written down",
            )
            assert running.post("/api/v1/incidents/INC-1/ack", by="ann").is_success
            until(lambda: _has_failed(running), 60, "the source that fails")
            yield running
            assert running.stop() == 0


FILLED_WITHIN = 100.0


def _posts() -> list[Post]:
    texts = ["My Acme put me in hospital", "I love my Acme", "Acme is a terrible, awful mess", "A Globex for Ann"]
    return [Post(f"post-{n}", text, f"user{n}", now()) for n, text in enumerate(texts)]


def _delivered(daemon: Daemon, receiver: str) -> float | None:
    return daemon.metric("notifications_total", channel=receiver, result="delivered")


def _has_failed(daemon: Daemon) -> bool:
    return bool(daemon.metric("source_poll_failures_total", source="gone", reason="refused"))


@needs_promtool
def test_promtool_finds_nothing_to_say_about_the_metrics_of_the_daemon(daemon):
    page = daemon.get("/metrics").content

    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False)

    assert b"crisiswatch_incidents_total" in page
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@needs_prometheus
async def test_every_panel_shows_something_of_the_daemon(daemon, tmp_path):
    async with running_prometheus(_scraping(daemon), tmp_path) as url:
        # Some show the newest bucket that is closed: a minute, and its lateness, after the start.
        problems = check_panels(url)
        deadline = monotonic() + PATIENCE * FILLED_WITHIN
        while problems and monotonic() < deadline:
            await asyncio.sleep(2)
            problems = check_panels(url)

        assert problems == []


def _scraping(daemon: Daemon) -> str:
    return f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
scrape_configs:
  - {{job_name: crisiswatch, static_configs: [{{targets: ["{daemon.url.removeprefix("http://")}"]}}]}}
"""


def test_what_happened_is_counted(daemon):
    counted = {
        "incidents": daemon.metric("incidents_total", brand="Acme", severity="critical"),
        "open": daemon.metric("incidents_open", brand="Acme", severity="critical", response="acked"),
        "mails": _delivered(daemon, "mail"),
        "events": _delivered(daemon, "hook"),
        "mentions": daemon.metric("mentions_total", brand="Acme", source="forum"),
        "negative": daemon.metric("mentions_total", brand="Acme", source="forum", sentiment="negative"),
        "others": daemon.metric("mentions_total", brand="Globex"),
        "acknowledged": daemon.metric("incident_time_to_ack_seconds_count", severity="critical"),
    }

    assert counted == {
        "incidents": 1,
        "open": 1,
        "mails": 1,
        "events": 1,
        "mentions": 3,
        "negative": 1,
        "others": 1,
        "acknowledged": 1,
    }


def test_a_source_that_fails_is_named_where_an_operator_looks(daemon):
    sources = {source["name"]: source for source in daemon.get("/api/v1/sources").json()["sources"]}

    assert daemon.get("/-/ready").json()["reasons"] == ["source gone is failing"]
    assert daemon.metric("source_last_success_timestamp_seconds", source="gone") == 0
    assert daemon.metric("source_last_success_timestamp_seconds", source="forum") > 0
    assert (sources["forum"]["is_healthy"], sources["forum"]["problem"]) == (True, "")
    assert sources["gone"]["is_healthy"] is False
    assert sources["gone"]["problem"]
    assert [event["source"] for event in daemon.events("source_failed")] == ["gone"]


def test_the_store_is_beside_the_configuration_and_its_size_is_shown(daemon):
    database = Path(daemon.config.parent / "crisiswatch.db")

    size = database.stat().st_size  # measured first: it grows, and the metric follows
    assert size > 0
    until(lambda: (daemon.metric("store_size_bytes") or 0) >= size, 60, "the size of the store")
