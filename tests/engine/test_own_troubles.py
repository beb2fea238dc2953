"""The daemon's own troubles: silent sources, dead letters, stuck escalations, the dead man's switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count, takewhile

import pytest
from engine_fakes import NEVER_KILLS, Engine, FakeChannel, FakeSource, engine, message, plan

from crisiswatch.app.beating import heart_plan, with_heart
from crisiswatch.core.deciding import Policy
from crisiswatch.core.enriching import Watchlist
from crisiswatch.core.incidents import SYNTHETIC, Incident
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch, Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.routing import Route
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.auditing import Audit
from crisiswatch.engine.clock import TICK
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.heart import Heart, HeartOptions, Nowhere, Vitals
from crisiswatch.engine.ingesting import Lens
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.upkeep import Upkeep
from crisiswatch.engine.watched import OWN
from crisiswatch.errors import SourceUnavailable
from crisiswatch.ports import Response
from tests.builders import NOON, after


class Watched:
    """An engine with a poller, a dispatcher with two receivers, and the daemon's own policy."""

    def __init__(self, source: FakeSource) -> None:
        self.world: Engine = engine()
        self.poller = Poller(self.world.store, self.world.ingest, self.world.clock, self.world.metrics)
        self.poller.use([(source, timedelta(minutes=5))])
        self.dispatcher = Dispatcher(self.world.store, self._compose, self.world.clock, self.world.metrics, NEVER_KILLS)
        self.channels = {"team": FakeChannel(name="team"), "mail": FakeChannel(name="mail")}
        self.dispatcher.outward = Outward(self.channels)
        self.upkeep = Upkeep(self.world.store, self.poller, self.dispatcher.lanes)
        self.upkeep.receivers = frozenset(self.channels)
        self.world.watcher.own_policy = Policy(OWN, "self", Route(("team",)), everybody=("team", "mail"))

    async def _compose(self, notification: Notification) -> Message | None:
        return message(notification.key, kind=notification.kind.value, incident=notification.incident)

    async def at(self, **later: float) -> None:
        """Poll, tick and deliver so long after noon."""
        now = after(**later)
        self.world.clock.set(now)
        for polled in self.poller.polled.values():
            await self.poller.poll(polled)
        for second in (0, 15):
            moment = now + timedelta(seconds=second)
            await self.world.watcher.tick_own(await self.upkeep.troubles(moment), moment)
        await self.dispatcher.settle_due()

    async def told(self) -> list[tuple[str, str, str]]:
        """Return family, receiver and kind of every message so far."""
        found = []
        for row in reversed(await self.world.store.outbox()):
            incident = await self.world.store.incident_by_id(row.notification.incident)
            family = incident.family if incident else ""
            found.append((family, row.notification.receiver, row.notification.kind.value))
        return found


async def test_a_source_that_does_not_answer_is_an_incident_of_its_own_and_closes_when_it_is_back() -> None:
    source = FakeSource(SourceUnavailable("refused"))
    watched = Watched(source)
    for minute in (0, 10, 14):
        await watched.at(minutes=minute)
    assert await watched.told() == []

    await watched.at(minutes=16)
    assert await watched.told() == [("source:press", "team", "opened")]

    source.answers = [Batch()]
    for minute in range(20, 20 + 150, 5):
        await watched.at(minutes=minute)

    assert (await watched.told())[-1] == ("source:press", "team", "closed")


async def test_a_letter_that_died_is_told_through_the_other_channel() -> None:
    watched = Watched(FakeSource(Batch()))
    watched.channels["team"].attempts = [Attempt(Outcome.REJECTED, "channel_not_found")]
    owed = Notification("01A", "team", NotificationKind.OPENED, 1, Severity.WARNING, NOON, after(hours=6))
    await watched.world.store.enqueue(owed, NOON)

    await watched.at()
    await watched.at(minutes=1)
    await watched.at(minutes=2)

    assert ("self:team", "mail", "opened") in await watched.told()
    assert ("self:team", "team", "opened") not in await watched.told()
    assert len(watched.channels["mail"].sent) == 1


async def test_the_auditor_mends_an_escalation_that_stands_still_and_counts_it() -> None:
    world = engine(plan(rules=plan().rules))
    await world.see(3, "acme injured")
    await world.tick()
    [found] = world.watcher.incidents()
    stuck = replace(found, next_step_at=NOON - timedelta(minutes=30), version=found.version + 1)
    world.watcher._incidents["Acme", "crisis"] = await world.store.commit_decision(_as_is(stuck, found.version))
    audit = Audit(world.watcher, world.metrics, world.clock)

    await audit()

    assert audit.found == 1
    assert world.metrics.escalation_auditor_violations._value.get() == 1
    kinds = [row.notification.kind for row in await world.store.outbox()]
    assert NotificationKind.REPEATED in kinds
    await audit()
    assert audit.found == 0


