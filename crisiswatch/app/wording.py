"""Renderings of messages in the language and time zone of their receivers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from crisiswatch.app.linking import signer
from crisiswatch.core.incidents import Incident
from crisiswatch.core.messages import Message, Quote
from crisiswatch.core.outbox import Notification
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.series import Series
from crisiswatch.engine.composing import Digest, Render
from crisiswatch.rendering.many import compose_many
from crisiswatch.rendering.message import Context, compose
from crisiswatch.settings import Settings


def renderer(settings: Settings, link_keys: Sequence[bytes] = ()) -> Render:
    """Return the rendering of a notification about one incident.

    Receivers get links signed with the first of `link_keys`; without keys, links to the incident's page.
    """
    receivers = frozenset(entry.name for entry in settings.receivers)
    context_of = contexts(settings)

    def render(
        notification: Notification,
        incident: Incident,
        playbook: Playbook | None,
        quotes: Sequence[Quote],
        series: Series | None,
        now: datetime,
    ) -> Message:
        context = context_of(notification.receiver, incident.brand, now)
        if link_keys and notification.receiver in receivers:
            context = replace(context, sign=signer(notification, link_keys, now))
        return compose(notification, incident, playbook, quotes, series, context)

    return render


def digests(settings: Settings) -> Digest:
    """Return the rendering of a notification that stands for many incidents."""
    context_of = contexts(settings)

    def render(notification: Notification, incidents: Sequence[Incident], now: datetime) -> Message:
        return compose_many(notification, incidents, context_of(notification.receiver, "", now))

    return render


def contexts(settings: Settings) -> Callable[[str, str, datetime], Context]:
    """Return what gives the context of a message: for that receiver, about that brand, at that moment."""
    readers = {entry.name: (entry.language, ZoneInfo(entry.time_zone)) for entry in settings.receivers}
    budgets = {brand.name: brand.false_alarms_per_week.warning for brand in settings.brands}

    def context_of(receiver: str, brand: str, now: datetime) -> Context:
        language, time_zone = readers.get(receiver, ("en", ZoneInfo("UTC")))
        return Context(
            now=now,
            public_url=settings.server.public_url or f"http://{settings.server.listen}",
            time_zone=time_zone,
            language=language,
            budget=budgets.get(brand),
        )

    return context_of
