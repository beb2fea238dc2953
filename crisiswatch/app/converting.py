"""From settings to the values of the core: watchlist, plans, routes, mutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import re2

from crisiswatch.app.data import calibration
from crisiswatch.app.noticers import noticers, series_detector, word_memory
from crisiswatch.core.deciding import Policy
from crisiswatch.core.enriching import AuthorRule, Watchlist, brand_key, ignore_key, rule_key
from crisiswatch.core.escalation import Escalation, Step
from crisiswatch.core.inhibiting import Inhibition
from crisiswatch.core.judging import Limit, Measure, Rule, Thresholds
from crisiswatch.core.models import HISTOGRAM_BINS, PlannedEvent, Severity
from crisiswatch.core.muting import Mute
from crisiswatch.core.oncall import Override, Schedule
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.routing import Matcher, Route
from crisiswatch.core.steps import TextTools
from crisiswatch.engine.watched import OWN, Learns, Plan
from crisiswatch.errors import BadInput
from crisiswatch.settings import Brand, Matchers, Settings, parse_matchers
from crisiswatch.settings import Escalation as EscalationSetting
from crisiswatch.settings import Matcher as MatcherSetting
from crisiswatch.settings import Route as RouteSetting
from crisiswatch.settings import Rule as RuleSetting

NEGATIVE_WEIGHTS = {"linear-3": tuple(float(i >= HISTOGRAM_BINS // 2) for i in range(HISTOGRAM_BINS))}
"""By model, what a story of each negativity bin counts as negative. For linear-3 a hard cut at 0.5: of all cuts the
one that keeps most of what the probabilities say about a risen share (docs/explanation/negativity.md)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How texts are read: what a story of each negativity bin weighs, and what explains a brand's incidents."""

    weights: tuple[float, ...]
    tools: Callable[[Brand], TextTools]


QUIET_KINDS = frozenset({"competitor", "industry"})
"""Kinds of brands that are watched to compare with: their trouble is a watch, it wakes nobody."""

NEVER = timedelta(days=3650)

POLL_MARGIN = 1.5
"""A bucket must stay open for longer than a source is between polls."""


def bin_weights(model: str) -> tuple[float, ...]:
    """Return what a story of each bin of that model's negativity counts as. Raises BadInput for an unknown model."""
    if model not in NEGATIVE_WEIGHTS:
        raise BadInput(
            f"negativity model {model!r}: no bin weights are known for it; known: {', '.join(NEGATIVE_WEIGHTS)}"
        )
    return NEGATIVE_WEIGHTS[model]


def queries(settings: Settings) -> dict[str, Sequence[str]]:
    """Return every query by its key: brands, what they ignore, and rules on texts."""
    found: dict[str, Sequence[str]] = {}
    for brand in settings.brands:
        found[brand_key(brand.name)] = brand.match
        if brand.ignore:
            found[ignore_key(brand.name)] = brand.ignore
        for rule in brand.rules:
            if rule.match is not None:
                found[rule_key(brand.name, rule.name)] = (rule.match,)
    return found


def watchlist(settings: Settings, author_key: bytes, recording: tuple[str, ...] | None = None) -> Watchlist:
    """Return what stage 1 looks for; a recording's sources are all looked at by every brand."""
    brands = settings.brands
    return Watchlist(
        brands=frozenset(brand.name for brand in brands),
        languages={brand.name: frozenset(brand.languages) for brand in brands if brand.languages},
        sources={brand.name: frozenset(brand.sources) for brand in brands if brand.sources and recording is None},
        rules={brand.name: tuple(rule.name for rule in brand.rules if rule.match is not None) for brand in brands},
        author_rules=tuple(
            AuthorRule(brand.name, rule.name, tuple(rule.authors))
            for brand in brands
            for rule in brand.rules
            if rule.authors
        ),
        lateness=latenesses(settings),
        author_key=author_key,
    )


def latenesses(settings: Settings) -> dict[str, timedelta]:
    """Return how long each source's items may take; never shorter than its polls are apart."""
    return {entry.name: max(entry.lateness, entry.slowest * POLL_MARGIN) for entry in settings.sources}


def plans(
    settings: Settings,
    sources: Sequence[str] | None,
    playbooks: tuple[Playbook, ...],
    edits: frozenset[str],
    reading: Reading,
) -> list[Plan]:
    """Return how every brand is watched; `sources` replaces the configured ones (a recording has its own)."""
    known = latenesses(settings)
    routes = route(settings.routes)
    escalations = {e.name: _escalation(e) for e in settings.escalations}
    people = schedules(settings)
    found = []
    for brand in settings.brands:
        own = tuple(sources) if sources is not None else brand.sources
        policy = Policy(
            brand=brand.name,
            kind=brand.kind,
            routes=routes,
            playbooks=playbooks,
            escalations=escalations,
            edits=edits,
            most=Severity.WATCH if brand.kind in QUIET_KINDS else Severity.CRITICAL,
            schedules=people,
        )
        found.append(_plan(brand, policy, settings, own, known, reading))
    return found


