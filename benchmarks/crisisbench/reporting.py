"""The numbers of CrisisBench: what was found, how soon, against the limit and the promise."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence

import numpy as np

from benchmarks.crisisbench.background import PER_WEEK, Floats
from benchmarks.crisisbench.incidents import (
    MINUTES,
    Outcome,
    Truth,
    Watched,
    bootstrap,
    cut_for,
    geometric_ratio,
    outcome,
)
from benchmarks.crisisbench.watching import Report, asked_when_young
from crisiswatch.app.data import calibration

BUDGETS = (0.1, 0.02)
"""False alarms per series-week."""

Row = dict[str, object]


def tier_numbers(crises: Sequence[Report], calm: Sequence[Report], seed: int) -> Mapping[str, Row]:
    """Return the numbers of one tier by budget; `calm` are its streams without crises."""
    return {str(budget): _at_budget(crises, calm, budget, seed) for budget in BUDGETS}


def promise(calm: Sequence[Report]) -> Row:
    """Return actual ÷ promised false alarms by every budget that is shipped, and over how many series-weeks."""
    row: Row = {"series_weeks": round(sum(report.test_weeks for report in calm))}
    for budget in sorted(calibration().bars, reverse=True):
        found = outcome([_tested(report, _shipped(report, budget)) for report in calm], 0.0)
        row[str(budget)] = _rounded(found.false_per_week / budget)
    return row


def first_week(reports: Sequence[Report]) -> float:
    """Return false alarms per series in the first week, at the shipped threshold with its cold-start term."""
    first = [Watched(_shipped(report, 0.1)[:PER_WEEK], (), 1.0) for report in reports]
    return round(outcome(first, 0.0).false_per_week, 4)


def cold_start(reports: Sequence[Report]) -> Row:
    """Return false alarms per series in weeks 1 and 2, with the cold-start term of the threshold and without it."""
    row: Row = {}
    for name, asked in (("as_shipped", 1.0), ("without_term", 0.0)):
        for week in (1, 2):
            part = slice((week - 1) * PER_WEEK, week * PER_WEEK)
            scores = [
                (report.evidence - asked * asked_when_young(len(report.evidence)) - calibration().bars[0.1])[part]
                for report in reports
            ]
            found = outcome([Watched(each, (), 1.0) for each in scores], 0.0)
            row[f"{name}_week_{week}"] = round(found.false_per_week, 4)
    return row


def baseline_numbers(reports: Sequence[Report], chosen: Container[str] | None = None) -> Mapping[str, object]:
    """Return what the baselines find: those with a threshold at the budgets, the others at their own rate.

    `chosen` names those that are wanted; None: all.
    """
    limits = {budget: _limit_delays(reports, budget) for budget in BUDGETS}
    found: dict[str, object] = {}
    for name in [name for name in reports[0].baselines if chosen is None or name in chosen]:
        watched = [_tested(report, report.baselines[name]) for report in reports]
        found[name] = {
            str(budget): _row(outcome(watched, cut_for(watched, budget)), limits[budget]) for budget in BUDGETS
        }
    for name in [name for name in reports[0].natives if chosen is None or name in chosen]:
        result = outcome([_tested(report, report.natives[name]) for report in reports], 0.5)
        found[name] = _row(result, limits[0.1]) | {"false_alarms_per_week": round(result.false_per_week, 4)}
    return found


def delays_of(reports: Sequence[Report], budget: float) -> dict[str, Sequence[float]]:
    """Return the minutes to every crisis by the limit, the shipped detector and the baselines, at one budget."""
    young = [report.evidence - asked_when_young(len(report.evidence)) for report in reports]
    scores = {"crisis_lr": young} | {name: [each.baselines[name] for each in reports] for name in reports[0].baselines}
    found: dict[str, Sequence[float]] = {"limit": _limit_delays(reports, budget)}
    for name, series in scores.items():
        watched = [_tested(report, each) for report, each in zip(reports, series, strict=True)]
        found[name] = outcome(watched, cut_for(watched, budget)).delays
    return found


def _at_budget(crises: Sequence[Report], calm: Sequence[Report], budget: float, seed: int) -> Row:
    watched = [_tested(report, report.evidence - asked_when_young(len(report.evidence))) for report in crises]
    ours = outcome(watched, cut_for(watched, budget))
    limit = _limit_delays(crises, budget)
    best = Outcome(tuple(limit), 0, 0, 1.0)
    per_stream = _by_stream(crises, limit), _by_stream(crises, ours.delays)
    shipped = outcome([_tested(report, _shipped(report, budget)) for report in calm], 0.0)
    return _row(ours, limit) | {
        "limit": {"detection_rate": _rounded(best.detection_rate), "minutes": _rounded(best.minutes, 1)},
        "speed_ratio": _rounded(best.minutes / ours.minutes),
        "actual_over_promised": _rounded(shipped.false_per_week / budget),
        "interval": [_rounded(bound) for bound in bootstrap(*per_stream, seed)],
    }


def _row(found: Outcome, limit: Sequence[float]) -> Row:
    return {
        "detection_rate": _rounded(found.detection_rate),
        "minutes": _rounded(found.minutes, 1),
        "precision": _rounded(found.precision),
        "geometric_ratio": _rounded(geometric_ratio(limit, found.delays)),
    }


def _shipped(report: Report, budget: float) -> Floats:
    """Return evidence less the shipped threshold: an alarm where it is not negative."""
    return report.evidence - asked_when_young(len(report.evidence)) - calibration().bars[budget]


def _tested(report: Report, scores: Floats) -> Watched:
    """Return the weeks that can have events."""
    truths = tuple(Truth(truth.kind, truth.onset - report.warm, truth.end - report.warm) for truth in report.truths)
    return Watched(scores[report.warm :], truths, report.test_weeks)


def _limit_delays(reports: Sequence[Report], budget: float) -> list[float]:
    """Return the clairvoyant test's minutes per crisis, its bar set on the weeks without events."""
    watched = [Watched(scan, (), report.warm / PER_WEEK) for report in reports for scan in report.calm]
    bar = cut_for(watched, budget)
    delays = []
    for report in reports:
        for evidence in report.limit:
            above = np.flatnonzero(evidence >= bar)
            delays.append((float(above[0]) + 1) * MINUTES if above.size else math.inf)
    return delays


def _by_stream(reports: Sequence[Report], delays: Sequence[float]) -> list[Sequence[float]]:
    ends = np.cumsum([len(report.truths) for report in reports])
    return [delays[end - len(report.truths) : end] for end, report in zip(ends, reports, strict=True)]


def _rounded(value: float, digits: int = 3) -> float | None:
    """Return a number that JSON can hold: None for infinite or unknown."""
    return round(value, digits) if math.isfinite(value) else None
