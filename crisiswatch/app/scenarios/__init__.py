"""Invented fortnights to try crisiswatch on: everyday posts about two brands, then something happens, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from random import Random

from crisiswatch.app.scenarios.config import write_config
from crisiswatch.app.scenarios.plots import BRAND, COMPETITOR, CRISES, END, HAPPENS, PLOTS, START, everyday
from crisiswatch.app.scenarios.posting import Poster
from crisiswatch.app.scenarios.writing import LANGUAGES
from crisiswatch.core.models import Mention
from crisiswatch.errors import BadInput

NAMES = ("battery-recall", "review-bomb", "campaign", "quiet-week")
"""The scenarios."""

LOCAL_SMTP = "smtp://127.0.0.1:2525"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is said of `brand` and `competitor` in [start, end), by time of observation.

    `crisis_at` is when the crisis begins, None where there is none. `config` is the text of a configuration.
    """

    brand: str
    competitor: str
    start: datetime
    end: datetime
    crisis_at: datetime | None
    mentions: tuple[Mention, ...]
    config: str


def generate(name: str, seed: int, language: str = "en", *, smtp_url: str = LOCAL_SMTP) -> Scenario:
    """Return a scenario; the same arguments give the same one. What happens is mainly told in `language`.

    Raises BadInput for a name or a language that is not known.
    """
    if name not in PLOTS:
        raise BadInput(f"unknown scenario {name!r}; known: {', '.join(NAMES)}")
    if language not in LANGUAGES:
        raise BadInput(f"no scenario speaks {language!r}; known: {', '.join(LANGUAGES)}")
    poster = Poster(Random(seed))
    mentions = [mention for stream in (*everyday(), *PLOTS[name](language)) for mention in poster.write(stream)]
    mentions.sort(key=attrgetter("observed_at"))
    return Scenario(
        brand=BRAND,
        competitor=COMPETITOR,
        start=START,
        end=END,
        crisis_at=HAPPENS if name in CRISES else None,
        mentions=tuple(mentions),
        config=write_config(language, smtp_url),
    )
