"""What the console may ask of the daemon, as values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from crisiswatch.app import converting
from crisiswatch.app.building import Application
from crisiswatch.app.labelling import labels_in, record_labels
from crisiswatch.console.doors import (
    BrandStatus,
    Doors,
    Health,
    IncidentChange,
    Scope,
    SourceStatus,
    Status,
    Token,
)
from crisiswatch.core.abilities import Answerable
from crisiswatch.core.answering import Answer
from crisiswatch.core.counting import missing_sources
from crisiswatch.core.hushing import Press
from crisiswatch.core.incidents import SYNTHETIC, Change, Incident
from crisiswatch.core.judging import WARM_AFTER
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.messages import Message, Picture
from crisiswatch.core.models import Batch
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.series import Series
from crisiswatch.errors import SourceRejected
from crisiswatch.metrics import render
from crisiswatch.rendering.chart import picture
from crisiswatch.rendering.headline import headline
from crisiswatch.rendering.reader import reader
from crisiswatch.settings import Settings
from crisiswatch.text.marking import marks

STALLED_AFTER = timedelta(minutes=2)
"""A daemon that has not ticked for this long is not alive."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The running process, as far as the console is concerned."""

    application: Application
    last_tick: Callable[[], datetime | None]
    registry: CollectorRegistry
    settings: Callable[[], Settings]
    reload: Callable[[], Awaitable[tuple[bool, str]]]
    started_at: datetime


