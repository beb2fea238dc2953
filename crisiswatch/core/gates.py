"""Every gate between what was said and an alert, with value, limit and whether it was passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from crisiswatch.core.assessing import WATCH_AT
from crisiswatch.core.growing import time_until
from crisiswatch.core.judging import BLIND_BELOW, WARM_AFTER, Rule
from crisiswatch.core.models import Judgement, Notice, PlannedEvent, Severity
from crisiswatch.core.noticing import WORTH


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition. `is_open`: it lets an alert through."""

    name: str
    value: str
    limit: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known of a brand at one tick; `doubling` is the doubling time of its stories while they grow.

    `judgement` is the loudest of `series`: the pool of all sources, then each by itself.
    """

    judgement: Judgement
    covered: float
    rules: tuple[Rule, ...]
    held: tuple[Rule, ...]
    event: PlannedEvent | None
    most: Severity
    notices: tuple[Notice, ...] = ()
    doubling: timedelta | None = None
    series: tuple[Judgement, ...] = ()


def gates(moment: Moment) -> tuple[Gate, ...]:
    """Return the gates in the order in which an alert must pass them."""
    score, reading = moment.judgement.score, moment.judgement.reading
    found = [
        Gate(
            "seen", f"{moment.covered:.0%} of the usual volume", f"≥ {BLIND_BELOW:.0%}", moment.covered >= BLIND_BELOW
        ),
        Gate("baseline", f"{_days(reading.learnt)} days learnt", f"{_days(WARM_AFTER)} for a whole one", True),
        Gate("kind", f"at most {moment.most.name.lower()}", "critical", moment.most >= Severity.WARNING),
    ]
    if moment.event is not None:
        found.append(Gate("planned event", moment.event.name, "raises the bar by half", True))
    found += [
        Gate("score for watch", f"{score:.2f}", f"≥ {WATCH_AT:.2f}", score >= WATCH_AT),
        Gate("score for warning", f"{score:.2f}", "≥ 1.00, on two ticks", score >= 1),
        Gate(
            "score for critical",
            f"{score:.2f}",
            f"≥ {moment.judgement.critical_at:.2f}, on two ticks",
            score >= moment.judgement.critical_at,
        ),
    ]
    if len(moment.series) > 1:
        found += [
            Gate(f"score of {each.series}", f"{each.score:.2f}", "≥ 1.00", each.score >= 1) for each in moment.series
        ]
    found += [_noticed(notice) for notice in moment.notices]
    found += _growth(moment)
    held = {rule.name for rule in moment.held}
    found += [
        Gate(
            f"rule {rule.name}",
            "met" if rule.name in held else "not met",
            rule.severity.name.lower(),
            rule.name in held,
        )
        for rule in moment.rules
    ]
    return tuple(found)


def _noticed(notice: Notice) -> Gate:
    """Return what an uncalibrated detector says: it can make a brand watched, and never alerts by itself."""
    told = f" “{', '.join(notice.terms)}”" if notice.terms else ""
    value = f"{notice.score:.2f}: {notice.value:g}, usual {notice.usual:g}{told}"
    name = f"notice {notice.detector} of {notice.series.replace('_', ' ')}"
    return Gate(name, value, f"≥ {WORTH:.2f} for watch", notice.score >= WORTH)


def would_alert(found: Sequence[Gate]) -> bool:
    """Tell whether somebody would have been told: seen, and the score or a rule high enough."""
    by_name = {gate.name: gate for gate in found}
    if not by_name["seen"].is_open:
        return False
    scored = by_name["score for warning"].is_open and by_name["kind"].is_open
    return scored or any(gate.is_open and gate.limit != "watch" for gate in found if gate.name.startswith("rule "))


def _growth(moment: Moment) -> list[Gate]:
    """Return how fast it grows and when that would be critical; it keeps nothing back, so it is no gate of its own."""
    if moment.doubling is None:
        return []
    told = f"doubles every {_minutes(moment.doubling)}"
    wait = time_until(moment.judgement.score, moment.judgement.critical_at, moment.doubling)
    if wait is not None:
        told += f"; critical in about {_minutes(wait)} if it goes on"
    return [Gate("growth", told, "for information", True)]


def _minutes(length: timedelta) -> str:
    return f"{max(1, round(length / timedelta(minutes=1)))} min"


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):.0f}"
