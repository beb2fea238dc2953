"""What happens in each scenario: the streams of mentions that follow the ordinary fortnight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from crisiswatch.app.scenarios.posting import Shares, Stream
from crisiswatch.app.scenarios.timing import BUSIEST, Stretch, outbreak, usual
from crisiswatch.app.scenarios.writing import LANGUAGES, Mood

BRAND, COMPETITOR = "Norvik", "Tallis"

START = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
"""A Tuesday morning: what happens two weeks later happens by day."""

HAPPENS = START + timedelta(days=14)
END = HAPPENS + timedelta(hours=6)

WHOLE, AFTERMATH = Stretch(START, END), Stretch(HAPPENS, END)

ORDINARY_MOODS = ((Mood.POSITIVE, 0.36), (Mood.NEUTRAL, 0.50), (Mood.NEGATIVE, 0.14))
ORDINARY_LANGUAGES: Shares = (("en", 0.82), ("es", 0.10), ("fr", 0.08))

_BRAND_SHARE = 0.64
_NEWS_JOINS = timedelta(minutes=30)
_LAUNCH_GROWTH = 7.0
_QUICK, _SLOW = timedelta(minutes=15), timedelta(minutes=150)


def ordinary(brand: str, share: float, stretch: Stretch) -> Stream:
    """Return what is always said of a brand: praise, questions and some grumbling."""
    return Stream(brand, stretch, usual(share), share * BUSIEST, ORDINARY_MOODS, ORDINARY_LANGUAGES, copies=0.02)


def everyday() -> tuple[Stream, ...]:
    """Return what is said of both brands from start to end, whatever happens."""
    return ordinary(BRAND, _BRAND_SHARE, WHOLE), ordinary(COMPETITOR, 1 - _BRAND_SHARE, WHOLE)


def battery_recall(language: str) -> tuple[Stream, ...]:
    """Return posts of smoke and fire, sudden and with photos; the news join after half an hour."""
    moods, spoken = ((Mood.CRISIS, 1.0),), mainly(language)
    posts = Stream(
        BRAND, AFTERMATH, outbreak(HAPPENS, 260, _QUICK, _SLOW), 260, moods, spoken,
        sources=(("mastodon", 0.72), ("forum", 0.28)), copies=0.15, newcomers=True,
    )  # fmt: skip
    joins = HAPPENS + _NEWS_JOINS
    covered = outbreak(joins, 18, _QUICK, _SLOW)
    news = Stream(BRAND, Stretch(joins, END), covered, 18, moods, spoken, sources=(("news", 1.0),))
    return posts, news


def review_bomb(language: str) -> tuple[Stream, ...]:
    """Return reviews of one star, alike in what they say and different in words, by authors never heard before."""
    rate = outbreak(HAPPENS, 220, _QUICK, _SLOW)
    return (
        Stream(
            BRAND, AFTERMATH, rate, 220, ((Mood.BAD_REVIEW, 1.0),), mainly(language),
            sources=(("forum", 1.0),), copies=0.12, newcomers=True,
        ),
    )  # fmt: skip


def campaign(language: str) -> tuple[Stream, ...]:
    """Return the joy over a launch with a giveaway: eight times the usual volume, and hardly a bad word."""
    quiet = usual(_LAUNCH_GROWTH * _BRAND_SHARE)
    most = _LAUNCH_GROWTH * _BRAND_SHARE * BUSIEST
    moods = ((Mood.LAUNCH, 0.80), (Mood.POSITIVE, 0.12), (Mood.NEUTRAL, 0.06), (Mood.NEGATIVE, 0.02))
    return (
        Stream(
            BRAND, AFTERMATH, quiet, most, moods, mainly(language),
            sources=(("mastodon", 0.78), ("forum", 0.19), ("news", 0.03)), copies=0.15, newcomers=True,
        ),
    )  # fmt: skip


def quiet_week(language: str) -> tuple[Stream, ...]:
    """Return nothing: in no language does anything happen."""
    del language
    return ()


def mainly(language: str) -> Shares:
    """Return the languages of those who are moved by what happens: mostly that one."""
    others = [other for other in LANGUAGES if other != language]
    return ((language, 0.72), *((other, 0.14) for other in others))


PLOTS: Mapping[str, Callable[[str], tuple[Stream, ...]]] = {
    "battery-recall": battery_recall,
    "review-bomb": review_bomb,
    "campaign": campaign,
    "quiet-week": quiet_week,
}

CRISES = frozenset({"battery-recall", "review-bomb"})
