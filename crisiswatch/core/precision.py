"""How often each rule was right, as far as people said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from crisiswatch.core.incidents import Incident, Verdict

BY_SCORE = "score"
"""What stands for a rule where no rule of the operator fired."""


@dataclass(frozen=True, slots=True)
class Precision:
    """The verdicts on the incidents of one brand and rule; meaningless without `judged`, so never shown without."""

    brand: str
    rule: str
    real: int
    false: int
    campaign: int
    unsure: int

    @property
    def judged(self) -> int:
        """Return how many were judged to be something."""
        return self.real + self.false + self.campaign

    @property
    def share(self) -> float | None:
        """Return the share of real ones among those judged; None where none was."""
        return self.real / self.judged if self.judged else None


def precision(incidents: Iterable[Incident]) -> tuple[Precision, ...]:
    """Return the verdicts by brand and rule, in their order; incidents without a verdict count nowhere."""
    counts: Counter[tuple[str, str, Verdict]] = Counter()
    for incident in incidents:
        if incident.verdict is not None:
            counts[incident.brand, incident.rule or BY_SCORE, incident.verdict] += 1
    found = sorted({(brand, rule) for brand, rule, _ in counts})
    return tuple(
        Precision(brand, rule, *(counts[brand, rule, verdict] for verdict in Verdict)) for brand, rule in found
    )
