"""The dead man's switch: a made-up mention goes the whole way every minute, and a service outside is told if it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from crisiswatch.core.enriching import AuthorRule
from crisiswatch.core.incidents import SYNTHETIC
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch, Coverage, Mention, Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Outcome
from crisiswatch.engine.auditing import Audit
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.ingesting import Ingest
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.watching import Watcher
from crisiswatch.errors import CrisiswatchError
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Abilities, Clock, Fetcher, Store

SEEN_WITHIN = timedelta(seconds=180)
"""How long ago a made-up mention must have come through."""

LATE_CRITICAL = timedelta(seconds=120)
"""A critical message that waits for longer means that people are not reached."""

POLLED_WITHIN = timedelta(minutes=10)

COVERED = timedelta(days=2)
"""The made-up source has brought nothing else, ever: so much of its past is known to be empty."""

IDLE = timedelta(seconds=10)

RULE = AuthorRule(SYNTHETIC, "pulse", ("crisiswatch:heartbeat",))
"""What the made-up mentions meet."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HeartOptions:
    """Whom to tell, and how often; every one of `urls` is told by itself."""

    urls: tuple[str, ...]
    every: timedelta = timedelta(minutes=1)


class Nowhere:
    """The channel of the made-up incident: takes every message and notes when the newest mention came through."""

    name = SYNTHETIC
    abilities = Abilities(edits=True, can_ask=True)

    def __init__(self, watcher: Watcher, clock: Clock) -> None:
        self._watcher = watcher
        self._clock = clock
        self.seen_at: datetime | None = None

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Note which mention the message is about: the one that the brand was judged by last."""
        watched = self._watcher.brands.get(SYNTHETIC)
        hit = watched.judging.hits.get(RULE.name) if watched is not None else None
        self.seen_at = hit or self.seen_at
        return Attempt(Outcome.DELIVERED, reference=message.key)

    async def find(self, message: Message) -> Attempt | None:
        """Say that nothing arrived: what was sent before a restart proves nothing."""
        return Attempt(Outcome.REFUSED)

    async def close(self) -> None:
        """Have nothing to release."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the heart looks at."""

    store: Store
    poller: Poller
    audit: Audit
    nowhere: Nowhere
    failpoints: Failpoints = field(default_factory=lambda: Failpoints(None))


class Heart:
    """Beats: sends the made-up mention on its way and tells the services outside how things stand."""

    def __init__(self, vitals: Vitals, ingest: Ingest, fetcher: Fetcher, clock: Clock, metrics: Metrics) -> None:
        self._vitals = vitals
        self._ingest = ingest
        self._fetcher = fetcher
        self._clock = clock
        self._metrics = metrics
        self._began: datetime | None = None
        self.options: HeartOptions | None = None

    async def beat(self) -> timedelta:
        """Beat once; return the time until the next."""
        if self.options is None:
            self._began = None
            return IDLE
        now = self._clock.now()
        self._began = self._began or now
        try:
            await self._inject(now)
            self._vitals.failpoints.reach("heartbeat.after_probe")
            reasons = await self.reasons(now)
        except CrisiswatchError as error:
            reasons = [f"store: {error}"]
        if not reasons or now - self._began >= SEEN_WITHIN:  # at a start nothing can have come through yet
            await self._tell(self.options.urls, reasons, now)
            self._vitals.failpoints.reach("heartbeat.after_call")
        return self.options.every

    async def reasons(self, now: datetime) -> list[str]:
        """Return why the service must not hear that all is well; empty where it is."""
        vitals, found = self._vitals, []
        seen_at = vitals.nowhere.seen_at
        if seen_at is None or now - seen_at > SEEN_WITHIN:
            found.append("no made-up mention came through in time")
        if vitals.audit.found:
            found.append(f"{vitals.audit.found} escalations stood still")
        waiting = await vitals.store.outbox((DeliveryState.PENDING, DeliveryState.UNKNOWN, DeliveryState.LEASED), 1_000)
        late = [
            row
            for row in waiting
            if row.notification.severity is Severity.CRITICAL
            and not row.held
            and now - row.notification.not_before > LATE_CRITICAL
        ]
        if late:
            found.append(f"{len(late)} critical messages wait for more than {LATE_CRITICAL.seconds} s")
        if not self._has_polled(now):
            found.append("no source was polled in time")
        return found

    def _has_polled(self, now: datetime) -> bool:
        polled = self._vitals.poller.polled.values()
        waits = max((min(one.every for one in polled) * 2, POLLED_WITHIN)) if polled else POLLED_WITHIN
        times = [one.last_success for one in polled if one.last_success is not None]
        return not polled or (bool(times) and now - max(times) <= waits)

    async def _inject(self, now: datetime) -> None:
        mention = Mention(
            source=SYNTHETIC,
            external_id=f"{now:%Y%m%dT%H%M%S%f}",
            text=f"heartbeat {now:%Y-%m-%d %H:%M:%S.%f}",
            language="en",
            author=f"{RULE.prefixes[0]}/{now:%Y%m%d}",
            published_at=now,
            brands=(SYNTHETIC,),
        )
        await self._ingest(SYNTHETIC, Batch(mentions=(mention,), coverage=(Coverage(SYNTHETIC, now - COVERED, now),)))

    async def _tell(self, urls: tuple[str, ...], reasons: list[str], now: datetime) -> None:
        if reasons:
            log.error("heartbeat_withheld", reasons=reasons)
        for url in urls:
            try:
                if reasons:
                    body = "; ".join(reasons).encode()
                    await self._fetcher.fetch(f"{url.rstrip('/')}/fail", method="POST", body=body)
                    continue
                answer = await self._fetcher.fetch(url)
            except CrisiswatchError as error:
                log.warning("heartbeat_not_taken", error=type(error).__name__)
                continue
            if answer.status < 300:
                self._metrics.heartbeat_last_success_timestamp_seconds.set(now.timestamp())
            else:
                log.warning("heartbeat_not_taken", status=answer.status)
