from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rendering_builders import NOW

from crisiswatch.rendering.reader import reader

MADRID = ZoneInfo("Europe/Madrid")


def test_tells_the_readers_time_with_utc_beside() -> None:
    assert reader("en", MADRID, NOW).clock(NOW) == "15:00 (14:00\u00a0UTC)"


def test_tells_utc_once_to_who_lives_in_it() -> None:
    assert reader("en", UTC, NOW).clock(NOW) == "14:00\u00a0UTC"


def test_names_the_day_when_it_is_not_today_for_the_reader() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)

    assert reader("en", UTC, NOW).clock(late) == "21 Nov 23:30\u00a0UTC"
    assert reader("en", MADRID, NOW).clock(late) == "00:30 (23:30\u00a0UTC)"


def test_names_the_place_once() -> None:
    assert reader("en", MADRID, NOW).placed_clock(NOW) == "15:00 Madrid (14:00\u00a0UTC)"
    assert reader("en", ZoneInfo("UTC"), NOW).placed_clock(NOW) == "14:00\u00a0UTC"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=6), "6 h"),
        (timedelta(hours=6, minutes=40), "6 h 40 min"),
        (timedelta(days=3, hours=2), "3 days 2 h"),
    ],
)
def test_tells_a_stretch_of_time_in_two_units(length: timedelta, told: str) -> None:
    assert reader("en", UTC, NOW).span(length).replace("\u00a0", " ") == told


@pytest.mark.parametrize(
    ("language", "count", "share"),
    [("en", "1,412", "64%"), ("es", "1.412", "64\u00a0%"), ("fr", "1\u202f412", "64\u00a0%")],
)
def test_writes_numbers_as_the_language_does(language: str, count: str, share: str) -> None:
    told_to = reader(language, UTC, NOW)

    assert (told_to.count(1412), told_to.percent(0.64)) == (count, share)


@pytest.mark.parametrize(("value", "told"), [(1.54, "1.5"), (2.0, "2"), (9.96, "10"), (12.4, "12"), (1204.0, "1,204")])
def test_rounds_a_multiple_to_what_is_known(value: float, told: str) -> None:
    assert reader("en", UTC, NOW).ratio(value) == told


@pytest.mark.parametrize(("asked", "got"), [("fr-CA", "fr"), ("ES_mx", "es"), ("de", "en"), ("", "en"), ("tlh", "en")])
def test_falls_back_to_a_language_that_has_words(asked: str, got: str) -> None:
    assert reader(asked, UTC, NOW).language == got


def test_tells_an_unknown_language_as_unknown() -> None:
    told_to = reader("en", UTC, NOW)

    assert [told_to.language_name(code) for code in ("es", "pt-BR", "und", "<b>")] == [
        "Spanish",
        "Portuguese",
        "unknown",
        "unknown",
    ]
