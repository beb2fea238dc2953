"""Sector events while brands are watched: who joins one as it opens, and what the others say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from crisiswatch.core.incidents import Incident
from crisiswatch.core.sector import STRANGERS, caught_up, joined
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.watched import Watched


class Sectors:
    """Looks for sector events among the live incidents; `are_told` is the operator's switch."""

    def __init__(
        self, incidents: Callable[[], Iterable[Incident]], brands: Callable[[], Mapping[str, Watched]]
    ) -> None:
        self._incidents = incidents
        self._brands = brands
        self.are_told = True

    def joined(self, decision: Decision, now: datetime) -> Decision:
        """Return a decision of this tick, in the sector event that it joins."""
        if not self.are_told or not self._is_own(decision.incident):
            return decision
        return joined(decision, self._own(), now)

    def due(self, now: datetime) -> list[Decision]:
        """Return what is to be written about incidents whose event became known, or grew, in this tick."""
        return list(caught_up(self._own(), self._edits, now)) if self.are_told else []

    def _own(self) -> Iterable[Incident]:
        return (one for one in self._incidents() if self._is_own(one))

    def _is_own(self, incident: Incident) -> bool:
        watched = self._brands().get(incident.brand)
        return watched is not None and watched.plan.policy.kind not in STRANGERS

    def _edits(self, brand: str) -> frozenset[str]:
        return self._brands()[brand].plan.policy.edits
