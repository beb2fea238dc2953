"""What the watcher shows to Prometheus."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Protocol

from crisiswatch.core.counting import Counting, items_kept, shown_rates
from crisiswatch.core.incidents import SYNTHETIC, Change, Event, Incident
from crisiswatch.core.judging import WARM_AFTER
from crisiswatch.core.keeping import KEPT_ITEMS
from crisiswatch.core.models import Judgement, Severity
from crisiswatch.core.outbox import DeliveryState
from crisiswatch.core.routing import comes_back_quietly
from crisiswatch.core.sharing import Correction, Rates
from crisiswatch.engine.watched import Watched
from crisiswatch.metrics import BLIND, RESPONSES, SEVERITIES, STORIES, Metrics
from crisiswatch.ports import Store

NEGATIVE_SHARE = "negative_share"
"""The second series that every brand has."""


class Observer(Protocol):
    """Who hears of ticks and changes."""

    async def ticked(self, now: datetime, brands: Iterable[Watched], incidents: Iterable[Incident]) -> None:
        """Hear that a tick is over."""
        ...

    def changed(self, incident: Incident, events: Sequence[Event]) -> None:
        """Hear what happened to an incident."""
        ...


class Unobserved:
    """Hears and does nothing: for backtests, which nobody scrapes."""

    async def ticked(self, now: datetime, brands: Iterable[Watched], incidents: Iterable[Incident]) -> None:
        """Do nothing."""

    def changed(self, incident: Incident, events: Sequence[Event]) -> None:
        """Do nothing."""


class Gauges:
    """Keeps the metrics of brands and incidents true; only what changed since the last tick is written again."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._shown: dict[str, Judgement] = {}
        self._incidents_changed = True
        self._states: dict[str, int] = {}
        self._reached: dict[str, Severity] = {}
        self._closed_stories: dict[str, tuple[datetime | None, int]] = {}
        self._rates: dict[str, tuple[datetime | None, Correction, Rates]] = {}

    async def ticked(self, now: datetime, brands: Iterable[Watched], incidents: Iterable[Incident]) -> None:
        """Show the state after a tick."""
        watched_brands = [watched for watched in brands if watched.brand != SYNTHETIC]
        if self._incidents_changed:
            self._show_incidents(watched_brands, [one for one in incidents if not one.is_synthetic])
            self._incidents_changed = False
        news = [w for w in watched_brands if w.judgement is not None and w.judgement is not self._shown.get(w.brand)]
        by_name = {watched.brand: watched for watched in watched_brands}
        for watched in news:
            assert watched.judgement is not None, "asked for just before"
            self._shown[watched.brand] = watched.judgement
            self._show(watched, watched.judgement)
            self._show_voice(watched, by_name)
            await asyncio.sleep(0)  # a thousand brands take long enough for a message to be sent between two
        self._metrics.items_kept.set(sum(items_kept(watched.counting) for watched in watched_brands))
        levels = (watched.counting.levels.items for watched in watched_brands)
        self._metrics.items_kept_of_a_brand_at_most.set(min(levels, default=KEPT_ITEMS))
        self._metrics.evaluations.inc()
        self._metrics.evaluation_last_timestamp_seconds.set(now.timestamp())

    def changed(self, incident: Incident, events: Sequence[Event]) -> None:
        """Count what happened to an incident."""
        if incident.is_synthetic:
            return
        self._incidents_changed = True
        severity = incident.severity.name.lower()
        type_ = incident.evidence.incident_type if incident.evidence else "unclear"
        for event in events:
            if event.change in (Change.OPENED, Change.RAISED):
                self._count_severities(incident, type_)
                if incident.severity >= Severity.WARNING and incident.evidence is not None:
                    delay = max(0.0, (event.at - incident.evidence.since).total_seconds())
                    self._metrics.detection_delay_seconds.labels(severity).observe(delay)
            if event.change is Change.REOPENED and comes_back_quietly(incident):
                self._metrics.notifications_suppressed.labels("flapping").inc(len(incident.told))
            if event.change is Change.JUDGED and incident.verdict is not None:
                brand = self._metrics.brand(incident.brand)
                self._metrics.incident_verdicts.labels(brand, incident.verdict.value).inc()
            if event.change is Change.ACKED and incident.detected_at is not None:
                took = (event.at - incident.detected_at).total_seconds()
                self._metrics.incident_time_to_ack_seconds.labels(severity).observe(max(0.0, took))

    def _count_severities(self, incident: Incident, type_: str) -> None:
        """Count the severities that an incident reached just now; each one once."""
        before = self._reached.get(incident.id, Severity.CALM)
        if incident.severity > before:
            self._metrics.count_incident(incident.brand, type_, before, incident.severity)
            self._reached[incident.id] = incident.severity

    def _show_incidents(self, brands: Sequence[Watched], incidents: Sequence[Incident]) -> None:
        metrics = self._metrics
        counts = Counter(
            (metrics.brand(i.brand), i.severity.name.lower(), i.response.value) for i in incidents if i.is_open
        )
        for name in dict.fromkeys(metrics.brand(watched.brand) for watched in brands):
            for severity, response in product(SEVERITIES, RESPONSES):
                metrics.incidents_open.labels(name, severity, response).set(counts[name, severity, response])
        self._states = {}
        for incident in incidents:
            if incident.is_open and incident.family == "crisis":
                self._states[incident.brand] = max(self._states.get(incident.brand, 0), int(incident.severity))
        for watched in brands:
            self._show_state(watched)

    def _show(self, watched: Watched, judgement: Judgement) -> None:
        metrics, name = self._metrics, self._metrics.brand(watched.brand)
        self._show_state(watched)
        metrics.covered_ratio.labels(name).set(watched.judging.covered)
        metrics.score.labels(name, judgement.detector).set(judgement.score)
        for notice in reversed(watched.judging.noticing.notices):  # of two by one detector the larger comes first
            metrics.score.labels(name, notice.detector).set(notice.score)
        metrics.warmup_ratio.labels(name).set(min(1.0, judgement.reading.learnt / WARM_AFTER))
        rates = self._rates_of(watched.counting)
        usual = rates.correct(judgement.reading.expectation.share)
        metrics.series_expected.labels(name, NEGATIVE_SHARE).set(usual)
        _show_series(metrics, name, watched)
        if not watched.judging.points:
            return
        point = watched.judging.points[-1]
        for gauge, value in (
            (metrics.series_value, point.stories),
            (metrics.series_expected, point.expected),
            (metrics.series_upper, point.upper),
            (metrics.series_lower, point.lower),
        ):
            gauge.labels(name, STORIES).set(value)
        if point.share is not None:
            metrics.series_value.labels(name, NEGATIVE_SHARE).set(rates.correct(point.share))

    def _rates_of(self, counting: Counting) -> Rates:
        """Return what corrects the shares of a brand; it changes with a closed bucket or a label alone."""
        known = self._rates.get(counting.brand)
        if known is None or known[0] != counting.closed_until or known[1] is not counting.correction:
            known = counting.closed_until, counting.correction, shown_rates(counting)
            self._rates[counting.brand] = known
        return known[2]

    def _show_state(self, watched: Watched) -> None:
        is_blind = watched.judging.blind_since is not None
        state = BLIND if is_blind else self._states.get(watched.brand, 0)
        self._metrics.brand_state.labels(self._metrics.brand(watched.brand)).set(state)

    def _show_voice(self, watched: Watched, brands: Mapping[str, Watched]) -> None:
        """Show the brand's part of the stories of the last two days about it and its competitors."""
        rivals = [brands[name] for name in watched.plan.competitors if name in brands]
        if not rivals:
            return
        own = self._stories(watched)
        everybody = own + sum(map(self._stories, rivals))
        if everybody > 0:
            self._metrics.share_of_voice_ratio.labels(self._metrics.brand(watched.brand)).set(own / everybody)

    def _stories(self, watched: Watched) -> int:
        counting = watched.counting
        until, closed = self._closed_stories.get(watched.brand, (None, 0))
        if until is None or until != counting.closed_until:
            closed = sum(bucket.stories for bucket in counting.closed)
            self._closed_stories[watched.brand] = (counting.closed_until, closed)
        return closed + sum(bucket.stories for bucket in counting.open.values())


