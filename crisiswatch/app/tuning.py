"""A backtest with everything beside it: other budgets, another configuration, known crises, pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crisiswatch.app.data import calibration
from crisiswatch.app.replaying import Beside, Played, backtest
from crisiswatch.core.comparing import compare
from crisiswatch.core.judging import Thresholds
from crisiswatch.core.series import Series
from crisiswatch.core.sweeping import Trial
from crisiswatch.core.tuning import Against, Tuning, budgeted, grades_of
from crisiswatch.core.verdicts import Window
from crisiswatch.engine.chronicling import Chronicle
from crisiswatch.engine.sweeping import Sweep
from crisiswatch.rendering.backtest.page import Pictures, backtest_page
from crisiswatch.settings import Settings

POINTS_DRAWN = 1000
"""Points of the picture of a whole stretch, at most."""

CRITICAL_PART = 5
"""A single budget b means {warning: b, critical: b/5}, as in the configuration."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for beside the report; `budgets` are false alarms per week at warning."""

    budgets: tuple[float, ...] = ()
    against: Settings | None = None
    windows: tuple[Window, ...] = ()
    has_pictures: bool = False


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a backtest told, and what its page draws."""

    tuning: Tuning
    pictures: Pictures

    def page(self) -> str:
        """Return the report as one HTML file that needs nothing else."""
        return backtest_page(self.tuning, self.pictures)


async def tune(settings: Settings, path: Path, wishes: Wishes, progress: Callable[[float], None]) -> Tuned:
    """Return what a recording tells. Raises BadInput if no line is readable, Interrupted if cancelled.

    Mentions are read and judged once for all budgets, and once more for another configuration.
    """
    runs = 1 if wishes.against is None else 2
    trials, current = _trials(settings, wishes.budgets)
    sweep = Sweep([*trials, current]) if trials else None
    chronicle = Chronicle() if wishes.has_pictures else None
    played = await backtest(settings, path, lambda part: progress(part / runs), Beside(sweep, chronicle))
    windows = _within(wishes.windows, settings, played)
    against = None
    if wishes.against is not None:
        other = await backtest(wishes.against, path, lambda part: progress((1 + part) / runs))
        against = _against(played, other, windows)
    tuning = Tuning(
        report=played.report,
        incidents=played.incidents,
        reasons=played.reasons,
        messages=_messages(played),
        brands=frozenset(brand.name for brand in settings.brands),
        windows=windows,
        unused_verdicts=len(wishes.windows) - len(windows),
        sweep=budgeted(_shown(trials, current), current, windows, played.report) if trials else (),
        against=against,
    )
    return Tuned(tuning, _pictures(settings, chronicle, played))


def plainly(played: Played) -> Tuning:
    """Return a run without anything beside it."""
    return Tuning(played.report, played.incidents, played.reasons, _messages(played))


def _within(windows: Sequence[Window], settings: Settings, played: Played) -> tuple[Window, ...]:
    """Return the verdicts on watched brands within the recording: what lies outside could not be caught."""
    names, seen = {brand.name for brand in settings.brands}, played.report.coverage
    return tuple(w for w in windows if w.brand in names and w.end >= seen.start and w.start <= seen.end)


def _messages(played: Played) -> Counter[str]:
    return Counter(row.notification.kind.value for row in played.owed)


def _trials(settings: Settings, budgets: Sequence[float]) -> tuple[list[Trial], Trial]:
    """Return a trial for each budget, and one with the budgets that the configuration gives."""
    configured = {
        brand.name: Thresholds.for_budget(
            calibration().bars, brand.false_alarms_per_week.warning, brand.false_alarms_per_week.critical
        )
        for brand in settings.brands
    }
    return [_trial(settings, budget) for budget in dict.fromkeys(budgets)], Trial(configured)


def _trial(settings: Settings, budget: float) -> Trial:
    critical = budget / CRITICAL_PART
    thresholds = Thresholds.for_budget(calibration().bars, budget, critical)
    return Trial({brand.name: thresholds for brand in settings.brands}, budget, critical)


def _shown(trials: Sequence[Trial], current: Trial) -> Sequence[Trial]:
    """Return the rows of the sweep: the configuration as it is is one of them, unless a budget says the same."""
    is_listed = any(trial.thresholds == current.thresholds for trial in trials)
    return trials if is_listed else [*trials, current]


def _against(played: Played, other: Played, windows: tuple[Window, ...]) -> Against:
    comparison = compare(played.incidents, other.incidents, played.report.coverage.end)
    return Against(other.report, comparison, grades_of(other.incidents, windows))


def _pictures(settings: Settings, chronicle: Chronicle | None, played: Played) -> Pictures:
    budgets = {brand.name: brand.false_alarms_per_week for brand in settings.brands}
    told_budgets = {name: (budget.warning, budget.critical) for name, budget in budgets.items()}
    if chronicle is None:
        return Pictures(budgets=told_budgets)
    found = ((name, chronicle.stretch(name, POINTS_DRAWN)) for name in budgets)
    stretches: dict[str, Series] = {name: series for name, series in found if series is not None}
    return Pictures(stretches, chronicle.close_ups, played.posts, told_budgets)
