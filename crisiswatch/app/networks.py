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
        network="LinkedIn",
        access="review",
        cost="free",
        look_back="what the mailbox keeps",
        delay="minutes",
        tested="none",
        route="your own Page only: its e-mail notifications (imap), or a suite's webhook; its API lets no text out",
    ),
    "xing": Access(
        network="XING",
        access="closed",
        cost="-",
        look_back="none",
        delay="hours",
        tested="none",
        route="the API was closed: pages that a search alert finds with site:xing.com (rss, imap), or import",
    ),
    "viadeo": Access(
        network="Viadeo",
        access="closed",
        cost="-",
        look_back="none",
        delay="hours",
        tested="none",
        route="no API was found, nor whether it still runs: search alerts with site:viadeo.com (rss, imap), or import",
    ),
    "tiktok": Access(
        network="TikTok",
        access="closed",
        cost="-",
        look_back="none",
        delay="days",
        tested="none",
        route="its API is for non-profit researchers, two days late: a suite's webhook, or import",
    ),
    "reddit": Access(
        network="Reddit",
        access="review",
        cost="a contract, for commercial use",
        look_back="what the feed lists",
        delay="minutes",
        tested="none",
        route="the API only with Reddit's approval: the feed address of your own account (rss), or a suite's webhook",
    ),
    "trustpilot": Access(
        network="Trustpilot",
        access="paid",
        cost="a business plan",
        look_back="what the API lists",
        delay="minutes",
        tested="none",
        route="your own company: e-mail notifications (imap, kind: review), or its API by http_json with your key",
    ),
    "google_business": Access(
        network="Google Business",
        access="review",
        cost="free",
        look_back="what the mailbox keeps",
        delay="hours",
        tested="none",
        route="your own places only: e-mail notifications (imap, kind: review), or import; its API asks for approval",
    ),
    "discord": Access(
        network="Discord",
        access="key",
        cost="free",
        look_back="100 messages a channel",
        delay="the poll's interval",
        tested="fixture only",
        route="servers where a bot of yours is a member: http_json, one source a channel, or the bot calls the webhook",
    ),
    "slack": Access(
        network="Slack communities",
        access="key",
        cost="free",
        look_back="what the workspace keeps",
        delay="the poll's interval",
        tested="fixture only",
        route="workspaces with an app of yours: http_json, one source a channel, or the app calls the webhook",
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
    "newsapi": Access(
        network="News APIs (NewsAPI, GNews, …)",
        access="paid",
        cost="from 0",
        look_back="30 days",
        delay="minutes; 12 to 24 hours on free plans",
        tested="none",
        route="http_json with your key; a free plan answers with nothing, not with an error, for the last hours",
    ),
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
