"""The honest list: every network people ask about, how it can be heard, and how that was tested."""

from __future__ import annotations

from dataclasses import dataclass

from crisiswatch.plugins import Access
from crisiswatch.sources import CATALOGUE


@dataclass(frozen=True, slots=True)
class Row:
    """One network. `route` names the way that works where there is no code of our own."""

    type: str
    network: str
    access: str
    cost: str
    look_back: str
    delay: str
    tested: str
    route: str

    def record(self) -> dict[str, str]:
        """Return the row as `source types --json` prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


WITHOUT_CODE = {
    "linkedin": Access(
        "LinkedIn", "review", "free", "none", "minutes", "none", "e-mail notifications, or a suite's webhook"
    ),
    "xing": Access("XING", "closed", "-", "none", "-", "none", "search alerts as a feed (rss), or import"),
    "viadeo": Access("Viadeo", "closed", "-", "none", "-", "none", "search alerts as a feed (rss), or import"),
    "tiktok": Access("TikTok", "closed", "-", "none", "-", "none", "a suite's webhook, or import"),
    "reddit": Access(
        "Reddit", "review", "contract", "none", "minutes", "none", "your feed URL (rss), or a suite's webhook"
    ),
    "trustpilot": Access("Trustpilot", "paid", "contract", "none", "minutes", "none", "its webhook, or import"),
    "google_business": Access(
        "Google Business", "review", "free", "none", "hours", "none", "e-mail notifications, or import"
    ),
    "discord": Access("Discord", "key", "free", "none", "seconds", "none", "a bot of yours that calls the webhook"),
    "slack": Access(
        "Slack communities", "key", "free", "none", "seconds", "none", "a bot of yours that calls the webhook"
    ),
    "brandwatch": Access(
        "Brandwatch", "paid", "contract", "none", "minutes", "fixture only", "webhook with format: brandwatch"
    ),
    "meltwater": Access(
        "Meltwater", "paid", "contract", "none", "minutes", "fixture only", "webhook with format: meltwater"
    ),
    "talkwalker": Access(
        "Talkwalker", "paid", "contract", "none", "minutes", "fixture only", "webhook with format: talkwalker"
    ),
    "sprinklr": Access("Sprinklr", "paid", "contract", "none", "minutes", "none", "webhook with format: sprinklr"),
    "newsapi": Access("News APIs", "paid", "from 0", "30 days", "minutes to a day", "none", "http_json with your key"),
}


def rows() -> tuple[Row, ...]:
    """Return every network: first those with code, in the order of the catalogue, then the others."""
    built = {kind.name: kind.access for kind in CATALOGUE if kind.access is not None}
    return tuple(_row(name, access) for name, access in (*built.items(), *WITHOUT_CODE.items()))


def _row(name: str, access: Access) -> Row:
    return Row(
        type=name,
        network=access.network,
        access=access.access,
        cost=access.cost,
        look_back=access.look_back,
        delay=access.delay,
        tested=access.tested,
        route=access.route,
    )
