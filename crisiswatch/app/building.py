"""Puts the parts together: one application, built from settings, and rebuilt from new ones on a reload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from crisiswatch import channels, sources, text
from crisiswatch.app import converting
from crisiswatch.app.beating import heart_options, heart_plan, with_heart
from crisiswatch.app.data import calibration, negativity_weights, playbooks_folder
from crisiswatch.app.digesting import brief_options
from crisiswatch.app.parting import Parting, Partings
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.app.rationing import budget_of, secrets
from crisiswatch.app.second_opinions import second_opinion
from crisiswatch.app.sending import outward
from crisiswatch.app.wording import digests, renderer
from crisiswatch.core.incidents import SYNTHETIC, Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.pacing import Pace
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.rationing import RESERVED
from crisiswatch.core.steps import Detector, TextTools
from crisiswatch.detectors.crisis_lr import CrisisLR
from crisiswatch.detectors.river_model import problem_of
from crisiswatch.engine.auditing import Audit
from crisiswatch.engine.briefing import Briefing
from crisiswatch.engine.canaries import Canaries
from crisiswatch.engine.checkpointing import Checkpoints
from crisiswatch.engine.composing import Composer, Wording
from crisiswatch.engine.delivering import Dispatcher
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.handing_over import HandingOver
from crisiswatch.engine.heart import Heart, Nowhere, Vitals
from crisiswatch.engine.ingesting import Ingest, Lens
from crisiswatch.engine.isolating import FOR_CHANNELS, WorkerIsolator
from crisiswatch.engine.listening import Listener
from crisiswatch.engine.noting_silences import NotingSilences
from crisiswatch.engine.observing import Observer
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.pooling import InTurn
from crisiswatch.engine.pressing import Presses
from crisiswatch.engine.rationing import Ledger, RationedFetcher, digest
from crisiswatch.engine.renewing import Renewer
from crisiswatch.engine.retracting import Retractor
from crisiswatch.engine.second_opinions import SecondOpinions
from crisiswatch.engine.upkeep import Upkeep
from crisiswatch.engine.watching import Watcher
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import ChannelTools, Leaving, SourceTools
from crisiswatch.ports import Channel, Clock, Fetcher, Hook, Isolator, Source, Store
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks, slack_buttons
from crisiswatch.rendering.slack_form import slack_form
from crisiswatch.settings import Brand, Catalogues, Settings
from crisiswatch.text.matching import check_query
from crisiswatch.text.redacting import redact

ALERT_HOLDS = timedelta(minutes=30)
"""For so long after each change of an open incident its brand's sources are asked more often."""


@dataclass(frozen=True, slots=True)
class World:
    """What the application reaches the world with, and what it counts with."""

    store: Store
    clock: Clock
    metrics: Metrics
    fetcher: Fetcher
    isolator: Isolator
    channel_isolator: Callable[[], Isolator]
    environment: Mapping[str, str]
    host: str
    author_key: bytes
    link_keys: tuple[bytes, ...] = ()

    @classmethod
    def recorded(cls, store: Store, clock: Clock, metrics: Metrics, author_key: bytes) -> World:
        """Return the world of a recording: its own clock, and no part of it is ever asked to reach out."""
        return cls(
            store=store,
            clock=clock,
            metrics=metrics,
            fetcher=HttpFetcher(),
            isolator=WorkerIsolator(),
            channel_isolator=channel_isolator,
            environment={},
            host="localhost",
            author_key=author_key,
        )