def _as_is(incident: Incident, version: int) -> Decision:
    return Decision(incident, version, (), ())


class FakeFetcher:
    """Takes every call and answers 200."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bytes | None]] = []

    async def fetch(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        self.calls.append((url, body))
        return Response(200, {}, b"", url)


class Beating:
    """A heart on the whole way: ingest, watcher, outbox, dispatcher."""

    def __init__(self, bucket: timedelta = timedelta(minutes=5), every: timedelta = timedelta(minutes=1)) -> None:
        self.world = engine(plan(), heart_plan(bucket, every))
        lens = self.world.ingest.lens
        assert lens is not None
        self.world.ingest.lens = Lens(lens.steps, with_heart(Watchlist(frozenset({"Acme"}), author_key=b"k")))
        world = self.world
        self.nowhere = Nowhere(world.watcher, world.clock)
        self.poller = Poller(world.store, world.ingest, world.clock, world.metrics)
        self.dispatcher = Dispatcher(world.store, self._compose, world.clock, world.metrics, NEVER_KILLS)
        self.dispatcher.outward = Outward({SYNTHETIC: self.nowhere})
        self.audit = Audit(world.watcher, world.metrics, world.clock)
        self.fetcher = FakeFetcher()
        vitals = Vitals(world.store, self.poller, self.audit, self.nowhere)
        self.heart = Heart(vitals, world.ingest, self.fetcher, world.clock, world.metrics)
        self.heart.options = HeartOptions(("https://beat.example/1", "https://other.example/2"))

    async def _compose(self, notification: Notification) -> Message | None:
        return message(notification.key)

    async def minute(self, *, ticks: bool = True) -> None:
        """Beat, then let a minute pass."""
        await self.heart.beat()
        for _ in range(4):
            self.world.clock.set(self.world.clock.now() + timedelta(seconds=15))
            if ticks:
                await self.world.watcher.tick(self.world.clock.now())
            await self.dispatcher.settle_due()


async def test_every_service_hears_that_a_made_up_mention_came_all_the_way() -> None:
    beating = Beating()
    for _ in range(10):
        await beating.minute()

    urls = [url for url, body in beating.fetcher.calls]
    assert set(urls) == {"https://beat.example/1", "https://other.example/2"}
    assert len(urls) == 2 * 9
    assert beating.world.metrics.heartbeat_last_success_timestamp_seconds._value.get() > NOON.timestamp()


@pytest.mark.parametrize("every", [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)])
@pytest.mark.parametrize("bucket", [timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)])
@pytest.mark.parametrize("second", [1, 9, 31, 44])
async def test_it_beats_whatever_the_buckets_are_and_whenever_it_began(
    second: int, bucket: timedelta, every: timedelta
) -> None:
    beating = Beating(bucket, every)
    end = NOON + timedelta(minutes=12)
    beats = takewhile(end.__gt__, (NOON + timedelta(seconds=second) + every * n for n in count()))
    ticks = takewhile(end.__gt__, (NOON + TICK * n for n in count(1)))
    for now, is_beat in sorted([*((at, True) for at in beats), *((at, False) for at in ticks)]):
        beating.world.clock.set(now)
        if is_beat:
            await beating.heart.beat()
        else:
            await beating.world.watcher.tick(now)
            await beating.dispatcher.settle_due()

    assert [body for _, body in beating.fetcher.calls] == [None] * len(beating.fetcher.calls)
    assert len(beating.fetcher.calls) >= 2 * (timedelta(minutes=12) // every - 2)


async def test_nobody_sees_the_made_up_incident() -> None:
    beating = Beating()
    for _ in range(5):
        await beating.minute()

    assert await beating.world.store.incidents(IncidentQuery()) == []
    assert [one.number for one in beating.world.watcher.incidents()] == [None]


async def test_a_watcher_that_stands_still_is_told_outside() -> None:
    beating = Beating()
    for _ in range(4):
        await beating.minute()
    for _ in range(5):
        await beating.minute(ticks=False)

    url, body = beating.fetcher.calls[-1]
    assert url.endswith("/fail")
    assert body == b"no made-up mention came through in time"


async def test_a_critical_that_does_not_get_out_is_told_outside() -> None:
    beating = Beating()
    for _ in range(3):
        await beating.minute()
    now = beating.world.clock.now()
    stuck = Notification("01A", "x", NotificationKind.OPENED, 1, Severity.CRITICAL, now, now + timedelta(hours=24))
    await beating.world.store.enqueue(stuck, now)
    [row] = [row for row in await beating.world.store.claim("x", now, timedelta(hours=1), 9) if row.id]

    assert await beating.heart.reasons(now + timedelta(seconds=119)) == []
    await beating.minute()
    await beating.minute()
    assert await beating.heart.reasons(now + timedelta(seconds=121)) == ["1 critical messages wait for more than 120 s"]
    assert row.state is DeliveryState.PENDING