def _show_series(metrics: Metrics, name: str, watched: Watched) -> None:
    """Show the newest point of every metric series, and what is usual for it."""
    series = watched.judging.noticing.series
    for key, followed in series.followed.items() if series is not None else ():
        metrics.series_value.labels(name, key).set(followed.value)
        metrics.series_expected.labels(name, key).set(followed.usual)


class Outlook:
    """Keeps the metrics of the daemon itself true: how long ticks take, what the outbox and the store hold."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def took(self, duration: timedelta) -> None:
        """Show how long a tick took."""
        self._metrics.evaluation_duration_seconds.observe(duration.total_seconds())

    async def look(self, store: Store, now: datetime) -> None:
        """Show what is owed, what was given up, which silences are in force, and how large the store is."""
        metrics = self._metrics
        owed = await store.outbox((DeliveryState.PENDING, DeliveryState.UNKNOWN, DeliveryState.LEASED), limit=10_000)
        counts = Counter(row.notification.severity.name.lower() for row in owed)
        for severity in SEVERITIES:
            metrics.outbox_pending.labels(severity).set(counts[severity])
        due = [row.notification.not_before.timestamp() for row in owed]
        metrics.outbox_oldest_pending_timestamp_seconds.set(min(due, default=0))
        metrics.outbox_dead.set(len(await store.outbox((DeliveryState.DEAD,), limit=10_000)))
        metrics.silences_active.set(sum(silence.is_active(now) for silence in await store.silences(now)))
        metrics.store_size_bytes.set(await store.size())
