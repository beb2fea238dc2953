"""The signs of a campaign as people read them, in three languages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.rendering.authenticity import authenticity
from crisiswatch.rendering.reader import reader

SEEN = Authenticity(copied=0.8, distinct=0.5, new_authors=0.9, regular=0.6, shared_link=0.4, pairs=12)


def told(seen, language="en"):
    return authenticity(seen, reader(language, ZoneInfo("UTC"), datetime(2026, 3, 3, tzinfo=UTC)))


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_every_number_is_told(language):
    sentence = told(SEEN, language)

    assert all(str(number) in sentence for number in (80, 50, 90, 60, 40, 12))


def test_what_is_not_known_is_named():
    assert told(Authenticity(copied=0.1)) == (
        "10% repeat another text; unknown: authors, who is new, timing, and links"
    )


@pytest.mark.parametrize("seen", [None, Authenticity()])
def test_nothing_is_told_of_few_mentions(seen):
    assert told(seen) == ""


def test_no_verdict_is_given():
    assert not any(word in told(SEEN).lower() for word in ("bot", "fake", "campaign"))
