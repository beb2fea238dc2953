"""Stories: what happens, who is told and when, in a backtest and in a replay alike."""

from __future__ import annotations

import pytest
from playing import HERE, STORIES, by_backtest, by_replay, write


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_should(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    posts = tmp_path_factory.mktemp(name) / "mentions.jsonl"
    write(name, posts)

    ending = by_backtest(name, posts)

    assert ending.text == (HERE / name / "expected.txt").read_text("utf-8")


@pytest.mark.acceptance
@pytest.mark.parametrize("name", STORIES)
def test_a_replay_ends_byte_for_byte_like_the_backtest(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    posts = tmp_path_factory.mktemp(name) / "mentions.jsonl"
    write(name, posts)

    assert by_replay(name, posts) == by_backtest(name, posts)


def test_there_are_stories_of_what_must_alarm_and_of_what_must_not() -> None:
    endings = {name: (HERE / name / "expected.txt").read_text("utf-8") for name in STORIES}
    silent = {name for name, text in endings.items() if "opened warning" not in text and "critical" not in text}

    assert {"launch", "flood_of_copies", "competitor"} <= silent
    assert len(set(endings) - silent) >= 6
    assert any("reopened" in text for text in endings.values())
    assert any("went_stale" in text and "/blind opened warning" in text for text in endings.values())
