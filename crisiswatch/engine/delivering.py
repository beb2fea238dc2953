"""The way out: owed notifications are leased, held back or rendered and sent, and settled or reconciled."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from crisiswatch.core.backing_off import settled_as
from crisiswatch.core.messages import Message
from crisiswatch.core.muting import Mute
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, OutboxRow, Outcome
from crisiswatch.core.throttling import Limit, posts_of
from crisiswatch.engine.attempting import Attempting
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.falling_back import FallBack
from crisiswatch.engine.holding import Gate, HoldingRules
from crisiswatch.engine.lanes import LANE_WIDTH, PATIENCE, Lanes
from crisiswatch.engine.throttling import Throttles
from crisiswatch.errors import CrisiswatchError, StoreBusy
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Channel, Clock, Store

LEASE = timedelta(seconds=90)
"""Longer than asking and an attempt: a lease that runs out means that the process died."""

SETTLE_TRIES, SETTLE_PAUSE = 5, timedelta(seconds=2)
"""How often, and how far apart, it is tried to write down what happened."""

LOOK_AGAIN = timedelta(seconds=1)
"""How long to wait where nothing was due."""

LOOK_EVERY = timedelta(minutes=5)
"""How often a recording's outbox is looked at when nothing new is owed: for retries and mutes that end."""