class Application:
    """The engine's parts with what the settings say about them."""

    def __init__(self, world: World, observer: Observer) -> None:
        failpoints = Failpoints.of(world.environment)
        self.world = world
        self.failpoints = failpoints
        self.ingest = Ingest(world.store, world.clock, world.metrics, failpoints)
        self.poller = Poller(world.store, self.ingest, world.clock, world.metrics)
        self.watcher = Watcher(world.store, self.ingest, observer, failpoints)
        self.composer = Composer(world.store, world.clock, lambda: self.watcher.brands)
        self.dispatcher = Dispatcher(world.store, self.composer, world.clock, world.metrics, failpoints)
        self.watcher.on_change = self.changed
        self.watcher.on_effect = self.poller.investigate
        self.dispatcher.gate.open_incidents = self.watcher.incidents
        self.dispatcher.fall_back.tell_also = self.watcher.tell_also
        self.audit = Audit(self.watcher, world.metrics, world.clock)
        self.nowhere = Nowhere(self.watcher, world.clock)
        vitals = Vitals(world.store, self.poller, self.audit, self.nowhere, failpoints)
        self.heart = Heart(vitals, self.ingest, world.fetcher, world.clock, world.metrics)
        self.handing_over = HandingOver(world.store, world.clock, failpoints)
        self.briefing = Briefing(world.store, world.clock)
        self.composer.brief = self.briefing.compose
        self.upkeep = Upkeep(world.store, self.poller, self.dispatcher.lanes)
        self.checkpoints = Checkpoints(world.store, self.watcher, failpoints)
        self.second_opinions = SecondOpinions(world.store, self.ingest, self.watcher, world.clock)
        self.presses = Presses(world.store, world.clock, self.watcher, self.dispatcher, lambda: self.channels)
        self.listener = Listener(world.clock, self.presses.take)
        self.canaries = Canaries(world.clock, lambda: self.channels)
        self.upkeep.is_failing = self.canaries.is_failing
        self.renewer = Renewer(world.store, self.composer, world.clock, lambda: self.channels)
        self.ledger = Ledger(world.store, world.clock, world.metrics)
        self.retractor = Retractor(world.store, world.clock, self.watcher.incidents, self.watcher.amend)
        self.ingest.on_deleted = self.retractor.wake
        self.noting_silences = NotingSilences(self.dispatcher.gate, self.watcher, world.clock)
        self.dispatcher.gate.on_change = self.noting_silences.wake
        self._fetchers: dict[str, RationedFetcher] = {}
        self.poller.on_quota_spent = self._quota_spent
        self.hooks: dict[str, Hook] = {}
        self.leaving: tuple[Leaving, ...] = ()
        self._partings = Partings()
        self.channels: dict[str, Channel] = {}

    def use(self, settings: Settings, recording: tuple[str, ...] | None = None) -> list[Source | Channel]:
        """Put settings into force; `recording` names the sources of a recording that replaces the configured ones.

        Return what is not used any more, to be closed. Raises ConfigError before anything changes.
        """
        books = playbooks(settings)
        # A recording tells nobody through the receivers' own channels: it needs none of their secrets.
        found_channels = self._channels(settings) if recording is None else {}
        found_sources, hooks = self._sources(settings) if recording is None else ([], {})
        steps = text.steps(converting.queries(settings), negativity_weights())
        # A recording has the answers of the second model among its labels.
        second = second_opinion(settings) if recording is None else None
        beats = heart_options(settings) if recording is None else None
        watchlist = converting.watchlist(settings, self.world.author_key, recording)
        lens = Lens(steps, with_heart(watchlist) if beats else watchlist)
        edits = frozenset(name for name, channel in found_channels.items() if channel.abilities.edits)
        reading = converting.Reading(converting.bin_weights(steps.negativity.model), _tools)
        plans = converting.plans(settings, recording, books, edits, reading)
        plans += [heart_plan(settings.defaults.bucket, beats.every)] if beats else []
        self.world.metrics.initialise(
            [brand.name for brand in settings.brands],
            [entry.name for entry in settings.sources] if recording is None else ["recording"],
            [channel.name for channel in found_channels.values()],
        )
        dropped = self.poller.use(found_sources)
        retired: list[Source | Channel] = [*self.channels.values(), *dropped]
        self.leaving = self._partings.use(dropped, [source for source, _ in found_sources])
        self.ingest.lens = lens
        self.watcher.use(plans, detector)
        self.watcher.sectors.are_told = settings.sector_events
        render = renderer(settings, self.world.link_keys)
        self.composer.wording = Wording(render, digests(settings), books, _quoting(settings), _redacting(settings))
        self.watcher.own_policy = converting.own_policy(settings, edits)
        self.upkeep.receivers = frozenset(found_channels)
        self.dispatcher.outward = outward(settings, {**found_channels, SYNTHETIC: self.nowhere}, books)
        self.heart.options = beats
        self.second_opinions.plan = second
        self.handing_over.schedules = tuple(converting.schedules(settings).values())
        self.briefing.options = brief_options(settings)
        self.hooks.clear()  # the console holds this very mapping: a new secret must reach it
        self.hooks.update(hooks | self._partings.hooks(hooks))
        self.channels = found_channels
        self.listener.use(found_channels)
        return retired

    def inboxes(self) -> dict[str, Hook]:
        """Return the hooks of the sources that are configured."""
        return {name: hook for name, hook in self.hooks.items() if not isinstance(hook, Parting)}

    def changed(self, incident: Incident) -> None:
        """Have what is owed sent, and the sources of a brand in alert asked more often, from the reserve of budgets."""
        self.dispatcher.wake()
        watched = self.watcher.brands.get(incident.brand)
        if watched is not None and incident.condition is Condition.ACTIVE and incident.severity >= Severity.WARNING:
            self.poller.hurry(watched.plan.sources, self.world.clock.now() + ALERT_HOLDS)

    def _leaving(self, source: str) -> float:
        return 0.0 if self.poller.is_hurried(source) else RESERVED

    async def _quota_spent(self, source: str, wait: timedelta) -> None:
        if source in self._fetchers:
            await self._fetchers[source].close_quota(wait)

    def _sources(self, settings: Settings) -> tuple[list[tuple[Source, Pace]], dict[str, Hook]]:
        polled: list[tuple[Source, Pace]] = []
        hooks: dict[str, Hook] = {}
        for entry in settings.sources:
            credential = digest(secrets(entry.options), self.world.author_key)
            fetcher = RationedFetcher(self.world.fetcher, self.ledger, entry.name, credential)
            tools = SourceTools(fetcher, InTurn(self.world.isolator), settings.server.public_url)
            built = sources.CATALOGUE[entry.type].build(entry.name, entry.options, tools)
            fetcher.budget, self._fetchers[entry.name] = budget_of(built), fetcher
            fetcher.leaving = partial(self._leaving, entry.name)
            if isinstance(built, Hook):
                hooks[entry.name] = built
            if isinstance(built, Source):
                polled.append((built, Pace.within(entry.every, entry.every_at_least, entry.every_at_most)))
        return polled, hooks

    def _channels(self, settings: Settings) -> dict[str, Channel]:
        found: dict[str, Channel] = {}
        for entry in settings.receivers:
            tools = ChannelTools(
                isolator=self.world.channel_isolator(),
                plain=plain,
                email_html=email_html,
                slack_blocks=slack_blocks,
                slack_buttons=slack_buttons,
                slack_form=slack_form,
                host=self.world.host,
                clock=self.world.clock,
            )
            found[entry.name] = channels.CATALOGUE[entry.type].build(entry.name, entry.options, tools)
        return found


def channel_isolator() -> Isolator:
    """Return a worker of its own for one channel."""
    return WorkerIsolator(FOR_CHANNELS)


def catalogues() -> Catalogues:
    """Return what a configuration is checked against."""
    return Catalogues(sources.CATALOGUE, channels.CATALOGUE, check_query, problem_of)


def detector(bucket: timedelta, state: bytes | None) -> Detector:
    """Return a detector, fresh or with a saved state. Raises StoreUnusable for a state of another version."""
    return CrisisLR(bucket, state, calibration())


def _tools(brand: Brand) -> TextTools:
    return text.tools((brand.name, *brand.match))


def playbooks(settings: Settings) -> tuple[Playbook, ...]:
    """Return the packaged playbooks and the operator's own. Raises ConfigError."""
    return load_playbooks(*_folders(settings))


def _folders(settings: Settings) -> list[Path]:
    own = settings.playbooks_folder
    return [playbooks_folder(), *([own] if own is not None else [])]


def _quoting(settings: Settings) -> dict[str, str]:
    return {entry.name: entry.quote for entry in settings.sources}


def _redacting(settings: Settings) -> Callable[[str], str]:
    return redact if settings.defaults.redact_quotes else str
