"""The gate of the way out: mutes, silences, inhibitions and the storm limit, asked at the time of sending."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisiswatch.core.incidents import Incident, Response
from crisiswatch.core.inhibiting import Inhibition, Known
from crisiswatch.core.muting import Mute
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.core.routing import Matcher
from crisiswatch.core.sector import follows
from crisiswatch.core.silences import ActiveSilence, Silence
from crisiswatch.core.storm import COUNTED, Ping, StormLimit, digest_of, is_counted, is_storm
from crisiswatch.core.suppressing import ALWAYS, LOOK_AGAIN, Hold, Rules, Suppression, hold, told_lately
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.ports import Clock, Store

REFRESH_EVERY = timedelta(seconds=15)
"""How old what is known of silences may be; a change through this process is known at once."""

ON_THE_WAY = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.UNKNOWN)
"""States of what will arrive, as far as anybody knows."""

SAFETY = timedelta(minutes=1)
"""How long after its digest was due a message goes by itself."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HoldingRules:
    """What the configuration says about holding back. `read` compiles the matchers of a silence.

    `sector_events`: what is part of one is told with its root.
    """

    mutes: tuple[Mute, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    storm: StormLimit = field(default_factory=StormLimit)
    labels: Callable[[Incident], Labels] = field(default=lambda incident: {"brand": incident.brand})
    read: Callable[[str], tuple[Matcher, ...]] = field(default=lambda text: ())
    sector_events: bool = True


class Gate:
    """Says whether a message may go now; remembers what each receiver got lately."""

    def __init__(self, store: Store, clock: Clock, failpoints: Failpoints) -> None:
        self._store = store
        self._clock = clock
        self._failpoints = failpoints
        self._silences: list[ActiveSilence] = []
        self._refreshed_at: datetime | None = None
        self._lately: defaultdict[str, deque[Ping]] = defaultdict(lambda: deque(maxlen=1_000))
        self._digest_at: dict[str, datetime] = {}
        self._digested_at: dict[str, datetime] = {}
        self.rules = HoldingRules()
        self.open_incidents: Callable[[], Iterable[Incident]] = lambda: ()
        self.on_change: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Remember what receivers got before the restart, and what a storm held back then."""
        now = self._clock.now()
        for row in reversed(await self._store.outbox((DeliveryState.DELIVERED,), 1_000)):
            if row.settled_at is not None and row.notification.kind in COUNTED:
                self._lately[row.notification.receiver].append(Ping(row.settled_at, row.notification.severity))
        for row in await self._store.outbox((DeliveryState.PENDING,), 100_000):
            if row.held.startswith(Suppression.STORM):
                self._digest_at.setdefault(row.notification.receiver, now)

    async def changed(self) -> int:
        """Look at everything again that is held back: the rules are others now. Return how many rows."""
        self._failpoints.reach("holding.before_release")
        self._refreshed_at = None
        self.on_change()
        return await self._store.let_go(self._clock.now())

    async def silences(self) -> list[ActiveSilence]:
        """Return the silences whose time is not over, also those that somebody ended before it."""
        now = self._clock.now()
        if self._refreshed_at is None or now - self._refreshed_at >= REFRESH_EVERY:
            known = {active.silence.id: active for active in self._silences}
            stored = await self._store.silences(now)
            self._silences = [self._active(silence, known.get(silence.id)) for silence in stored]
            self._refreshed_at = now
        return self._silences

    async def hold(self, row: OutboxRow) -> Hold | None:
        """Return why a message waits; None: it goes now, and counts."""
        notification, now = row.notification, self._clock.now()
        if notification.kind in ALWAYS or row.state is DeliveryState.UNKNOWN:
            return None  # what may have arrived is settled, not held back
        rules = await self._rules()
        is_told = False
        if not rules.are_empty or notification.kind is NotificationKind.CLOSED:
            is_told = notification.receiver in await self._store.told(notification.incident)
        found = None
        if not rules.are_empty:
            incident = await self._store.incident_by_id(notification.incident)
            labels = self.rules.labels(incident) if incident is not None else {}
            is_owed = notification.kind is NotificationKind.CLOSED and not row.held  # its beginning was not held back
            found = hold(notification, labels, rules, now, has_been_told=is_told or is_owed)
        if found is None and self.rules.sector_events:
            found = await self._told_with_root(row, now)
        if found is None and notification.kind is NotificationKind.REPEATED:
            found = told_lately(row, await self._store.outbox((DeliveryState.DELIVERED,), 1_000), now)
        if found is not None or row.attempts or not is_counted(notification, has_been_told=is_told):
            return found  # another try is no other message
        return self._storm(notification, now)

    async def digest(self) -> int:
        """Put digests that are due in the place of what storms held back; return how many."""
        now = self._clock.now()
        due = {receiver for receiver, at in self._digest_at.items() if at <= now}
        if not due:
            return 0
        held: defaultdict[str, list[OutboxRow]] = defaultdict(list)
        for row in reversed(await self._store.outbox((DeliveryState.PENDING,), 100_000)):
            if row.held.startswith(Suppression.STORM) and row.notification.receiver in due:
                held[row.notification.receiver].append(row)
        for receiver, rows in held.items():
            digest = digest_of(receiver, [row.notification for row in rows], now)
            self._failpoints.reach("digest.before_commit")
            await self._store.summarise(digest, [row.id for row in rows], now)
            self._failpoints.reach("digest.after_commit")
            self._digested_at[receiver] = now
        for receiver in due:
            del self._digest_at[receiver]
        return len(held)

    async def _rules(self) -> Rules:
        known = await self._known() if self.rules.inhibitions else ()
        return Rules(self.rules.mutes, await self.silences(), self.rules.inhibitions, known)

    async def _known(self) -> list[Known]:
        """Return the open incidents that somebody acknowledged or was told of: only these hold others back."""
        return [
            Known(incident.id, incident.name, self.rules.labels(incident))
            for incident in self.open_incidents()
            if incident.is_open and (incident.response is Response.ACKED or await self._store.told(incident.id))
        ]

    async def _told_with_root(self, row: OutboxRow, now: datetime) -> Hold | None:
        """Hold back an alarm about a brand of a sector event from whoever knows of its root; see `core.sector`."""
        notification = row.notification
        incident = await self._store.incident_by_id(notification.incident)
        if incident is None or incident.sector is None or not incident.sector.follows:
            return None
        root = await self._store.incident_by_id(incident.sector.root)
        is_over = notification.kind is NotificationKind.CLOSED
        if root is None or not follows(notification, incident, root) or (is_over and not row.held):
            return None
        receiver = notification.receiver
        if receiver in await self._store.told(incident.id) or not await self._knows(receiver, root):
            return None
        return Hold(Suppression.INHIBITED, f"sector event, with {root.name}", now + LOOK_AGAIN, is_over)

    async def _knows(self, receiver: str, incident: Incident) -> bool:
        """Tell whether a receiver was told of an incident, or will be before long."""
        if receiver not in incident.told:
            return False
        if receiver in await self._store.told(incident.id):
            return True
        return any(
            (row.notification.incident, row.notification.receiver) == (incident.id, receiver)
            and (not row.held or row.held.startswith(Suppression.MUTED))
            for row in await self._store.outbox(ON_THE_WAY, 100_000)
        )

    def _storm(self, notification: Notification, now: datetime) -> Hold | None:
        receiver, limit = notification.receiver, self.rules.storm
        if not is_storm(limit, self._lately[receiver], notification.severity, now):
            self._lately[receiver].append(Ping(now, notification.severity))
            return None
        if receiver not in self._digest_at:
            last = self._digested_at.get(receiver)
            soonest = now + limit.first_digest
            self._digest_at[receiver] = soonest if last is None else max(soonest, last + limit.digest_every)
        at = self._digest_at[receiver]
        return Hold(Suppression.STORM, f"more than {limit.pings} in {_minutes(limit.per)}", at + SAFETY)

    def _active(self, silence: Silence, known: ActiveSilence | None) -> ActiveSilence:
        if known is not None and known.silence.matchers == silence.matchers:
            return ActiveSilence(silence, known.matchers)
        return ActiveSilence(silence, self.rules.read(silence.matchers))


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):g} min"
