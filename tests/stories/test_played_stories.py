"""Stories: what happens, who is told and when, in a backtest and in a replay alike; what was noticed, and where.

Each story is played once as a backtest: all that is asked about it runs on one worker (`tests/spreading.py`).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from playing import HERE, STORIES, by_backtest, by_replay, write


@pytest.mark.acceptance
@pytest.mark.parametrize("name", STORIES)
def test_a_replay_ends_byte_for_byte_like_the_backtest(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    posts = tmp_path_factory.mktemp(name) / "mentions.jsonl"
    write(name, posts)

    assert by_replay(name, posts) == by_backtest(name)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_should(name: str) -> None:
    assert by_backtest(name).text == (HERE / name / "expected.txt").read_text("utf-8")


def test_there_are_stories_of_what_must_alarm_and_of_what_must_not() -> None:
    endings = {name: (HERE / name / "expected.txt").read_text("utf-8") for name in STORIES}
    silent = {name for name, text in endings.items() if "opened warning" not in text and "critical" not in text}

    assert {"launch", "flood_of_copies", "competitor"} <= silent
    assert len(set(endings) - silent) >= 6
    assert any("reopened" in text for text in endings.values())
    assert any("went_stale" in text and "/blind opened warning" in text for text in endings.values())


def incidents(name: str) -> list[Any]:
    found: list[Any] = json.loads(by_backtest(name).object)["incidents"]
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
def test_what_is_noticed_is_named_and_never_more_than_watched(name: str, notice: str) -> None:
    noticed = [incident for incident in incidents(name) if notice in incident["notices"]]

    assert [incident["severity"] for incident in noticed] == ["watch"]
    assert noticed[0]["detected_at"] is None


@pytest.mark.parametrize("name", ["one_source"])
def test_the_source_that_it_is_in_is_named(name: str) -> None:
    (incident,) = incidents(name)

    assert incident["unusual_sources"] == ["reviews"]


@pytest.mark.parametrize(("name", "is_only_us"), [("only_us", True), ("not_only_us", False)])
def test_the_neighbours_answer_whether_it_is_only_us(name: str, is_only_us: bool) -> None:
    found = incidents(name)

    ours = [incident for incident in found if incident["brand"] == "Norvik" and incident["severity"] == "critical"]
    assert [incident["only_us"] for incident in ours] == [is_only_us]
