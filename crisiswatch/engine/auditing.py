"""The auditor: once a minute it looks for escalations that stand still, mends them and counts them."""

from __future__ import annotations

from crisiswatch.engine.watching import Watcher
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Clock


class Audit:
    """Looks at the escalations; `found` is how many stood still the last time."""

    def __init__(self, watcher: Watcher, metrics: Metrics, clock: Clock) -> None:
        self._watcher = watcher
        self._metrics = metrics
        self._clock = clock
        self.found = 0

    async def __call__(self) -> None:
        """Look once."""
        self.found = await self._watcher.repair(self._clock.now())
        self._metrics.escalation_auditor_violations.inc(self.found)
