"""Words, and the colours that they are read in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from crisiswatch.console import wording
from crisiswatch.console.display import FOLDER
from crisiswatch.core.incidents import Change, Event
from crisiswatch.core.models import Severity
from tests.console.console_fakes import NOW

CSS = (FOLDER / "static" / "console.css").read_text()
PAIRS = [
    *((text, ground) for text in ("ink", "soft", "link", "critical", "closed") for ground in ("page", "card", "hover")),
    *((text, f"{text}-wash") for text in ("critical", "warning", "watch", "closed")),
    ("on-blind", "blind"), ("on-link", "link"), ("card", "ink"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-5), "under a minute"),
        (timedelta(seconds=20), "under a minute"),
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_span_is_told_in_its_largest_unit(length: timedelta, words: str) -> None:
    assert wording.span(length) == words


@pytest.mark.parametrize("change", list(Change))
def test_every_change_has_words(change: Change) -> None:
    words = wording.happened(Event(NOW, change, Severity.CRITICAL))

    assert words
    assert "{" not in words


@pytest.mark.parametrize(("value", "words"), [(1412, "1,412"), (19.5, "19.5"), (20.0, "20"), (241.4, "241")])
def test_numbers_are_short(value: float, words: str) -> None:
    assert wording.number(value) == words


@pytest.mark.parametrize(("value", "words"), [(187, "187"), (2.4, "2.4"), (0.64, "0.64"), (0.0, "0"), (1500, "1,500")])
def test_figures_keep_what_two_decimals_tell(value: float, words: str) -> None:
    assert wording.figure(value) == words


def test_nothing_said_is_not_zero_percent() -> None:
    assert (wording.share(None), wording.share(0.0)) == ("–", "0%")


def test_learning_never_claims_a_day_too_many() -> None:
    assert wording.learning(timedelta(days=2, hours=23), timedelta(days=14)) == "learning, 2 of 14 days"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: int) -> None:
    colours = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in CSS.split(":root {")[1:]]

    assert contrast(colours[theme][text], colours[theme][ground]) >= 4.5


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
