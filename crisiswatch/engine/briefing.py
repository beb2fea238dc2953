"""The digest of a day or a week, sent by the daemon: owed at its time, once, and made when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisiswatch.core.digesting import Digest, Planned, Tally, digest, last_due, with_voices
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.engine.hearing import Hearing, heard_between
from crisiswatch.engine.label_learning import saved_correction
from crisiswatch.engine.watched import Learns
from crisiswatch.ports import Clock, Store

LATE_AT_MOST = timedelta(hours=6)
"""A digest that could not be owed at its time (the daemon was down) is still of use for so long."""

WORTH = timedelta(hours=12)
LOOKED_THROUGH = 10_000
BRIEF = timedelta(days=2)
"""What tells of a longer stretch says how it stands, and leaves out what was said each day."""


@dataclass(frozen=True, slots=True)
class BriefOptions:
    """Which digests are sent, of which brands and sources, in which words; a reload exchanges it whole."""

    planned: tuple[Planned, ...]
    brands: Mapping[str, Learns]
    sources: tuple[str, ...]
    render: Callable[[Notification, Digest, datetime], Message]
    hearing: Hearing = field(default_factory=Hearing)


class Briefing:
    """Owes a digest to each of its receivers, once: the key is that of the digest and the moment."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.options: BriefOptions | None = None

    async def look(self) -> int:
        """Owe the digests whose time just was; return to how many receivers."""
        now, owed = self._clock.now(), 0
        for planned in self.options.planned if self.options else ():
            moment = last_due(planned, now)
            if now - moment > LATE_AT_MOST:
                continue
            for receiver in planned.receivers:
                name = _name(planned, moment)
                promise = Notification(
                    name, receiver, NotificationKind.BRIEF, 1, Severity.WATCH, moment, moment + WORTH
                )
                await self._store.enqueue(promise, now)
                owed += 1
        return owed

    async def compose(self, notification: Notification) -> Message | None:
        """Return a digest as a message; None if the configuration does not name it any more."""
        options, end = self.options, notification.not_before
        for planned in options.planned if options else ():
            if options is not None and notification.incident == _name(planned, end):
                span = (end - planned.length, end)
                found = await seen_between(self._store, options.brands, options.sources, span)
                found = await with_what_was_said(self._store, options.hearing, found)
                return options.render(notification, found, self._clock.now())
        return None


async def with_what_was_said(store: Store, hearing: Hearing, found: Digest) -> Digest:
    """Return a digest of a day with what was said by department; a longer one with the competitors alone."""
    is_brief = found.end - found.start <= BRIEF
    said = await heard_between(store, hearing, (found.start, found.end)) if is_brief else {}
    return with_voices(found, said, hearing.competitors)


async def seen_between(
    store: Store, brands: Mapping[str, Learns], sources: Sequence[str], span: tuple[datetime, datetime]
) -> Digest:
    """Return the digest of [start, end) from what is stored."""
    tallies = {brand: Tally() for brand in brands}
    async for page in store.observations(*span):
        for seen in page:
            tallies.setdefault(seen.brand, Tally()).add(seen)
    counts = {
        brand: (tally.mentions, tally.share(await saved_correction(store, brand, brands.get(brand, Learns()))))
        for brand, tally in tallies.items()
    }
    incidents = await store.incidents(IncidentQuery(limit=LOOKED_THROUGH))
    coverage = await store.coverage(*span)
    outbox = await store.outbox((), limit=LOOKED_THROUGH)
    return digest(span, counts, incidents, (coverage, list(sources)), outbox)


def _name(planned: Planned, moment: datetime) -> str:
    return f"brief-{planned.name}-{moment:%Y%m%dT%H%M}"
