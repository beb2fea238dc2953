"""The onlooker of a sweep: gives what the watcher reads to every trial."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crisiswatch.core.judging import holding_rules, planned_event
from crisiswatch.core.models import Reading
from crisiswatch.core.sweeping import Look, Trial, consider
from crisiswatch.engine.watched import IDLE_BELOW, Watched, blindness


class Sweep:
    """Several trials beside one watcher: the mentions are read, counted and judged once."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.trials = tuple(trials)

    def is_busy(self, watched: Watched) -> bool:
        """Tell whether a tick without news matters to one of the trials."""
        brand, judging = watched.brand, watched.judging
        if judging.blind_since is not None or judging.hits:
            return True
        return any(
            trial.scores.get(brand, 1.0) >= IDLE_BELOW or (brand, "crisis") in trial.running for trial in self.trials
        )

    def judged(self, watched: Watched, reading: Reading, now: datetime) -> None:
        """Let every trial decide."""
        plan, judging = watched.plan, watched.judging
        look = Look(
            brand=watched.brand,
            reading=reading,
            held=holding_rules(watched.judging, plan.rules, now),
            event=planned_event(plan.events, now),
            most=plan.policy.most,
            is_blind=watched.judging.blind_since is not None,
            blindness=blindness(watched, now),
            timers=plan.policy.timers,
            alone=dict(judging.apart.readings) if judging.apart is not None else {},
            sources=len(watched.counting.sources),
        )
        for trial in self.trials:
            consider(trial, look, now)
