"""Brands: what is watched, and by which rules."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictFloat, StrictInt, model_validator

from crisiswatch.settings.faults import fault
from crisiswatch.settings.sections import Budget, Section
from crisiswatch.settings.values import Duration, Language, Moment, Name, OneOrMany

Series = Literal["stories", "negative", "negative_share", "copies", "reactions", "largest_copies", "largest_reactions"]
NoticeKind = Literal["volume_spike", "story_velocity", "new_terms", "metric_series"]
BrandKind = Literal["brand", "product", "person", "competitor", "industry", "stakeholder"]
Query = Annotated[str, Field(min_length=1, max_length=4_096)]
Queries = Annotated[tuple[Query, ...], OneOrMany()]
Names = Annotated[tuple[str, ...], OneOrMany()]


def _finite(value: bool | float | str) -> bool | float | str:
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("must be a finite number")
    return value


Option = Annotated[StrictBool | StrictInt | StrictFloat | str, AfterValidator(_finite)]


class Limit(Section):
    """A fixed limit over a stretch of time; exactly one count is named."""

    stories: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="Stories, whatever their tone.")
    negative: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="Negative stories.")
    negative_share: float | None = Field(default=None, gt=0, lt=1, description="Negative part of all stories, 0 to 1.")
    within: Duration = Field(default=timedelta(hours=1), description="The stretch of time that is looked back over.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        named = [key for key in ("stories", "negative", "negative_share") if getattr(self, key) is not None]
        if len(named) != 1:
            told = "none is given" if not named else f"given: {', '.join(named)}"
            raise fault("one-of", f"exactly one of stories, negative, negative_share is needed; {told}")
        return self


class Rule(Section):
    """A rule of the operator: acts at the severity that it declares."""

    name: Name = Field(description="How alerts name the rule.")
    severity: Literal["watch", "warning", "critical"] = Field(description="How bad it is when the rule is met.")
    match: Query | None = Field(default=None, description="Mentions of the brand that also match this query.")
    authors: Names | None = Field(
        default=None, min_length=1, description="Addresses of authors or outlets, or their beginnings."
    )
    above: Limit | None = Field(default=None, description="A fixed limit.")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        asked = [key for key in ("match", "authors", "above") if getattr(self, key) is not None]
        if len(asked) != 1:
            told = "none is given" if not asked else f"given: {', '.join(asked)}"
            raise fault("one-of", f"a rule needs exactly one of match, authors, above; {told}")
        return self


class Detector(Section):
    """A detector of the river library, beside those that are built in; it makes the brand watched at most."""

    type: Literal["river"] = Field(description="Whose detector it is.")
    class_: str = Field(
        alias="class", min_length=1, max_length=80, description="Its class, such as anomaly.HalfSpaceTrees."
    )
    series: Series = Field(default="negative_share", description="What it is shown: this, of the last hour.")
    options: dict[str, Option] = Field(
        default={}, max_length=20, description="Arguments of the class; numbers, texts, true or false."
    )
    above: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="The score it must reach; default: rare by its own past."
    )


class Learning(Section):
    """What labels of mentions teach the brand's own models; while off, what was learnt is kept and not used."""

    sentiment: bool = Field(default=True, description="Adapt the negativity that is shown, from 50 labels on.")
    relevance: bool = Field(
        default=True, description="Set apart what is not about the brand, from 25 labels of both answers on."
    )


class Planned(Section):
    """A stretch in which the brand expects attention: the bar is raised, and alerts say so."""

    name: Name = Field(description="How alerts name the event.")
    start: Moment = Field(alias="from", description="When it begins, with its offset from UTC.")
    end: Moment = Field(alias="to", description="When it is over.")

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end <= self.start:
            raise fault("planned-event", "the event ends before it begins", "exchange from and to", at="to")
        return self


class Brand(Section):
    """A thing that is watched. `sources` are the names of its sources, whatever way the file says it."""

    name: Name = Field(description="Its name, as alerts show it.")
    kind: BrandKind = Field(default="brand", description="What sort of thing it is.")
    match: Queries = Field(
        min_length=1, description='Queries; a mention that matches one is about the brand. "*": all.'
    )
    ignore: Queries = Field(default=(), description="Queries; a mention that matches one is not about the brand.")
    languages: tuple[Language, ...] = Field(default=(), description="Languages to keep; none named keeps all.")
    sources: tuple[str, ...] = Field(default=(), description="'all' shared sources, or names, or sources of its own.")
    competitors: Names = Field(default=(), description="Names of brands to compare with.")
    false_alarms_per_week: Budget = Field(
        default=Budget(),
        description="A number b means {warning: b, critical: b/5}; a mapping replaces what it names.",
    )
    notices: Annotated[tuple[NoticeKind, ...], OneOrMany()] = Field(
        default=("volume_spike", "story_velocity", "new_terms", "metric_series"),
        description="What is noticed beside the score; it makes a brand watched at most. []: nothing.",
    )
    detectors: tuple[Detector, ...] = Field(
        default=(), max_length=10, description="Detectors of river beside the built-in ones; they reach watch at most."
    )
    rules: tuple[Rule, ...] = Field(default=(), description="Rules that act at the severity they declare.")
    planned_events: tuple[Planned, ...] = Field(default=(), description="Stretches in which attention is expected.")
    learning: Learning = Field(default=Learning(), description="What labels may teach about this brand.")
