"""Two runs over the same stretch: which incidents appear, vanish, come sooner or later, or change severity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Severity


@dataclass(frozen=True, slots=True)
class Pair:
    """The same trouble in both runs."""

    before: Incident
    after: Incident

    @property
    def delay(self) -> timedelta:
        """Return how much later people hear of it now; negative: sooner; 0 where one of them is a mere watch."""
        if (self.before.detected_at is None) is not (self.after.detected_at is None):
            return timedelta(0)
        return first_known(self.after) - first_known(self.before)

    @property
    def is_changed(self) -> bool:
        """Tell whether time or severity differ."""
        return bool(self.delay) or self.before.peak_severity is not self.after.peak_severity


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a change does: `appeared` overlap nothing from before, `vanished` nothing from after; the rest are pairs."""

    appeared: tuple[Incident, ...]
    vanished: tuple[Incident, ...]
    pairs: tuple[Pair, ...]

    @property
    def changed(self) -> tuple[Pair, ...]:
        """Return the pairs that differ in time or severity."""
        return tuple(pair for pair in self.pairs if pair.is_changed)


def compare(before: Sequence[Incident], after: Sequence[Incident], end: datetime) -> Comparison:
    """Return what differs between two runs that ended at `end`.

    Incidents are the same trouble if they are of the same brand and family and overlap in time. One incident before may
    stand against several after, and the other way round: then the first is its counterpart, and neither side is new.
    """
    pairs = [Pair(old, found[0]) for old in before if (found := _overlapping(old, after, end))]
    return Comparison(
        appeared=tuple(new for new in after if not _overlapping(new, before, end)),
        vanished=tuple(old for old in before if not _overlapping(old, after, end)),
        pairs=tuple(pairs),
    )


def alerts(incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """Return those that reached `warning`: what people are told of at once."""
    return tuple(incident for incident in incidents if incident.detected_at is not None)


def middle(lengths: Sequence[timedelta]) -> timedelta:
    """Return the median of lengths of time, of which there is at least one."""
    return timedelta(seconds=median(length.total_seconds() for length in lengths))


def first_known(incident: Incident) -> datetime:
    """Return when people first heard of it: at `warning`, or for a mere watch when it opened."""
    return incident.detected_at or incident.opened_at


def reached(incidents: Sequence[Incident]) -> dict[Severity, int]:
    """Return how many incidents reached each severity above calm as their highest."""
    severities = [severity for severity in Severity if severity > Severity.CALM]
    return {severity: sum(i.peak_severity is severity for i in incidents) for severity in severities}


def _overlapping(incident: Incident, others: Sequence[Incident], end: datetime) -> list[Incident]:
    same = (other for other in others if other.fingerprint == incident.fingerprint)
    return [
        other
        for other in same
        if other.opened_at <= (incident.closed_at or end) and incident.opened_at <= (other.closed_at or end)
    ]
