"""What can be asked of a store, and what it answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crisiswatch.core.models import Mention


@dataclass(frozen=True, slots=True)
class StoredMention:
    """A mention as the store has it, with what was said of it for one brand, by all and by the brand's own models."""

    mention: Mention
    brand: str
    event_time: datetime
    negativity: float | None
    sketch: tuple[int, ...] = ()
    adapted: float | None = None
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class MentionQuery:
    """Which mentions to list, newest first unless `oldest_first`; `text` is matched as plain words."""

    brand: str | None = None
    source: str | None = None
    language: str | None = None
    text: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    observed_before: datetime | None = None
    oldest_first: bool = False
    limit: int = 100


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which incidents to list, newest first; `ids` are ULIDs."""

    brand: str | None = None
    is_open: bool | None = None
    since: datetime | None = None
    ids: frozenset[str] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept; None: for ever."""

    mention_text: timedelta = timedelta(days=30)
    author_name: timedelta = timedelta(days=7)
    incidents: timedelta | None = timedelta(days=400)
    delivered: timedelta = timedelta(days=30)
    observations: timedelta = timedelta(days=400)

    @property
    def cards(self) -> timedelta:
        """Return how long it is known where messages stand: beyond the texts, so that no card keeps quoting them."""
        return max(self.delivered, self.mention_text + timedelta(days=7))
