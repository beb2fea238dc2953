"""The daemon's own troubles: sources that fell silent, channels that do not get through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from statistics import median_low

from crisiswatch.core.assessing import Assessment
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState
from crisiswatch.engine.lanes import Lanes
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller
from crisiswatch.ports import Store

SILENT_POLLS, SILENT_AT_LEAST = 3, timedelta(minutes=5)
"""A source is down after so many intervals without a poll that worked, and after so much time."""

SILENT_GAPS, QUIET_AT_LEAST = 10, timedelta(minutes=30)
"""A source is strangely quiet after so many of its usual gaps without an item, and after so much time."""

GAPS_NEEDED = 20
"""So many gaps tell what is usual; a quiet source is a watch at most: some sleep at night."""

UNREACHABLE_AFTER = timedelta(minutes=5)
"""A receiver that has been left alone for so long is told of, though its messages are not given up yet."""

DEAD_FOR = timedelta(hours=24)
"""How long a message that was given up keeps the trouble open, unless a person retries or discards it."""

CALM = Assessment(Severity.CALM, 0.0)


class Upkeep:
    """Judges the daemon itself, once a tick."""

    def __init__(self, store: Store, poller: Poller, lanes: Lanes) -> None:
        self._store = store
        self._poller = poller
        self._lanes = lanes
        self._since: dict[str, datetime] = {}
        self.receivers: frozenset[str] = frozenset()
        self.is_failing: Callable[[str, datetime], bool] = _nobody_fails

    async def troubles(self, now: datetime) -> Mapping[str, Assessment]:
        """Return the assessment of every family of trouble that is there now: `source:NAME`, `self:NAME`."""
        found = {f"source:{name}": self._source(polled, now) for name, polled in self._poller.polled.items()}
        dead = await self._dead(now)
        for name in self.receivers:
            found[f"self:{name}"] = self._receiver(name, dead[name], now)
        return {family: judged for family, judged in found.items() if judged.severity > Severity.CALM}

    def _source(self, polled: Polled, now: datetime) -> Assessment:
        begun = self._since.setdefault(polled.source.name, now)
        silent = now - max(polled.last_success or begun, begun)
        limit = max(SILENT_POLLS * polled.every, SILENT_AT_LEAST)
        if silent > limit:
            return Assessment(Severity.WARNING, _score(silent, limit))
        if len(polled.gaps) < GAPS_NEEDED or polled.last_seen is None:
            return CALM
        usual = max(SILENT_GAPS * median_low(polled.gaps), QUIET_AT_LEAST)
        quiet = now - polled.last_seen
        return Assessment(Severity.WATCH, _score(quiet, usual)) if quiet > usual else CALM

    def _receiver(self, name: str, dead: int, now: datetime) -> Assessment:
        since = self._lanes.failing_since(name)
        is_unreachable = since is not None and now - since >= UNREACHABLE_AFTER
        is_in_trouble = dead or is_unreachable or self.is_failing(name, now)
        return Assessment(Severity.WARNING, min(50.0, 1.0 + dead)) if is_in_trouble else CALM

    async def _dead(self, now: datetime) -> Counter[str]:
        rows = await self._store.outbox((DeliveryState.DEAD,), 1_000)
        lately = (row for row in rows if row.settled_at is not None and now - row.settled_at < DEAD_FOR)
        return Counter(row.notification.receiver for row in lately)


def _nobody_fails(receiver: str, now: datetime) -> bool:
    return False  # until app.py says who asks the channels


def _score(value: timedelta, limit: timedelta) -> float:
    return min(50.0, value / limit)