class Behind:
    """Answers the console from the running process."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._sequence = 0
        self._listeners: set[asyncio.Queue[IncidentChange]] = set()
        inside.application.watcher.on_change = self._changed

    def health(self) -> Health:
        """Say whether ticks happen and sources answer."""
        inside = self._inside
        last = inside.last_tick()
        now = inside.application.world.clock.now()
        since = last or inside.started_at
        is_live = now - since < STALLED_AFTER
        reasons = [] if is_live else [f"no tick since {since}"]
        if is_live and last is None:
            reasons = ["no tick yet: it is starting"]
        failing = [name for name, polled in inside.application.poller.polled.items() if polled.failures]
        reasons += [f"source {name} is failing" for name in failing]
        return Health(is_live, last is not None, tuple(reasons))

    def status(self) -> Status:
        """Say what is watched, and how each source does."""
        inside = self._inside
        now = inside.application.world.clock.now()
        brands = []
        for watched in inside.application.watcher.brands.values():
            if watched.brand == SYNTHETIC:
                continue
            learnt = watched.judgement.reading.learnt if watched.judgement else timedelta()
            missing = tuple(missing_sources(watched.counting, now - timedelta(hours=1), now))
            is_blind = watched.judging.blind_since is not None
            brands.append(BrandStatus(watched.brand, watched.plan.policy.kind, is_blind, missing, learnt, WARM_AFTER))
        return Status(tuple(brands), tuple(self._source(name, type_) for name, type_ in self._types()))

    async def ingest(self, source: str, batch: Batch) -> None:
        """Take what a hook delivered."""
        await self._inside.application.ingest(source, batch)

    def headline(self, incident: Incident) -> str:
        """Return the first line of an alert about the incident."""
        told_to = reader("en", UTC, self._inside.application.world.clock.now())
        return headline(NotificationKind.UPDATED, incident.severity, incident, told_to)

    async def message(self, incident: Incident) -> Message:
        """Return the incident in the words of an alert."""
        return await self._inside.application.composer.page(incident)

    async def picture(self, incident: Incident, theme: str) -> Picture | None:
        """Return the chart of an incident, light or dark."""
        series = self._inside.application.composer.series(incident)
        return None if series is None else picture(series, "dark" if theme == "dark" else "light")

    async def series(self, incident: Incident) -> Series | None:
        """Return the points of the chart."""
        return self._inside.application.composer.series(incident)

    async def answer(self, number: int, given: Answer) -> Incident | None:
        """Record what somebody did to an incident; None if there is none of that number."""
        application = self._inside.application
        return await application.watcher.answer(number, given, application.world.clock.now())

    def pressed(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Press | None:
        """Return what was pressed, read by the channel whose secret it is signed with.

        Raises SourceRejected, also for a person who may not act on the card that was pressed.
        """
        refusal = SourceRejected("no channel with buttons is configured", "auth")
        for channel in self._inside.application.channels.values():
            if isinstance(channel, Answerable):
                try:
                    press = channel.pressed(headers, body, now)
                except SourceRejected as error:
                    refusal = error
                    continue
                if press is None:
                    return None
                if press.receiver == channel.name:  # a card of another app is that app's to sign
                    self._inside.application.presses.admit(press)
                    return press
        raise refusal

    def labels(self, incident: Incident) -> Mapping[str, str]:
        """Return what matchers see of an incident, as the configuration is now."""
        return self._inside.application.dispatcher.gate.rules.labels(incident)

    async def mention_labels(self) -> Sequence[LabelFrame]:
        """Return all labels of mentions, oldest first."""
        return await labels_in(self._inside.application.world.store)

    async def label(self, labels: Sequence[LabelFrame]) -> tuple[int, int]:
        """Record labels; return how many were new, and how many of mentions that are not stored."""
        application = self._inside.application
        world = application.world
        async with application.ingest.lock:  # stamped and handed over together: no tick may come in between
            new, unknown = await record_labels(world.store, labels, world.clock.now(), application.failpoints)
            application.failpoints.reach("label.after_commit")
            for label in new:
                application.watcher.note(label)
        return len(new), unknown

    async def subscribe(self) -> AsyncIterator[IncidentChange]:
        """Yield changes of incidents as they are committed."""
        queue: asyncio.Queue[IncidentChange] = asyncio.Queue(maxsize=1000)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    def _changed(self, incident: Incident) -> None:
        self._inside.application.changed(incident)
        if incident.number is None:
            return
        self._sequence += 1
        change = IncidentChange(self._sequence, incident.name, Change.UPDATED, incident.severity)
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(change)

    def _types(self) -> list[tuple[str, str]]:
        return [(entry.name, entry.type) for entry in self._inside.settings().sources]

    def _source(self, name: str, type_: str) -> SourceStatus:
        polled = self._inside.application.poller.polled.get(name)
        if polled is None:
            return SourceStatus(name, type_)
        return SourceStatus(name, type_, polled.last_error, polled.last_success, polled.last_item, polled.next_poll)


def doors(inside: Inside) -> Doors:
    """Return the doors of a running process."""
    behind = Behind(inside)
    world, server = inside.application.world, inside.settings().server
    return Doors(
        store=world.store,
        clock=world.clock,
        metrics=lambda: render(inside.registry),
        health=behind.health,
        status=behind.status,
        reload=inside.reload,
        ingest=behind.ingest,
        headline=behind.headline,
        message=behind.message,
        picture=behind.picture,
        series=behind.series,
        subscribe=behind.subscribe,
        answer=behind.answer,
        pressed=behind.pressed,
        press=inside.application.presses.take,
        link_keys=world.link_keys,
        mention_labels=behind.mention_labels,
        marks=marks,
        label=behind.label,
        hooks=inside.application.hooks,
        read_matchers=converting.matchers,
        labels=behind.labels,
        holding_changed=inside.application.dispatcher.holding_changed,
        tokens=tokens(inside.settings()),
        public_url=server.public_url,
        trusted_proxies=tuple(map(str, server.trusted_proxies)),
    )


def tokens(settings: Settings) -> tuple[Token, ...]:
    """Return the tokens that open the console."""
    return tuple(
        Token(entry.name, entry.hash.get_secret_value(), frozenset(Scope[scope.upper()] for scope in entry.scopes))
        for entry in settings.server.tokens
    )
