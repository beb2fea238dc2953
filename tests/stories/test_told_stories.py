"""Told stories: what arrives where and when, with people who answer, channels that break and hours that are muted."""

from __future__ import annotations

import pytest
from living import LIVED, TOLD, live
from playing import STORIES, write


@pytest.mark.parametrize("name", LIVED)
def test_everybody_is_told_what_they_should_be(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    posts = tmp_path_factory.mktemp(name) / "mentions.jsonl"
    write(f"told/{name}", posts)

    assert live(name, posts).text == (TOLD / name / "told.txt").read_text("utf-8")


@pytest.mark.parametrize("name", LIVED)
def test_a_story_says_why_its_end_is_right(name: str) -> None:
    assert (TOLD / name / "crisiswatch.yml").read_text("utf-8").startswith("# Right because ")


def test_there_are_sixty_stories() -> None:
    assert len(STORIES) + len(LIVED) >= 60
