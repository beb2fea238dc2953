"""The whole file: what its top level may hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from crisiswatch.settings.alerts import Escalation, Inhibition, Mute, Route, Schedule, SentDigest, Storm
from crisiswatch.settings.brands import Brand
from crisiswatch.settings.sections import (
    Defaults,
    Egress,
    Heartbeat,
    Playbooks,
    Quote,
    SecondOpinion,
    Section,
    Server,
    Storage,
)
from crisiswatch.settings.values import Delay, Duration, Language, Slug, TimeZone


class SourceKeys(Section):
    """The keys that every source takes, beside those of its type."""

    name: Slug = Field(description="Its name in brands, metrics and addresses; default: the type.")
    type: str = Field(description="Where it reads: one of `crisiswatch source types`.")
    every: Duration = Field(default=timedelta(minutes=5), description="Time between two looks.")
    every_at_least: Duration | None = Field(
        default=None, description="How often it may be looked at while it brings much; default: every."
    )
    every_at_most: Duration | None = Field(
        default=None, description="How seldom it may be looked at while it brings nothing; default: every."
    )
    lateness: Delay = Field(
        default=timedelta(minutes=10), description="How late mentions may come and still be counted in time."
    )
    quote_in_channels: Quote | None = Field(
        default=None, description="How much may be quoted; default: defaults.quote_in_channels."
    )


class ReceiverKeys(Section):
    """The keys that every receiver takes, beside those of its type."""

    name: Slug = Field(description="Its name in routes.")
    type: str = Field(description="How it is told: one of `crisiswatch notify types`.")
    language: Language = Field(default="en", description="Language of its messages.")
    time_zone: TimeZone = Field(default="UTC", description="Zone of the times in its messages, UTC beside.")
    fallback: str | None = Field(
        default=None, description="Who is told in its place after a minute (critical) or ten without reaching it."
    )
    per_second: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Messages a second that it takes in the long run; default: what its service states, if it does.",
    )


class Document(Section):
    """A configuration file without the options of plug-ins, which their own models check."""

    version: Literal[1] = Field(description="Version of this format.")
    defaults: Defaults = Field(default=Defaults(), description="What holds where nothing else is said.")
    brands: tuple[Brand, ...] = Field(min_length=1, description="What is watched.")
    sources: tuple[SourceKeys, ...] = Field(default=(), description="Where mentions come from.")
    receivers: tuple[ReceiverKeys, ...] = Field(default=(), description="Who is told, and how.")
    routes: Route | None = Field(default=None, description="Which incident goes to whom; default: all to all.")
    escalations: tuple[Escalation, ...] = Field(default=(), description="Escalations; `crisis-default` exists without.")
    schedules: tuple[Schedule, ...] = Field(default=(), description="Who is on call.")
    digests: tuple[SentDigest, ...] = Field(default=(), description="Digests of a day or a week that are sent.")
    mutes: tuple[Mute, ...] = Field(default=(), description="Times at which receivers are left in peace.")
    inhibitions: tuple[Inhibition, ...] = Field(default=(), description="Incidents that only follow from others.")
    sector_events: bool = Field(
        default=True, description="Whether trouble of three of the own brands within an hour is told as one."
    )
    storm: Storm = Field(default=Storm(), description="When alarms come in a digest.")
    playbooks: Playbooks = Field(default=Playbooks(), description="What to do about which incident.")
    store: Storage = Field(default=Storage(), description="Where things are kept.")
    server: Server = Field(default=Server(), description="The HTTP interface.")
    egress: Egress = Field(default=Egress(), description="What may be contacted outside.")
    heartbeat: Heartbeat | None = Field(default=None, description="A watcher of the watcher.")
    second_opinion: SecondOpinion | None = Field(default=None, description="A larger model that checks samples.")
