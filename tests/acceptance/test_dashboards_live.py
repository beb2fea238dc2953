"""Every panel is answered by a real Prometheus, and promtool agrees with the metrics and the rules."""

from __future__ import annotations

import asyncio
import math
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import monotonic

import httpx
import pytest
from dashboards import RULES, answers, check_panels, queries, running_prometheus
from harness.serving import serving
from harness.waiting import PATIENCE
from prometheus_client import CollectorRegistry

from crisiswatch.core.models import Severity
from crisiswatch.metrics import CONTENT_TYPE, Metrics, render

pytestmark = pytest.mark.acceptance

needs_prometheus = pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


@needs_promtool
def test_promtool_finds_nothing_to_say_about_the_metrics():
    metrics, registry = _metrics()
    _happen(metrics)

    done = subprocess.run(["promtool", "check", "metrics"], input=render(registry), capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@needs_promtool
def test_promtool_accepts_the_rules():
    done = subprocess.run(["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("file", ["tests.yml", "slow_tests.yml"])
def test_every_alert_fires_when_it_should_and_not_before(file):
    tests = str(RULES.with_name(file))

    done = subprocess.run(["promtool", "test", "rules", tests], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_the_rule_tests_notice_an_alert_that_no_longer_fires(tmp_path):
    rules = RULES.read_text(encoding="utf-8").replace("crisiswatch_outbox_dead > 0", "crisiswatch_outbox_dead > 9")
    (tmp_path / RULES.name).write_text(rules, encoding="utf-8")
    tests = shutil.copy(RULES.with_name("tests.yml"), tmp_path)

    done = subprocess.run(["promtool", "test", "rules", tests], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "CrisiswatchDeadLetters" in done.stdout + done.stderr


@needs_prometheus
async def test_every_panel_shows_numbers_and_only_the_watchdog_fires_in_a_real_prometheus(tmp_path):
    with _served() as target:
        async with running_prometheus(_scraping(target, tmp_path), tmp_path) as url:
            empty, without_number, alerts = await _settled(url)

            assert empty == []
            assert without_number == []
            assert alerts == {"CrisiswatchWatchdog"}


@needs_prometheus
async def test_without_the_daemon_no_panel_shows_a_calm_zero(tmp_path):
    async with running_prometheus("scrape_configs: []\n", tmp_path) as url:
        problems = check_panels(url)

    assert len(problems) == len(list(queries()))


def _scraping(target: str, folder: Path) -> str:
    hasty = RULES.read_text(encoding="utf-8").replace("interval: 30s", "interval: 1s")
    (folder / RULES.name).write_text(hasty, encoding="utf-8")
    return f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{folder / RULES.name}"]
scrape_configs:
  - {{job_name: crisiswatch, static_configs: [{{targets: ["{target}"]}}]}}
"""


async def _settled(url: str) -> tuple[list[str], list[str], set[str]]:
    """Return what is empty, has no number and fires, once a few scrapes are in and the rules were evaluated.

    On a busy machine a scrape comes too late now and then, and what was shown is gone until the next one.
    """
    deadline = monotonic() + PATIENCE * 60
    while True:
        found = check_panels(url), _without_number(url), _alerts(url)
        if (not found[0] and not found[1] and found[2]) or monotonic() > deadline:
            return found
        await asyncio.sleep(0.5)


def _without_number(url: str) -> list[str]:
    return [
        str(query)
        for query, values in answers(url).items()
        if isinstance(values, str) or not all(map(math.isfinite, values))
    ]


def _alerts(url: str) -> set[str]:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        alerts = client.get("/api/v1/alerts").json()["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


@contextmanager
def _served() -> Iterator[str]:
    """Serve a registry in which something happens between two scrapes; give its host and port."""
    metrics, registry = _metrics()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _happen(metrics)
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.end_headers()
            self.wfile.write(render(registry))

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with serving(Handler) as port:
        yield f"127.0.0.1:{port}"


def _metrics() -> tuple[Metrics, CollectorRegistry]:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.initialise(["Acme", "Globex"], ["press", "fediverse"], ["slack", "email"])
    return metrics, registry


def _happen(metrics: Metrics) -> None:
    """Let a little of everything happen."""
    metrics.config_last_reload_successful.set(1)
    metrics.evaluation_last_timestamp_seconds.set_to_current_time()
    for brand in ("Acme", "Globex"):
        _judged(metrics, brand)
    for source in ("press", "fediverse"):
        _polled(metrics, source)
    metrics.notifications.labels("slack", "delivered").inc()
    metrics.notification_latency_seconds.labels("slack", "critical").observe(3)
    metrics.incident_time_to_ack_seconds.labels("warning").observe(240)
    metrics.detection_delay_seconds.labels("warning").observe(900)
    metrics.evaluation_duration_seconds.observe(0.02)


def _judged(metrics: Metrics, brand: str) -> None:
    metrics.brand_state.labels(brand).set(Severity.WATCH)
    metrics.score.labels(brand, "crisis_lr").set(0.7)
    metrics.covered_ratio.labels(brand).set(0.9)
    metrics.warmup_ratio.labels(brand).set(0.5)
    metrics.share_of_voice_ratio.labels(brand).set(0.5)
    metrics.incidents_open.labels(brand, "warning", "unacked").set(1)
    metrics.count_incident(brand, "safety", Severity.CALM, Severity.WARNING)
    metrics.incident_verdicts.labels(brand, "real").inc()
    for series in (metrics.series_value, metrics.series_expected, metrics.series_upper, metrics.series_lower):
        series.labels(brand, "stories").set(12)
    for sentiment in ("neutral", "positive"):
        metrics.mentions.labels(brand, "press", "en", sentiment).inc(2)


def _polled(metrics: Metrics, source: str) -> None:
    metrics.source_polls.labels(source).inc()
    metrics.source_cost.labels(source).inc()
    metrics.source_last_success_timestamp_seconds.labels(source).set_to_current_time()
    metrics.ingest_lag_seconds.labels(source).observe(45)
