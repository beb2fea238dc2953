"""Everything that one backtest tells an operator: the report, other budgets, another configuration, known crises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from crisiswatch.core.comparing import Comparison, Pair, alerts, compare, first_known
from crisiswatch.core.incidents import Incident
from crisiswatch.core.reporting import Report, Summary, summarise
from crisiswatch.core.sweeping import Trial
from crisiswatch.core.verdicts import Grades, Verdict, Window, grade, verdict_on


@dataclass(frozen=True, slots=True)
class Budgeted:
    """What one budget would have led to. `comparison` is of alerts alone, against the configuration as it is.

    `warning` and `critical` are false alarms per week; None where every brand keeps its own. `grades` is None without
    verdicts.
    """

    warning: float | None
    critical: float | None
    is_current: bool
    incidents: tuple[Incident, ...]
    summary: Summary
    comparison: Comparison
    grades: Grades | None

    @property
    def alerts(self) -> tuple[Incident, ...]:
        """Return the incidents that people would have been told of at once."""
        return alerts(self.incidents)


@dataclass(frozen=True, slots=True)
class Against:
    """What another configuration makes of the same mentions."""

    report: Report
    comparison: Comparison
    grades: Grades | None


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a backtest tells about `brands`.

    `messages` counts what would have been sent, by kind; `reasons` say why lines were skipped;
    `unused_verdicts` are those on other brands or other times.
    """

    report: Report
    incidents: tuple[Incident, ...]
    reasons: tuple[str, ...] = ()
    messages: Mapping[str, int] = field(default_factory=dict)
    brands: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    unused_verdicts: int = 0
    sweep: tuple[Budgeted, ...] = ()
    against: Against | None = None

    @property
    def grades(self) -> Grades | None:
        """Return how the alerts stand against the verdicts; None without verdicts."""
        return grades_of(self.incidents, self.windows)

    def verdict(self, number: int) -> Verdict | None:
        """Return a person's verdict on the incident at that place."""
        return verdict_on(self.incidents[number], self.windows)


def grades_of(incidents: Sequence[Incident], windows: Sequence[Window]) -> Grades | None:
    """Return the grades of a run; None without verdicts."""
    return grade(incidents, windows) if windows else None


def budgeted(
    trials: Sequence[Trial], current: Trial, windows: Sequence[Window], report: Report
) -> tuple[Budgeted, ...]:
    """Return the trials by budget, strictest first; `current` has the thresholds of the configuration."""
    start, end = report.coverage.start, report.coverage.end
    told = alerts(current.incidents)
    rows = [
        Budgeted(
            warning=trial.warning,
            critical=trial.critical,
            is_current=trial.thresholds == current.thresholds,
            incidents=trial.incidents,
            summary=summarise(trial.incidents, end - start),
            comparison=compare(told, alerts(trial.incidents), end),
            grades=grades_of(trial.incidents, windows),
        )
        for trial in trials
    ]
    return tuple(sorted(rows, key=lambda row: (row.warning is None, row.warning or 0.0)))


def to_object(tuning: Tuning) -> dict[str, object]:
    """Return what `--format json` prints: the report, and a key for each thing that was asked for beside it."""
    found: dict[str, object] = msgspec.to_builtins(tuning.report)
    if tuning.grades is not None:
        found["verdicts"] = _grades(tuning.grades)
    if tuning.sweep:
        found["sweep"] = [_budgeted(row) for row in tuning.sweep]
    if tuning.against is not None:
        found["against"] = _against(tuning.against)
    return found


def _grades(grades: Grades) -> dict[str, object]:
    return {
        "crises": grades.crises,
        "caught": grades.caught,
        "median_delay_seconds": None if grades.delay is None else grades.delay.total_seconds(),
        "alerts": {verdict.value: getattr(grades, verdict.value) for verdict in Verdict},
        "unjudged": grades.unjudged,
        "judged": grades.judged,
        "precision": None if grades.precision is None else round(grades.precision, 4),
    }


def _budgeted(row: Budgeted) -> dict[str, object]:
    found: dict[str, object] = {
        "false_alarms_per_week": None if row.warning is None else {"warning": row.warning, "critical": row.critical},
        "is_current": row.is_current,
        "summary": msgspec.to_builtins(row.summary),
        "first_detected_at": _time(min((first_known(alert) for alert in row.alerts), default=None)),
        "alerts": [_alert(alert) for alert in row.alerts],
        "gained": [_alert(alert) for alert in row.comparison.appeared],
        "lost": [_alert(alert) for alert in row.comparison.vanished],
        "changed": [_pair(pair) for pair in row.comparison.changed],
    }
    return found if row.grades is None else {**found, "verdicts": _grades(row.grades)}


def _against(against: Against) -> dict[str, object]:
    comparison = against.comparison
    found: dict[str, object] = {
        "config_hash": against.report.config_hash,
        "summary": msgspec.to_builtins(against.report.summary),
        "appeared": [_alert(incident) for incident in comparison.appeared],
        "vanished": [_alert(incident) for incident in comparison.vanished],
        "changed": [_pair(pair) for pair in comparison.changed],
        "unchanged": len(comparison.pairs) - len(comparison.changed),
    }
    return found if against.grades is None else {**found, "verdicts": _grades(against.grades)}


def _alert(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.name,
        "brand": incident.brand,
        "family": incident.family,
        "severity": incident.peak_severity.name.lower(),
        "opened_at": _time(incident.opened_at),
        "detected_at": _time(incident.detected_at),
        "closed_at": _time(incident.closed_at),
        "score": round(incident.peak_score, 4),
        "rule": incident.rule,
    }


def _pair(pair: Pair) -> dict[str, object]:
    return {
        "before": _alert(pair.before),
        "after": _alert(pair.after),
        "later_by_seconds": pair.delay.total_seconds(),
    }


def _time(moment: datetime | None) -> object:
    return msgspec.to_builtins(moment)
