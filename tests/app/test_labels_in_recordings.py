"""Labels in a recording teach at their own time: a replay through the daemon and a backtest agree to the byte."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from crisiswatch.app.building import catalogues
from crisiswatch.app.replaying import backtest, replay
from crisiswatch.core.models import Mention
from crisiswatch.settings import Settings, load
from tests.builders import NOON

FRUIT = ("orange juice at breakfast", "an orange tree", "orange marmalade recipe", "peel an orange")
PHONE = ("orange network down", "orange customer service", "orange roaming fees", "no signal from orange")


def line(place: int, text: str) -> dict[str, object]:
    at = NOON + timedelta(seconds=20 * place + 7)
    told = at.isoformat().replace("+00:00", "Z")
    return {"external_id": f"e{place}", "text": f"{text} {place}", "published_at": told, "language": "en"}


def recording(folder: Path, kind: str) -> Path:
    """Return a recording of 240 mentions; of the first 160 each is labelled a minute after it."""
    words = {"relevance": ("relevant", "irrelevant"), "sentiment": ("negative", "neutral")}[kind]
    lines = []
    for place in range(240):
        is_fruit = place % 2 == 1
        lines.append((20 * place + 7, line(place, (FRUIT if is_fruit else PHONE)[place // 2 % 4])))
        if place < 160:
            uid = Mention(source="replay", external_id=f"e{place}", text="").uid.hex()
            at = (NOON + timedelta(seconds=20 * place + 67)).isoformat().replace("+00:00", "Z")
            label = {"frame": "label", "at": at, "uid": uid, "brand": "Orange", "label": words[is_fruit]}
            lines.append((20 * place + 67, label))
    file = folder / f"{kind}.jsonl"
    file.write_text("\n".join(json.dumps(one) for _, one in sorted(lines, key=lambda pair: pair[0])), "utf-8")
    return file


def settings(folder: Path, learning: str = "{}") -> Settings:
    file = folder / "crisiswatch.yml"
    rule = "{name: busy, severity: warning, above: {stories: 5, within: 10m}}"
    brand = f"{{name: Orange, match: [orange], learning: {learning}, rules: [{rule}]}}"
    file.write_text(f"version: 1\nbrands: [{brand}]\n", "utf-8")
    return load(file, {}, catalogues())


def silent(part: float) -> None:
    """Show no progress."""


async def test_replay_and_backtest_learn_the_same(tmp_path: Path) -> None:
    file = recording(tmp_path, "relevance")

    live, tried = await replay(settings(tmp_path), file, silent), await backtest(settings(tmp_path), file, silent)

    assert live.result == tried.result
    assert [one.evidence for one in live.incidents] == [one.evidence for one in tried.incidents]
    assert [one.evidence.irrelevant > 0 for one in live.incidents if one.evidence] == [True]


async def test_labels_of_sentiment_change_no_incident(tmp_path: Path) -> None:
    file = recording(tmp_path, "sentiment")

    on, off = [await backtest(settings(tmp_path, way), file, silent) for way in ("{}", "{sentiment: false}")]

    assert len(on.result["incidents"]) == 1
    kept = ("id", "severity", "opened_at", "detected_at", "closed_at", "score", "stories")
    assert [[one[key] for key in kept] for one in on.result["incidents"]] == [
        [one[key] for key in kept] for one in off.result["incidents"]
    ]
