"""Whether the counts are independent posts: a factor that grows when each one is counted more than once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crisiswatch.detectors.crisis_lr.timing import Timing

PRIOR = 10.0


class Duplication(msgspec.Struct):
    """Squared error of the negative count around the last hour's share ÷ its binomial variance (half-life 1 day)."""

    error: float = PRIOR
    variance: float = PRIOR

    @property
    def factor(self) -> float:
        """Return by how much evidence is to be divided, at least 1."""
        return max(1.0, self.error / self.variance - 0.1)

    def learn(self, stories: float, negative: float, hour: Sequence[float], share: float, grid: Timing) -> None:
        """Learn one bucket; `hour` is stories and negative stories of the hour before it."""
        mass = hour[0] + 20.0
        local = (hour[1] + 20.0 * share) / mass
        expected = stories * local
        variance = expected * (1 - local) * (1 + stories / mass)
        limit = 5 * self.factor * variance + 4
        keep = grid.keep_duplication
        self.error = (self.error - PRIOR) * keep + min((negative - expected) ** 2, limit) + PRIOR
        self.variance = (self.variance - PRIOR) * keep + variance + PRIOR
