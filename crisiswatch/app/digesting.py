"""Digests: the one that a person asks for, and those that the daemon sends."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisiswatch import text
from crisiswatch.app.asking import reading
from crisiswatch.app.data import playbooks_folder
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.app.wording import contexts
from crisiswatch.core.digesting import Digest, Planned
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Mention
from crisiswatch.core.outbox import Notification
from crisiswatch.engine.briefing import BriefOptions, seen_between, with_what_was_said
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.hearing import Hearing
from crisiswatch.engine.watched import Learns
from crisiswatch.rendering.digest import compose_brief
from crisiswatch.settings import Settings
from crisiswatch.text.redacting import redact

EXCERPT = 120
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def digest_of(settings: Settings, length: timedelta) -> Digest:
    """Return what was seen in the last stretch of that length."""
    end = SystemClock().now()
    async with reading(settings) as store:
        found = await seen_between(store, *_watched(settings), (end - length, end))
        return await with_what_was_said(store, _hearing(settings), found)


def brief_options(settings: Settings) -> BriefOptions:
    """Return which digests are sent, and in which words."""
    context_of = contexts(settings)

    def render(notification: Notification, found: Digest, now: datetime) -> Message:
        return compose_brief(notification, found, context_of(notification.receiver, "", now))

    planned = tuple(
        Planned(
            name=entry.name,
            receivers=tuple(entry.receivers),
            at=time.fromisoformat(entry.at),
            time_zone=ZoneInfo(entry.time_zone),
            weekday=None if entry.weekday is None else _DAYS.index(entry.weekday[:3]),
        )
        for entry in settings.digests
    )
    return BriefOptions(planned, *_watched(settings), render, _hearing(settings))


def _hearing(settings: Settings) -> Hearing:
    """Return whom to listen for: what competitors and the industry hear is theirs."""
    own = [brand for brand in settings.brands if brand.kind not in ("competitor", "industry")]
    folders = [playbooks_folder(), *([settings.playbooks_folder] if settings.playbooks_folder is not None else [])]
    quoting = {entry.name: entry.quote for entry in settings.sources}
    cleaned = redact if settings.defaults.redact_quotes else str

    def excerpt(mention: Mention) -> str:
        return "" if quoting.get(mention.source) == "never" else cleaned(mention.text)[:EXCERPT]

    return Hearing(
        tools={brand.name: text.tools((brand.name, *brand.match)) for brand in own},
        competitors={brand.name: tuple(brand.competitors) for brand in own},
        playbooks=load_playbooks(*folders),
        excerpt=excerpt,
    )


def _watched(settings: Settings) -> tuple[dict[str, Learns], tuple[str, ...]]:
    brands = {brand.name: Learns(brand.learning.sentiment, brand.learning.relevance) for brand in settings.brands}
    return brands, tuple(entry.name for entry in settings.sources)
