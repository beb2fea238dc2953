"""Backtest and replay put the same parts together, tell nobody, and need no secrets."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from crisiswatch.app.building import catalogues
from crisiswatch.app.replaying import Played, backtest, replay
from crisiswatch.core.outbox import DeliveryState, NotificationKind
from crisiswatch.settings import Absent, Settings, load
from tests.builders import NOON

CONFIG = """\
version: 1
brands:
  - name: Acme
    match: [acme]
    rules: [{name: injury, match: injured, severity: critical}]
sources:
  - {name: never-asked, type: rss, url: "https://never.example/feed.xml"}
receivers:
  - {name: team, type: slack, channel: "#pr", token: "${SLACK_TOKEN}"}
  - {name: mail, type: email, to: [a@corp.example], smtp: "${SMTP_URL}"}
routes: {receivers: [team, mail]}
"""


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Settings, Path]:
    (tmp_path / "c.yml").write_text(CONFIG)
    lines = []
    for minute in range(200):
        moment = (NOON + timedelta(minutes=minute)).isoformat()
        text = "a child was injured by acme" if minute == 30 else f"acme number {minute}"
        lines.append(json.dumps({"external_id": str(minute), "published_at": moment, "text": text, "source": "news"}))
    (tmp_path / "m.jsonl").write_text("\n".join(lines))
    return load(tmp_path / "c.yml", {}, catalogues(), absent=Absent.IS_WARNING), tmp_path / "m.jsonl"


def backtested(recorded: tuple[Settings, Path]) -> Played:
    return asyncio.run(backtest(*recorded, lambda part: None))


def test_secrets_of_receivers_are_not_needed(recorded: tuple[Settings, Path]) -> None:
    played = backtested(recorded)

    assert [incident.rule for incident in played.incidents] == ["injury"]


def test_what_would_have_been_told_is_known_and_nothing_is_sent(recorded: tuple[Settings, Path]) -> None:
    played = backtested(recorded)

    opened = [row for row in played.owed if row.notification.kind is NotificationKind.OPENED]
    assert {row.notification.receiver for row in opened} == {"team", "mail"}
    assert {row.state for row in played.owed} <= {DeliveryState.PENDING, DeliveryState.SUPERSEDED}


def test_a_replay_prints_instead_of_telling(recorded: tuple[Settings, Path]) -> None:
    settings, file = recorded
    printed: list[str] = []

    played = asyncio.run(replay(settings, file, lambda part: None, told=printed.append))

    assert len(printed) == len(played.owed) > 2
    assert "injury" in printed[0]
    assert {row.state for row in played.owed} <= {DeliveryState.DELIVERED, DeliveryState.SUPERSEDED}


def test_both_ways_have_the_same_history(recorded: tuple[Settings, Path]) -> None:
    settings, file = recorded

    played = asyncio.run(replay(settings, file, lambda part: None))

    assert played.history == backtested(recorded).history
    assert json.dumps(played.result) == json.dumps(backtested(recorded).result)


def test_progress_goes_from_nothing_to_all(recorded: tuple[Settings, Path]) -> None:
    settings, file = recorded
    shown: list[float] = []

    asyncio.run(backtest(settings, file, shown.append))

    assert shown == sorted(shown)
    assert 0 < shown[0] <= shown[-1] <= 1
