"""What is written in one transaction: the two writes of the walk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crisiswatch.core.incidents import Event, Incident
from crisiswatch.core.models import Batch, Mention, Observation
from crisiswatch.core.outbox import Notification


@dataclass(frozen=True, slots=True)
class Enriched:
    """A frame after stage 1: the mentions as they are to be stored, and what stage 2 will see of them."""

    source: str
    observed_at: datetime
    mentions: tuple[Mention, ...]
    observations: tuple[Observation, ...]
    batch: Batch

    @property
    def cursor_name(self) -> str:
        """Return the name under which the batch's cursor is kept."""
        return cursor_name(self.source, self.batch.lane)


def cursor_name(source: str, lane: str = "") -> str:
    """Return the name of a source's cursor in that lane; no source can be called so, for names have no colon."""
    return f"{source}:{lane}" if lane else source


@dataclass(frozen=True, slots=True)
class Decision:
    """What one tick decided about one incident: written in one transaction, only where something changed."""

    incident: Incident
    expected_version: int
    events: tuple[Event, ...]
    notifications: tuple[Notification, ...]
    cancel_pending: bool = False


Amendment = Callable[[Incident, frozenset[str]], Decision | None]
"""What becomes of an incident beside its ticks, given the receivers whose message can be edited; None: nothing."""