DEAD_AT_MOST = 1_000
"""Messages that were given up before a restart, of which others may have to be told."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outward:
    """Where messages go, and what holds them back; a reload exchanges it whole.

    `fallbacks` names, by receiver, who is told in its place when it cannot be reached; `limits` how much it takes.
    """

    channels: Mapping[str, Channel]
    mutes: tuple[Mute, ...] = ()
    holding: HoldingRules = field(default_factory=HoldingRules)
    fallbacks: Mapping[str, str] | None = None
    limits: Mapping[str, Limit] = field(default_factory=dict)


class Dispatcher:
    """Settles the outbox. At most one message per incident and receiver is in flight, so none overtakes another.

    Every receiver has a lane of its own: one that is slow or gone holds up nobody else.
    """

    def __init__(
        self,
        store: Store,
        compose: Callable[[Notification], Awaitable[Message | None]],
        clock: Clock,
        metrics: Metrics,
        failpoints: Failpoints,
    ) -> None:
        self._store = store
        self._compose = compose
        self._clock = clock
        self._metrics = metrics
        self._failpoints = failpoints
        self._attempting = Attempting(store, metrics, failpoints)
        self._random = random.Random(0)
        self._owner = ""
        self._wake = asyncio.Event()
        self._finishing = False
        self._looked_at: datetime | None = None
        self._outward = Outward({})
        self.gate = Gate(store, clock, failpoints)
        self.lanes = Lanes()
        self.throttles = Throttles()
        self.fall_back = FallBack(clock)

    @property
    def outward(self) -> Outward:
        """Return where messages go."""
        return self._outward

    @outward.setter
    def outward(self, outward: Outward) -> None:
        self._outward = outward
        self.gate.rules = replace(outward.holding, mutes=outward.mutes)
        self.fall_back.fallbacks = outward.fallbacks or {}
        self.throttles.use(outward.limits)

    async def start(self, owner: str) -> None:
        """Take over: what a former process had in flight is of unknown outcome, and asked about at once."""
        self._owner = owner
        released = await self._store.release(owner, self._clock.now())
        self._failpoints.reach("takeover.after_release")
        await self.gate.start()
        await self._store.let_go(self._clock.now())  # a silence may have ended just before the process did
        self.fall_back.take_up(await self._store.outbox((DeliveryState.DEAD,), DEAD_AT_MOST), self._clock.now())
        if released:
            log.info("outbox_taken_over", rows=released)

    def wake(self) -> None:
        """Look at the outbox now instead of at the next round."""
        self._wake.set()

    def finish(self) -> None:
        """Let `run` return once what is in flight is settled."""
        self._finishing = True
        self._wake.set()

    async def holding_changed(self) -> int:
        """Look again at what is held back: silences or mutes are others now. Return how many messages."""
        count = await self.gate.changed()
        self.wake()
        return count

    async def run(self) -> None:
        """Settle what is owed until told to finish; then wait for what is in flight."""
        async with asyncio.TaskGroup() as tasks:
            while not self._finishing:
                claimed = 0
                try:
                    claimed = await self._claim(tasks)
                    await self.gate.digest()
                    await self.fall_back.look()
                except CrisiswatchError as error:  # the store is busy: what is owed stays owed
                    log.error("outbox_failed", error=str(error))
                if not claimed and not self._finishing:
                    await self._pause(self.throttles.next_in(self._clock.now(), LOOK_AGAIN))

    async def settle_at(self, now: datetime) -> None:
        """Settle what is due if there is a reason to look: somebody woke us, or we have not looked for a while."""
        if self._wake.is_set() or self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            while await self.settle_due():
                pass

    async def settle_due(self) -> int:
        """Make one attempt for everything that is due; return how many were claimed."""
        async with asyncio.TaskGroup() as tasks:
            claimed = await self._claim(tasks)
        return claimed + await self.gate.digest()

    async def _claim(self, tasks: asyncio.TaskGroup) -> int:
        self._wake.clear()
        now = self._clock.now()
        without = self.lanes.blocked(now) | self.throttles.spent(now)
        rows = await self._store.claim(self._owner, now, LEASE, LANE_WIDTH, without)
        if rows:
            self._failpoints.reach("outbox.after_claim")
        self._metrics.notifications_suppressed.labels("superseded").inc(sum(row.supersedes for row in rows))
        for row in rows:
            self.lanes.begin(row.notification.receiver)
            self.lanes.follow(tasks.create_task(self._settle_safely(row)))
        return len(rows)

    async def _pause(self, longest: timedelta) -> None:
        try:
            async with asyncio.timeout(longest.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _settle_safely(self, row: OutboxRow) -> None:
        """Settle a row; where the store is busy or the lease was lost it stays leased, and is unknown later."""
        try:
            await self._settle(row)
        except CrisiswatchError as error:
            log.error("outbox_failed", error=str(error), key=row.notification.key)
        finally:
            self.lanes.end(row.notification.receiver)
            if self.lanes.wants_more(row.notification.receiver):
                self._wake.set()

    async def _settle(self, row: OutboxRow) -> None:
        receiver = row.notification.receiver
        channel, now = self.outward.channels.get(receiver), self._clock.now()
        if channel is None:
            gone = Attempt(Outcome.REJECTED, f"receiver {receiver!r} is not configured any more")
            await self._store.settle(row, DeliveryState.DEAD, gone, now)
        elif self.lanes.is_barred(receiver, now):
            await self._put_back(row, now)
        elif not self.throttles.take(receiver, now, posts := _posts(row, channel)):
            await self._store.settle(row, row.state, None, now, None, row.held)  # as it was: it goes in its order
        elif await self._holds_back(row, now):
            self.throttles.give_back(receiver, posts)
        elif self.lanes.enter(receiver, now):
            await self._try(row, channel)
        else:
            self.throttles.give_back(receiver, posts)
            await self._put_back(row, now)

    async def _put_back(self, row: OutboxRow, now: datetime) -> None:
        """Let a row wait until its receiver is tried again."""
        await self._store.settle(row, row.state, None, now, self.lanes.probe_at(row.notification.receiver), row.held)

    async def _holds_back(self, row: OutboxRow, now: datetime) -> bool:
        found = await self.gate.hold(row)
        if found is None:
            return False
        if row.held != found.text:  # counted once, however often it is looked at again
            self._metrics.notifications_suppressed.labels(found.reason).inc()
        state = DeliveryState.SUPPRESSED if found.is_final else row.state
        await self._store.settle(row, state, None, now, found.until, found.text)
        return True

    async def _try(self, row: OutboxRow, channel: Channel) -> None:
        if not channel.abilities.is_single:
            return await self._try_now(row, channel)
        # Where nobody can say what arrived, a kill repeats what was in flight: that is one message.
        async with self.lanes.turn(channel.name, PATIENCE) as is_free:
            return await (self._try_now(row, channel) if is_free else self._put_back(row, self._clock.now()))

    async def _try_now(self, row: OutboxRow, channel: Channel) -> None:
        try:
            await self._attempt(row, channel)
        except CrisiswatchError:
            raise
        except Exception as error:  # a bug in rendering or in a channel: counted, logged, tried again, never lost
            log.exception("delivery_raised", receiver=row.notification.receiver, key=row.notification.key)
            await self._write(row, channel, Attempt(Outcome.UNKNOWN, f"{type(error).__name__} in crisiswatch"))

    async def _attempt(self, row: OutboxRow, channel: Channel) -> None:
        message = await self._compose(row.notification)
        if message is None:
            nothing = Attempt(Outcome.REJECTED, "the incident does not exist any more")
            await self._write(row, channel, nothing)
            return
        attempt = await self._attempting.found(row, channel, message)
        if attempt is not None and attempt.outcome is Outcome.REFUSED:  # it never arrived: it may be held back
            row, attempt = replace(row, state=DeliveryState.PENDING), None
            if await self._holds_back(row, self._clock.now()):
                return
        if attempt is None:
            attempt = await self._attempting.send(row.notification, channel, message)
        self._failpoints.reach("outbox.after_send")
        await self._write(row, channel, attempt)

    async def _write(self, row: OutboxRow, channel: Channel, attempt: Attempt) -> None:
        now = self._clock.now()
        self._metrics.notifications.labels(channel.name, attempt.outcome.value).inc()
        state, not_before = settled_as(row, attempt, now, self._random.random())
        await self._write_down(row, state, attempt, not_before)
        self._failpoints.reach("outbox.after_settle")
        self.throttles.heed(channel.name, attempt, now)
        if self.lanes.judge(channel.name, attempt.outcome, now):
            log.info("receiver_recovered", receiver=channel.name)
            await self._store.let_go(now, channel.name)
        if state is DeliveryState.DELIVERED:
            self.fall_back.succeeded(row)
            self._measure(row, channel, now)
        else:
            self.fall_back.failed(row, state, now)
            self._warn(row, attempt, not_before)

    async def _write_down(
        self, row: OutboxRow, state: DeliveryState, attempt: Attempt, not_before: datetime | None
    ) -> None:
        """Write how an attempt ended; a busy store is asked again while the lease lasts, for a mail cannot be."""
        for _ in range(SETTLE_TRIES - 1):
            try:
                return await self._store.settle(row, state, attempt, self._clock.now(), not_before)
            except StoreBusy as error:
                log.warning("store_busy", error=str(error), key=row.notification.key)
                await self._clock.sleep(SETTLE_PAUSE)
        return await self._store.settle(row, state, attempt, self._clock.now(), not_before)

    def _measure(self, row: OutboxRow, channel: Channel, now: datetime) -> None:
        if row.notification.kind is not NotificationKind.UPDATED:
            took = max(0.0, (now - (row.created_at or now)).total_seconds())
            severity = row.notification.severity.name.lower()
            self._metrics.notification_latency_seconds.labels(channel.name, severity).observe(took)

    def _warn(self, row: OutboxRow, attempt: Attempt, not_before: datetime | None) -> None:
        log.warning(
            "delivery_failed",
            receiver=row.notification.receiver,
            outcome=attempt.outcome.value,
            detail=attempt.detail,
            attempts=row.attempts + 1,
            next=str(not_before) if not_before else "never",
        )


def _posts(row: OutboxRow, channel: Channel) -> int:
    return posts_of(row.notification.kind, edits=channel.abilities.edits)
