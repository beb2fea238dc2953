"""What the evidence of some stories shows: what was noticed, where it is, and whether it is only us."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playing import by_backtest, write


def incidents(name: str, factory: pytest.TempPathFactory) -> list[Any]:
    posts = factory.mktemp(name) / "mentions.jsonl"
    write(name, posts)
    found: list[Any] = json.loads(by_backtest(name, posts).object)["incidents"]
    return found


@pytest.mark.parametrize(
    ("name", "notice"),
    [
        ("volume_spike", "volume_spike/stories"),
        ("story_velocity", "story_velocity/largest_copies"),
        ("new_words", "new_terms/words"),
        ("river_detector", "PageHinkley/negative_share"),
    ],
)
def test_what_is_noticed_is_named_and_never_more_than_watched(
    name: str, notice: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = incidents(name, tmp_path_factory)

    noticed = [incident for incident in found if notice in incident["notices"]]
    assert [incident["severity"] for incident in noticed] == ["watch"]
    assert noticed[0]["detected_at"] is None


def test_the_source_that_it_is_in_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    (incident,) = incidents("one_source", tmp_path_factory)

    assert incident["unusual_sources"] == ["reviews"]


@pytest.mark.parametrize(("name", "is_only_us"), [("only_us", True), ("not_only_us", False)])
def test_the_neighbours_answer_whether_it_is_only_us(
    name: str, is_only_us: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = incidents(name, tmp_path_factory)

    ours = [incident for incident in found if incident["brand"] == "Norvik" and incident["severity"] == "critical"]
    assert [incident["only_us"] for incident in ours] == [is_only_us]