def route(setting: RouteSetting) -> Route:
    """Return a route with everything below it."""
    return Route(
        receivers=tuple(setting.told),
        matchers=tuple(_matcher(matcher) for matcher in setting.match.all),
        routes=tuple(route(child) for child in setting.routes),
        escalation=setting.escalation,
        continues=setting.is_continued,
    )


def mutes(settings: Settings) -> tuple[Mute, ...]:
    """Return the mutes, one for each range of times."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return tuple(
        Mute(
            name=mute.name,
            start=times.start,
            end=times.end,
            time_zone=ZoneInfo(mute.time_zone),
            weekdays=frozenset(days.index(day[:3]) for day in mute.weekdays) or frozenset(range(7)),
            severities=frozenset(Severity[name.upper()] for name in mute.severities),
            receivers=frozenset(mute.receivers),
        )
        for mute in settings.mutes
        for times in mute.times
    )


def schedules(settings: Settings) -> dict[str, Schedule]:
    """Return who is on call, by the name of the schedule."""
    return {
        schedule.name: Schedule(
            name=schedule.name,
            rotation=tuple(schedule.rotation),
            first_day=schedule.first_day,
            handover=time.fromisoformat(schedule.handover),
            days=schedule.days,
            time_zone=ZoneInfo(schedule.time_zone),
            overrides=tuple(Override(o.start, o.end, o.receiver) for o in schedule.overrides),
        )
        for schedule in settings.schedules
    }


def inhibitions(settings: Settings) -> tuple[Inhibition, ...]:
    """Return which incidents hold back which others."""
    return tuple(
        Inhibition(rule.name, _all_of(rule.source), _all_of(rule.target), rule.equal) for rule in settings.inhibitions
    )


def matchers(text: str) -> tuple[Matcher, ...]:
    """Return the conditions that a person wrote. Raises BadInput for what is none."""
    try:
        return _all_of(parse_matchers(text))
    except ValueError as error:
        raise BadInput(str(error).replace("{}", repr(text))) from error


def own_policy(settings: Settings, edits: frozenset[str]) -> Policy:
    """Return who is told of the daemon's own troubles: the same routes, with an empty brand."""
    return Policy(
        brand=OWN,
        kind="self",
        routes=route(settings.routes),
        escalations={e.name: _escalation(e) for e in settings.escalations},
        edits=edits,
        most=Severity.WARNING,
        schedules=schedules(settings),
        everybody=tuple(entry.name for entry in settings.receivers),
    )


def _all_of(found: Matchers) -> tuple[Matcher, ...]:
    return tuple(_matcher(matcher) for matcher in found.all)


def _plan(
    brand: Brand,
    policy: Policy,
    settings: Settings,
    sources: tuple[str, ...],
    latenesses: Mapping[str, timedelta],
    reading: Reading,
) -> Plan:
    budget = brand.false_alarms_per_week
    return Plan(
        policy=policy,
        sources=sources,
        lateness=max((latenesses.get(name, timedelta(minutes=10)) for name in sources), default=timedelta(minutes=10)),
        bucket=settings.defaults.bucket,
        weights=reading.weights,
        thresholds=Thresholds.for_budget(calibration().bars, budget.warning, budget.critical),
        tools=reading.tools(brand),
        rules=tuple(_rule(rule) for rule in brand.rules),
        events=tuple(
            PlannedEvent(brand=brand.name, name=e.name, start=e.start, end=e.end) for e in brand.planned_events
        ),
        competitors=tuple(brand.competitors),
        noticers=noticers(brand, settings.defaults.bucket),
        words=word_memory(brand),
        series=series_detector(brand),
        learns=Learns(brand.learning.sentiment, brand.learning.relevance),
    )


def _rule(setting: RuleSetting) -> Rule:
    severity, above = Severity[setting.severity.upper()], setting.above
    if above is None:
        return Rule(setting.name, severity)
    measure = next(measure for measure in Measure if getattr(above, measure.value) is not None)
    return Rule(setting.name, severity, Limit(measure, getattr(above, measure.value), above.within))


def _matcher(setting: MatcherSetting) -> Matcher:
    value, is_pattern = setting.value, "~" in setting.operator
    pattern = re2.compile(value) if is_pattern else None

    def holds(text: str) -> bool:
        found = pattern.fullmatch(text) is not None if pattern is not None else text == value
        return found is not setting.operator.startswith("!")

    return Matcher(setting.label, holds, str(setting))


def _escalation(setting: EscalationSetting) -> Escalation:
    """Return an escalation; the file gives times since the incident became critical, the core times in between."""
    starts = [timedelta(0), *(step.after for step in setting.steps)]
    steps = [
        Step(step.after - before, tuple(step.receivers)) for step, before in zip(setting.steps, starts, strict=False)
    ]
    return Escalation(setting.name, tuple(steps), setting.repeat or NEVER)
