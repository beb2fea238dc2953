"""Digests: the one that a person asks for, and those that the daemon sends."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisiswatch.app.asking import reading
from crisiswatch.app.wording import contexts
from crisiswatch.core.digesting import Digest, Planned
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Notification
from crisiswatch.engine.briefing import BriefOptions, seen_between
from crisiswatch.engine.clock import SystemClock
from crisiswatch.engine.watched import Learns
from crisiswatch.rendering.digest import compose_brief
from crisiswatch.settings import Settings

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def digest_of(settings: Settings, length: timedelta) -> Digest:
    """Return what was seen in the last stretch of that length."""
    end = SystemClock().now()
    async with reading(settings) as store:
        return await seen_between(store, *_watched(settings), (end - length, end))


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
    return BriefOptions(planned, *_watched(settings), render)


def _watched(settings: Settings) -> tuple[dict[str, Learns], tuple[str, ...]]:
    brands = {brand.name: Learns(brand.learning.sentiment, brand.learning.relevance) for brand in settings.brands}
    return brands, tuple(entry.name for entry in settings.sources)
