"""Silences, storms, dead channels and their fallbacks, on the real dispatcher and a store in memory."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from engine_fakes import NEVER_KILLS, FakeChannel, message, value
from prometheus_client import CollectorRegistry

from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.core.silences import Silence
from crisiswatch.core.storm import StormLimit
from crisiswatch.engine.clock import DrivenClock, SystemClock
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.holding import HoldingRules
from crisiswatch.metrics import Metrics
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after

REFUSED = Attempt(Outcome.REFUSED, "503")


class Way:
    """A dispatcher with a clock that the test drives."""

    def __init__(self, *channels: FakeChannel, clock: Any = None, **outward: Any) -> None:
        self.store = MemoryStore()
        self.clock = clock or DrivenClock(NOON)
        self.metrics = Metrics(CollectorRegistry())
        self.dispatcher = Dispatcher(self.store, self._compose, self.clock, self.metrics, NEVER_KILLS)
        self.dispatcher.outward = Outward({channel.name: channel for channel in channels}, **outward)

    async def _compose(self, notification: Notification) -> Message | None:
        return message(notification.key, kind=notification.kind.value, incident=notification.incident)

    async def owe(self, incident: str = "01A", number: int = 1, **changes: Any) -> None:
        fields: dict[str, Any] = {
            "receiver": "team", "kind": NotificationKind.OPENED, "severity": Severity.WARNING,
            "not_before": self.clock.now(), "deadline": self.clock.now() + timedelta(hours=6),
        }  # fmt: skip
        await self.store.enqueue(Notification(incident, number=number, **{**fields, **changes}), self.clock.now())

    async def at(self, **later: float) -> None:
        """Settle everything that is due so long after noon."""
        self.clock.set(after(**later))
        while await self.dispatcher.settle_due():
            pass

    async def states(self) -> list[DeliveryState]:
        return [row.state for row in reversed(await self.store.outbox(limit=1_000))]


async def silence(way: Way, **lasts: float) -> Silence:
    found = Silence("S-1", "", NOON, after(**lasts), "maria", "known outage", NOON)
    await way.store.save_silence(found)
    return found


async def test_what_a_silence_hides_is_sent_the_moment_it_ends_with_its_time_again() -> None:
    channel = FakeChannel()
    way = Way(channel)
    await silence(way, hours=8)
    await way.owe(deadline=after(hours=6))

    await way.at()
    [held] = await way.store.outbox()
    await way.at(hours=7, minutes=59)
    assert (held.held, channel.sent) == ("silenced: S-1 by maria: known outage", [])
    assert held.notification.deadline == after(hours=14)

    await way.at(hours=8)

    assert await way.states() == [DeliveryState.DELIVERED]
    assert value(way.metrics, "notifications_suppressed", "silenced") == 1


async def test_expiring_a_silence_lets_go_at_once() -> None:
    channel = FakeChannel()
    way = Way(channel)
    found = await silence(way, hours=8)
    await way.owe()
    await way.at()

    await way.store.save_silence(Silence(**{**_fields(found), "expired_at": after(minutes=5)}))
    way.clock.set(after(minutes=5))
    freed = await way.dispatcher.holding_changed()
    await way.at(minutes=5)

    assert (freed, len(channel.sent)) == (1, 1)


def _fields(found: Silence) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Silence.__slots__}


async def test_updates_that_a_newer_one_stands_for_are_counted() -> None:
    way = Way(FakeChannel())
    for number in (1, 2, 3):
        await way.store.enqueue(
            Notification("01", "team", NotificationKind.UPDATED, number, Severity.WARNING, NOON, after(hours=1)), NOON
        )

    await way.at()

    assert value(way.metrics, "notifications_suppressed", "superseded") == 2


async def test_a_storm_becomes_ten_alarms_and_a_digest_that_stands_for_the_rest() -> None:
    channel = FakeChannel()
    way = Way(channel)
    for number in range(60):
        await way.owe(f"01{number:02}")

    await way.at()
    assert len(channel.sent) == 10
    await way.at(minutes=1)

    digests = [sent for sent, _ in channel.sent if sent.kind == NotificationKind.DIGEST]
    told = await way.store.summarised(digests[0].incident)
    assert (len(digests), len(channel.sent), len(told)) == (1, 11, 50)
    assert {row.state for row in told} == {DeliveryState.SUPPRESSED}
    assert value(way.metrics, "notifications_suppressed", "storm") == 50


async def test_a_critical_passes_a_storm_of_warnings_and_thirty_of_them_do() -> None:
    channel = FakeChannel()
    way = Way(channel)
    for number in range(20):
        await way.owe(f"warning{number:02}")
    await way.at()
    for number in range(40):
        await way.owe(f"critical{number:02}", severity=Severity.CRITICAL)
    await way.at(seconds=10)

    sent = [one.incident for one, _ in channel.sent]
    assert sum(name.startswith("critical") for name in sent) == 30
    assert sum(name.startswith("warning") for name in sent) == 10


async def test_another_limit_may_be_configured() -> None:
    channel = FakeChannel()
    way = Way(channel, holding=HoldingRules(storm=StormLimit(pings=2)))
    for number in range(5):
        await way.owe(f"i{number}")

    await way.at()

    assert len(channel.sent) == 2


async def test_a_dead_receiver_is_left_alone_and_probed_and_gets_one_catch_up_when_it_is_back() -> None:
    channel = FakeChannel(REFUSED)
    way = Way(channel)
    for number in range(8):
        await way.owe(f"i{number}", deadline=after(days=2))
    for minute in range(60):
        await way.at(minutes=minute)
    tried = len(channel.sent)
    assert tried < 8 + 5 + 30, "after five failures it is probed, not hammered"
    assert way.dispatcher.lanes.failing_since("team") is not None

    for number in range(8):
        await way.owe(f"i{number}", 2, kind=NotificationKind.CLOSED, deadline=after(days=2))
    channel.attempts = [Attempt(Outcome.DELIVERED, reference="ref")]
    for minute in range(60, 80):
        await way.at(minutes=minute)

    caught_up = [one for one, _ in channel.sent[tried:]]
    assert sorted(one.incident for one in caught_up) == [f"i{n}" for n in range(8)]
    assert {one.kind for one in caught_up} == {NotificationKind.CLOSED}
    assert DeliveryState.DEAD not in await way.states()


async def test_a_receiver_that_hangs_holds_up_nobody_else() -> None:
    stuck, fine = FakeChannel(name="stuck"), FakeChannel(name="fine")
    stuck.hold = asyncio.Event()
    way = Way(stuck, fine, clock=SystemClock())
    for number in range(100):
        await way.owe(f"s{number}", receiver="stuck", severity=Severity.CRITICAL)
    running = asyncio.ensure_future(way.dispatcher.run())
    await stuck.begun.wait()
    for number in range(9):
        await way.owe(f"f{number}", receiver="fine")
    way.dispatcher.wake()
    await fine.begun.wait()
    while len(fine.sent) < 9:  # noqa: ASYNC110  # the dispatcher runs on this very loop
        await asyncio.sleep(0)

    assert len(stuck.sent) <= 32
    way.dispatcher.finish()
    stuck.hold.set()
    await running


async def test_the_fallback_is_told_after_three_failures_and_the_first_is_still_tried() -> None:
    asked: list[tuple[str, str]] = []

    async def tell_also(incident: str, receiver: str, now: object) -> bool:
        asked.append((incident, receiver))
        return True

    channel = FakeChannel(REFUSED)
    way = Way(channel, fallbacks={"team": "mail"})
    way.dispatcher.fall_back.tell_also = tell_also
    await way.owe(severity=Severity.CRITICAL)
    for second in range(0, 61, 5):
        await way.at(seconds=second)
        await way.dispatcher.fall_back.look()

    assert asked == [("01A", "mail")] or set(asked) == {("01A", "mail")}
    assert await way.states() == [DeliveryState.PENDING]


async def test_a_message_that_will_never_arrive_has_the_fallback_told_at_once() -> None:
    asked: list[str] = []

    async def tell_also(incident: str, receiver: str, now: object) -> bool:
        asked.append(receiver)
        return True

    way = Way(FakeChannel(Attempt(Outcome.REJECTED, "channel_not_found")), fallbacks={"team": "mail"})
    way.dispatcher.fall_back.tell_also = tell_also
    await way.owe()
    await way.at()
    await way.dispatcher.fall_back.look()

    assert asked == ["mail"]
    assert await way.states() == [DeliveryState.DEAD]
