"""From an owed notification to the message: the incident as it is now, its posts, its chart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisiswatch.core.counting import shown_rates
from crisiswatch.core.incidents import Incident
from crisiswatch.core.messages import Message, Quote
from crisiswatch.core.models import Mention, Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.series import Point, Series, with_shown_shares
from crisiswatch.engine.watched import Watched
from crisiswatch.ports import Clock, Store

CHART_SPAN = timedelta(hours=24)
SHORT_QUOTE = 140

Render = Callable[[Notification, Incident, Playbook | None, Sequence[Quote], Series | None, datetime], Message]

Digest = Callable[[Notification, Sequence[Incident], datetime], Message]


async def _no_brief(notification: Notification) -> Message | None:
    """Know none: recordings and tests send no digests of days."""
    return None


@dataclass(frozen=True, slots=True)
class Wording:
    """How messages are worded, of one incident and of many; a reload exchanges it whole.

    `quoting` is `never`, `short` or `full` per source; `redact` takes personal data out of what is quoted.
    """

    render: Render
    digest: Digest
    playbooks: tuple[Playbook, ...] = ()
    quoting: Mapping[str, str] = field(default_factory=dict)
    redact: Callable[[str], str] = str


class Composer:
    """Makes messages from what the store and the live state know at the time of sending."""

    def __init__(self, store: Store, clock: Clock, brands: Callable[[], Mapping[str, Watched]]) -> None:
        self._store = store
        self._clock = clock
        self._brands = brands
        self.wording: Wording | None = None
        self.brief: Callable[[Notification], Awaitable[Message | None]] = _no_brief

    async def __call__(self, notification: Notification) -> Message | None:
        """Return the message of a notification; None if its incident is gone."""
        if notification.kind is NotificationKind.BRIEF:
            return await self.brief(notification)
        if notification.kind in (NotificationKind.DIGEST, NotificationKind.HANDOVER):
            return await self._digest(notification)
        incident = await self._store.incident_by_id(notification.incident)
        return None if incident is None else await self.message(notification, incident)

    async def _digest(self, notification: Notification) -> Message:
        """Return the message that stands for many: what a storm held back, or what is open at a hand-over."""
        assert self.wording is not None, "app.py sets the wording before anything runs"
        if notification.kind is NotificationKind.DIGEST:
            rows = await self._store.summarised(notification.incident)
            ids = frozenset(row.notification.incident for row in rows)
            found = await self._store.incidents(IncidentQuery(ids=ids, limit=len(ids)))
        else:
            found = await self._store.incidents(IncidentQuery(is_open=True, limit=1_000))
        incidents = [one for one in found if one.severity >= Severity.WARNING]
        return self.wording.digest(notification, incidents, self._clock.now())

    async def page(self, incident: Incident, language: str = "en") -> Message:
        """Return the incident as a page shows it: the same sentences as an alert."""
        now = self._clock.now()
        notification = Notification(
            incident.id, f"page/{language}", NotificationKind.UPDATED, 1, incident.severity, now, now
        )
        return await self.message(notification, incident)

    async def message(self, notification: Notification, incident: Incident) -> Message:
        """Return the message that tells `notification` about `incident`."""
        assert self.wording is not None, "app.py sets the wording before anything runs"
        playbook = next((book for book in self.wording.playbooks if book.name == incident.playbook), None)
        quotes = await self._quotes(incident)
        series = self.series(incident)
        return self.wording.render(notification, incident, playbook, quotes, series, self._clock.now())

    def series(self, incident: Incident) -> Series | None:
        """Return the last 24 hours of the incident's brand up to now, or up to its end; None if nothing is known."""
        watched = self._brands().get(incident.brand)
        if watched is None or not watched.judging.points:
            return None
        end = incident.closed_at or self._clock.now()
        start = end - CHART_SPAN
        points = [point for point in watched.judging.points if start <= point.start < end]
        points += [point for point in _open_points(watched) if start <= point.start <= end - watched.counting.bucket]
        evidence = incident.evidence
        usual = evidence.usual_share if evidence else 0.0
        shown = with_shown_shares(points, evidence.rates if evidence else shown_rates(watched.counting))
        return Series(incident.brand, watched.counting.bucket, shown, usual, evidence.since if evidence else None)

    async def _quotes(self, incident: Incident) -> list[Quote]:
        assert self.wording is not None, "checked by message"
        if incident.evidence is None:
            return []
        known = await self._store.mentions_by_uid([post.uid for post in incident.evidence.posts])
        quotes = []
        for post in incident.evidence.posts:
            mention = known.get(post.uid)
            if mention is not None and mention.text:
                quotes.append(_quote(mention, self.wording.quoting.get(mention.source, "short"), self.wording.redact))
        return quotes


def _open_points(watched: Watched) -> list[Point]:
    """Return the buckets that are still open as points of the chart; those not over yet would look like a fall."""
    points: list[Point] = []
    for start in sorted(watched.counting.open):
        bucket = watched.counting.open[start]
        expectation = watched.judging.detector.predict_one(start)
        lower, upper = expectation.bounds(expectation.stories)
        share = bucket.negative / bucket.stories if bucket.stories else None
        points.append(Point(start, bucket.stories, expectation.stories, lower, upper, share, max(bucket.covered, 0.5)))
    return points


def _quote(mention: Mention, quoting: str, redact: Callable[[str], str]) -> Quote:
    name = redact(mention.author_name) if mention.author_name else ""
    who = f"{name}, {mention.source}" if name else mention.source
    # Before the cut: half a number passes no check.
    text = "" if quoting == "never" else redact(mention.text)
    if quoting == "short" and len(text) > SHORT_QUOTE:
        text = text[: SHORT_QUOTE - 1].rstrip() + "…"
    happened = mention.published_at or mention.observed_at
    when = f"{happened:%H:%M} UTC" if happened is not None else ""
    return Quote(who, when, text, mention.permalink, mention.language)
