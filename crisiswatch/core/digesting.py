"""The digest: what was seen and what could not be seen, told when nothing has to be done at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisiswatch.core.counting import negativity_bin
from crisiswatch.core.hearing import Voice
from crisiswatch.core.history import FORGET_EVERY
from crisiswatch.core.incidents import Incident
from crisiswatch.core.learning import is_irrelevant
from crisiswatch.core.models import HISTOGRAM_BINS, Coverage, Observation, Severity
from crisiswatch.core.outbox import DeliveryState, OutboxRow
from crisiswatch.core.retelling import Gap, gaps
from crisiswatch.core.sharing import Correction, Share, estimate
from crisiswatch.core.stories import StoryIndex


@dataclass(frozen=True, slots=True)
class Planned:
    """A digest that is sent: every day at that local time, or once a week on that weekday (Monday is 0)."""

    name: str
    receivers: tuple[str, ...]
    at: time
    time_zone: ZoneInfo
    weekday: int | None = None

    @property
    def length(self) -> timedelta:
        """Return the stretch that it tells of."""
        return timedelta(days=1 if self.weekday is None else 7)


class Tally:
    """Counts one brand's mentions as alerts do: each story once, and none that is not about the brand."""

    def __init__(self) -> None:
        self.mentions = 0
        self._bins = [0.0] * HISTOGRAM_BINS
        self._stories = StoryIndex()
        self._forgotten: datetime | None = None

    def add(self, seen: Observation) -> None:
        """Count one more; they come in the order in which they were observed."""
        if is_irrelevant(seen):
            return
        if self._forgotten is None or seen.observed_at - self._forgotten > FORGET_EVERY:
            self._stories.forget(seen.observed_at)
            self._forgotten = seen.observed_at
        self.mentions += 1
        _, is_first = self._stories.assign(seen.sketch, seen.observed_at)
        place = negativity_bin(seen.negativity if seen.adapted is None else seen.adapted)
        if is_first and place >= 0:
            self._bins[place] += 1.0

    def share(self, correction: Correction) -> Share | None:
        """Return the negative share of the stories; None where none was scored."""
        return estimate(self._bins, correction) if any(self._bins) else None


@dataclass(frozen=True, slots=True)
class Seen:
    """One brand in the stretch: how many mentions, how many stories were negative, and the incidents by severity.

    `share` is the one that alerts show, with its interval; None where nothing could be scored. `good` are those of the
    watched that praise caused. `voices` are what was said, by department; `competitors` stand beside it, as brands of
    the same digest.
    """

    brand: str
    mentions: int
    share: Share | None
    critical: tuple[Incident, ...]
    warnings: tuple[Incident, ...]
    watched: tuple[Incident, ...]
    good: tuple[Incident, ...] = ()
    voices: tuple[Voice, ...] = ()
    competitors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """What a team reads once a day or once a week. `dead` are messages that reached nobody.

    `last_seen` is the end of the newest coverage: what shows that somebody was watching at all.
    """

    start: datetime
    end: datetime
    brands: tuple[Seen, ...]
    still_open: tuple[Incident, ...]
    unjudged: tuple[Incident, ...]
    gaps: tuple[Gap, ...]
    dead: tuple[OutboxRow, ...]
    last_seen: datetime | None = None

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing was wrong, in what could be seen."""
        return not self.still_open and not any(seen.critical or seen.warnings for seen in self.brands)


def digest(
    span: tuple[datetime, datetime],
    counts: Mapping[str, tuple[int, Share | None]],
    incidents: Sequence[Incident],
    coverage: tuple[Sequence[Coverage], Sequence[str]],
    outbox: Sequence[OutboxRow],
) -> Digest:
    """Return the digest of [start, end): `counts` are mentions and the negative share by brand, in the order shown.

    `coverage` is what was seen, and the names of all sources.
    """
    start, end = span
    known = [one for one in incidents if one.number is not None and _concerns(one, start, end)]
    brands = dict.fromkeys((*counts, *(one.brand for one in known)))
    pieces, sources = coverage
    return Digest(
        start=start,
        end=end,
        brands=tuple(_seen(brand, counts.get(brand, (0, None)), known) for brand in brands),
        still_open=tuple(one for one in known if one.is_open),
        unjudged=tuple(one for one in known if one.verdict is None and one.peak_severity >= Severity.WARNING),
        gaps=gaps(pieces, sources, span),
        dead=tuple(
            row for row in outbox if row.state is DeliveryState.DEAD and start <= (row.settled_at or start) < end
        ),
        last_seen=max((piece.end for piece in pieces), default=None),
    )


def with_voices(
    found: Digest, said: Mapping[str, tuple[Voice, ...]], competitors: Mapping[str, tuple[str, ...]]
) -> Digest:
    """Return the digest with what is said of each brand, and with whom it is compared."""
    brands = (
        replace(seen, voices=said.get(seen.brand, ()), competitors=competitors.get(seen.brand, ()))
        for seen in found.brands
    )
    return replace(found, brands=tuple(brands))


def last_due(planned: Planned, now: datetime) -> datetime:
    """Return the last moment, in UTC, at which the digest was to be sent; `now` itself is one."""
    today = now.astimezone(planned.time_zone).date()
    for back in range(8):
        day = today - timedelta(days=back)
        moment = datetime.combine(day, planned.at, planned.time_zone).astimezone(UTC)
        if moment <= now and planned.weekday in (None, day.weekday()):
            return moment
    raise AssertionError("eight days hold every weekday at every time")


def _concerns(incident: Incident, start: datetime, end: datetime) -> bool:
    return incident.opened_at < end and (incident.is_open or (incident.closed_at or incident.updated_at) >= start)


def _seen(brand: str, counted: tuple[int, Share | None], known: Sequence[Incident]) -> Seen:
    own = [one for one in known if one.brand == brand]

    def at(severity: Severity) -> tuple[Incident, ...]:
        return tuple(one for one in own if one.peak_severity is severity)

    watched = at(Severity.WATCH)
    return Seen(
        brand,
        *counted,
        critical=at(Severity.CRITICAL),
        warnings=at(Severity.WARNING),
        watched=tuple(one for one in watched if not one.is_good_news),
        good=tuple(one for one in watched if one.is_good_news),
    )
