"""Which stretch of time a fetch has seen, and which of its items are news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from crisiswatch.core.models import Coverage, Quality, Via

CATCHING_UP = timedelta(hours=1)
"""After a longer absence, what is older than this is history: it must not look like a sudden burst."""

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def via(published_at: datetime | None, until: datetime | None, now: datetime) -> Via:
    """Return how an item counts that was published then, when the source was last seen `until`.

    What stood there before we first looked, and what we missed during a long absence, is backfill.
    """
    if until is None:
        return Via.BACKFILL
    was_away = now - until > CATCHING_UP
    is_old = published_at is not None and published_at < now - CATCHING_UP
    return Via.BACKFILL if was_away and is_old else Via.POLL


def coverage(source: str, until: datetime | None, now: datetime, quality: Quality) -> tuple[Coverage, ...]:
    """Return the stretch since the last successful fetch; before the first one nothing was seen."""
    return (Coverage(source, until, now, quality),) if until is not None and until < now else ()


def plausible(moment: datetime | None) -> datetime | None:
    """Return the time in UTC, or None if it has no offset or nobody can have meant it."""
    if moment is None or moment.tzinfo is None or not 1979 < moment.year < 2101:
        return None
    return moment.astimezone(UTC) if EARLIEST <= moment < LATEST else None


def mark(external_id: str) -> str:
    """Return a short stand-in for an id, for the cursor's set of seen ones."""
    return blake2b(external_id.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
