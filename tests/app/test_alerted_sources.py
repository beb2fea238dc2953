"""The sources of a brand in alert are asked more often, and may spend the reserve of their credential's budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOON, incident
from prometheus_client import CollectorRegistry

from crisiswatch.app.building import ALERT_HOLDS, Application, World, catalogues
from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.observing import Unobserved
from crisiswatch.metrics import Metrics
from crisiswatch.settings import load
from crisiswatch.store.memory import MemoryStore

CONFIG = """\
version: 1
sources:
  - {name: press, type: rss, url: "https://a.example/feed.xml"}
  - {name: forum, type: rss, url: "https://b.example/feed.xml"}
  - {name: other, type: rss, url: "https://c.example/feed.xml"}
brands:
  - {name: Acme, match: [acme], sources: [press, forum]}
  - {name: Globex, match: [globex], sources: [other]}
"""


@pytest.fixture
def application(tmp_path: Path) -> Application:
    file = tmp_path / "crisiswatch.yml"
    file.write_text(CONFIG, "utf-8")
    metrics = Metrics(CollectorRegistry())
    made = Application(World.recorded(MemoryStore(), DrivenClock(NOON), metrics, b"key"), Unobserved())
    made.use(load(file, {}, catalogues()))
    for polled in made.poller.polled.values():
        polled.last_seen = NOON
    return made


def hurried(application: Application) -> list[str]:
    return [name for name in ("press", "forum", "other") if application.poller.is_hurried(name)]


def test_a_warning_hurries_the_sources_of_its_brand_for_half_an_hour(application):
    application.changed(incident(brand="Acme"))

    assert hurried(application) == ["press", "forum"]
    application.world.clock.set(NOON + ALERT_HOLDS)
    assert hurried(application) == []


@pytest.mark.parametrize(
    "calm",
    [
        incident(severity=Severity.WATCH),
        incident(condition=Condition.EASING),
        incident(condition=Condition.CLOSED),
        replace(incident(), brand=""),
    ],
)
def test_what_is_no_alert_hurries_nobody(application, calm: Incident):
    application.changed(calm)

    assert hurried(application) == []


def test_only_who_is_hurried_spends_the_reserve(application):
    application.changed(incident(brand="Acme"))

    left = {name: application._leaving(name) for name in ("press", "other")}
    assert left["press"] == 0.0 < left["other"]
