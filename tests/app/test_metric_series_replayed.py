"""A recording with points of a metric series: noticed in a backtest, and in a replay byte for byte the same."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crisiswatch.app.building import catalogues
from crisiswatch.app.replaying import backtest, replay
from crisiswatch.core.models import Severity
from crisiswatch.settings import Settings, load
from tests.builders import NOON

HOUR = timedelta(hours=1)
DAYS = 4


def config(folder: Path, notices: str) -> Settings:
    brand = f"{{name: Acme, match: [acme], notices: [{notices}]}}"
    (folder / "c.yml").write_text(f"version: 1\nbrands: [{brand}]\n")
    return load(folder / "c.yml", {}, catalogues())


def line(at: datetime, number: int, views: float) -> list[str]:
    point = {"frame": "metric", "source": "wiki", "series": "views: Acme", "brand": "Acme", "seconds": 3600}
    post = {
        "external_id": str(number),
        "published_at": at.isoformat(),
        "text": f"acme number {number}",
        "source": "news",
    }
    return [json.dumps(post), json.dumps(point | {"start": at.isoformat(), "value": views})]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    lines = []
    for number in range(24 * DAYS):
        at = NOON + HOUR * number
        is_burst = number == 24 * DAYS - 6
        lines += line(at, number, 9_000 if is_burst else 100 + number * 7919 % 13)
    (tmp_path / "m.jsonl").write_text("\n".join(lines))
    return tmp_path / "m.jsonl"


def test_a_burst_of_readers_makes_the_brand_watched_and_tells_nobody(recording: Path) -> None:
    played = asyncio.run(backtest(config(recording.parent, "metric_series"), recording, lambda part: None))

    (incident,) = played.result["incidents"]
    assert (incident["severity"], incident["notices"]) == ("watch", ("metric_series/wiki/views: Acme",))
    assert incident["detected_at"] is None and played.owed == ()
    assert max(one.severity for one in played.incidents) is Severity.WATCH


def test_a_replay_says_the_same(recording: Path) -> None:
    settings = config(recording.parent, "metric_series")

    played = asyncio.run(replay(settings, recording, lambda part: None))

    assert json.dumps(played.result) == json.dumps(asyncio.run(backtest(settings, recording, lambda p: None)).result)


def test_it_can_be_left_out(recording: Path) -> None:
    played = asyncio.run(backtest(config(recording.parent, ""), recording, lambda part: None))

    assert played.incidents == ()
