"""Who is told, when, and when not: routes, escalations, on-call schedules, mutes, inhibitions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crisiswatch.settings.brands import Names
from crisiswatch.settings.faults import fault
from crisiswatch.settings.matchers import Match, Matchers
from crisiswatch.settings.sections import Section
from crisiswatch.settings.values import Delay, Duration, Moment, Name, OneOrMany, Times, TimeZone, Weekday

DEFAULT_ESCALATION = "crisis-default"
"""The escalation that exists without being written."""


class Route(Section):
    """A branch of the routing tree; what it does not say it has from the branch above."""

    match: Match = Field(default=Matchers(), description="Conditions that an incident must meet; none: every incident.")
    receiver: str | None = Field(default=None, description="Who is told.")
    receivers: Names = Field(default=(), description="Who is told, when it is more than one.")
    escalation: str | None = Field(default=None, description="What happens while nobody acknowledges.")
    is_continued: bool = Field(default=False, alias="continue", description="Whether later routes are tried as well.")
    routes: tuple[Route, ...] = Field(default=(), description="Narrower routes, tried in order.")

    @model_validator(mode="after")
    def _names_receivers_once(self) -> Self:
        if self.receiver is not None and self.receivers:
            raise fault("one-of", "receiver and receivers are both given", "keep receivers", at="receiver")
        return self

    @property
    def told(self) -> tuple[str, ...]:
        """Return the names of the receivers that this branch itself names."""
        return self.receivers if self.receiver is None else (self.receiver,)


class Step(Section):
    """One step of an escalation."""

    after: Delay = Field(description="Time since the incident became critical.")
    receivers: Names = Field(min_length=1, description="Who is told at this step.")


class Escalation(Section):
    """What happens, step by step, while nobody acknowledges."""

    name: Name = Field(description="How routes refer to it.")
    steps: tuple[Step, ...] = Field(min_length=1, description="Steps, earliest first.")
    repeat: Duration | None = Field(default=timedelta(hours=1), description="Time between reminders after that.")

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        waits = [step.after for step in self.steps]
        if waits != sorted(set(waits)):
            raise fault("escalation", "each step must be later than the one before it", at="steps")
        return self


class Override(Section):
    """A stretch in which somebody else is on call."""

    start: Moment = Field(alias="from", description="From when.")
    end: Moment = Field(alias="to", description="Until when, exclusive.")
    receiver: str = Field(description="Who is on call instead.")

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.end <= self.start:
            raise fault("schedule", "the override ends before it begins", at="to")
        return self


class Schedule(Section):
    """Who is on call: receivers take turns; routes and escalations name the schedule like a receiver."""

    name: Name = Field(description="How routes and escalations refer to it; no receiver may have that name.")
    rotation: Names = Field(min_length=1, description="Receivers in the order of their turns.")
    first_day: date = Field(description="The day on which the first of them takes over.")
    handover: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="09:00", description="Time of day at which the next one takes over."
    )
    days: int = Field(default=7, ge=1, le=366, description="Days that a turn lasts.")
    time_zone: TimeZone = Field(default="UTC", description="Where the clock stands that is meant.")
    overrides: tuple[Override, ...] = Field(default=(), description="Stretches in which somebody else is on call.")


class SentDigest(Section):
    """A digest that the daemon sends: what was seen, what was wrong, and what could not be seen."""

    name: Name = Field(description="How the outbox names it.")
    receivers: Names = Field(min_length=1, description="Who gets it.")
    weekday: Weekday | None = Field(default=None, description="The day of a weekly one; none: every day.")
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="08:00", description="Time of day at which it is sent."
    )
    time_zone: TimeZone = Field(default="UTC", description="Where the clock stands that is meant.")


class Inhibition(Section):
    """While an incident that meets `source` is open and known, those that meet `target` tell nobody."""

    name: Name = Field(description="How explanations name it.")
    source: Match = Field(description="Conditions of the incident that explains the other.")
    target: Match = Field(description="Conditions of the incident that is explained.")
    equal: Annotated[tuple[Literal["brand", "family", "incident_type", "kind", "owner"], ...], OneOrMany()] = Field(
        default=("brand",), description="Labels that both must share."
    )


class Storm(Section):
    """How many alarms a receiver gets one by one; what is above comes in a digest."""

    pings: int = Field(default=10, ge=1, description="Alarms in ten minutes, whatever their severity.")
    criticals: int = Field(default=30, ge=1, description="Critical alarms in ten minutes, which pass beyond that.")


class Mute(Section):
    """Times at which some receivers are left in peace; who was told of an opening is still told of the end."""

    name: Name = Field(description="How explanations name it.")
    times: Annotated[tuple[Times, ...], OneOrMany()] = Field(default=(), description="Times of day; none: all day.")
    weekdays: Annotated[tuple[Weekday, ...], OneOrMany()] = Field(default=(), description="Days; none: every day.")
    time_zone: TimeZone = Field(default="UTC", description="Where the clock stands that is meant.")
    severities: tuple[Literal["watch", "warning", "critical"], ...] = Field(
        default=("watch", "warning"), min_length=1, description="What is held back; critical only if it is named."
    )
    receivers: Names = Field(default=(), description="Who is left in peace; none named: everybody.")

    @model_validator(mode="before")
    @classmethod
    def _lasts_whole_days(cls, data: object) -> object:
        """Weekdays without times mean these days from midnight to midnight."""
        if isinstance(data, dict) and data.get("weekdays") and not data.get("times"):
            return {**data, "times": ["00:00-24:00"]}
        return data

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if not self.times:
            raise fault("mute", "a mute without times or weekdays would never end", 'write times: ["22:00-07:00"]')
        return self
