"""The digests that the daemon sends by itself: at their time, once, of the stretch that they name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from engine_fakes import NEVER_KILLS, FakeChannel
from prometheus_client import CollectorRegistry

from crisiswatch.core.digesting import Digest, Planned, last_due
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import DeliveryState, Notification
from crisiswatch.core.sharing import Correction
from crisiswatch.engine.briefing import Briefing, BriefOptions
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.composing import Composer
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.label_learning import Learnt, saved_correction
from crisiswatch.engine.watched import Learns
from crisiswatch.metrics import Metrics
from crisiswatch.rendering.digest import compose_brief
from crisiswatch.rendering.message import Context
from crisiswatch.store.memory import MemoryStore

MADRID = ZoneInfo("Europe/Madrid")
DAILY = Planned("morning", ("team",), time(8), MADRID)
MONDAYS = Planned("week", ("team", "boss"), time(9), MADRID, weekday=0)
EIGHT = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
"""Eight o'clock in Madrid, a Wednesday."""


def render(notification: Notification, found: Digest, now: datetime) -> Message:
    return compose_brief(notification, found, Context(now=now, public_url="https://cw.example"))


class Morning:
    """A dispatcher with digests, and a clock that the test drives."""

    def __init__(self, *planned: Planned) -> None:
        self.store, self.clock, self.channel = MemoryStore(), DrivenClock(EIGHT - timedelta(hours=2)), FakeChannel()
        self.briefing = Briefing(self.store, self.clock)
        self.briefing.options = BriefOptions(planned, {"Acme": Learns()}, ("press",), render)
        composer = Composer(self.store, self.clock, dict)
        composer.brief = self.briefing.compose
        metrics = Metrics(CollectorRegistry())
        self.dispatcher = Dispatcher(self.store, composer, self.clock, metrics, NEVER_KILLS)
        self.dispatcher.outward = Outward({self.channel.name: self.channel})

    async def at(self, moment: datetime) -> None:
        self.clock.set(moment)
        await self.briefing.look()
        while await self.dispatcher.settle_due():
            pass


async def test_a_daily_digest_is_sent_at_its_time_and_once() -> None:
    morning = Morning(DAILY)

    await morning.at(EIGHT - timedelta(minutes=1))
    before = len(morning.channel.sent)
    for minutes in (0, 1, 60):
        await morning.at(EIGHT + timedelta(minutes=minutes))

    ((sent, _),) = morning.channel.sent
    assert (before, sent.kind) == (0, "brief")
    assert sent.headline.startswith("Daily brief: ")
    assert {fact.label: fact.value for fact in sent.facts}["Acme"] == "0 mentions"


async def test_who_saw_nothing_is_told_so() -> None:
    morning = Morning(DAILY)

    await morning.at(EIGHT)

    ((sent, _),) = morning.channel.sent
    assert "NOTHING WAS SEEN" in sent.state


async def test_a_daemon_that_was_down_in_the_morning_sends_it_late_but_not_in_the_evening() -> None:
    late, too_late = Morning(DAILY), Morning(DAILY)

    await late.at(EIGHT + timedelta(hours=5))
    await too_late.at(EIGHT + timedelta(hours=9))

    assert (len(late.channel.sent), len(too_late.channel.sent)) == (1, 0)


async def test_a_digest_that_is_no_more_configured_is_given_up() -> None:
    morning = Morning(DAILY)
    morning.clock.set(EIGHT)
    await morning.briefing.look()
    assert morning.briefing.options is not None
    morning.briefing.options = replace(morning.briefing.options, planned=())

    await morning.dispatcher.settle_due()

    assert [row.state for row in await morning.store.outbox()] == [DeliveryState.DEAD]


async def test_every_receiver_of_a_weekly_digest_is_owed_it() -> None:
    morning = Morning(MONDAYS)

    morning.clock.set(datetime(2026, 3, 9, 8, 0, tzinfo=UTC))
    await morning.briefing.look()

    assert {row.notification.receiver for row in await morning.store.outbox()} == {"team", "boss"}


@pytest.mark.parametrize(
    ("planned", "now", "due"),
    [
        (DAILY, EIGHT, EIGHT),
        (DAILY, EIGHT - timedelta(seconds=1), EIGHT - timedelta(days=1)),
        (MONDAYS, EIGHT, datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
        # Clocks go forward on 29 March: eight o'clock is an hour earlier in UTC.
        (DAILY, datetime(2026, 3, 29, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
        (MONDAYS, datetime(2026, 3, 30, 6, 59, tzinfo=UTC), datetime(2026, 3, 23, 8, 0, tzinfo=UTC)),
    ],
)
def test_it_is_due_by_the_clock_on_the_wall(planned: Planned, now: datetime, due: datetime) -> None:
    assert last_due(planned, now) == due


async def test_the_share_is_corrected_by_what_labels_taught_when_it_was_last_saved() -> None:
    store, taught = MemoryStore(), Learnt(correction=Correction(summand=-1.0))
    await store.save_checkpoint("learnt/Acme", EIGHT, msgspec.msgpack.encode(taught))
    await store.save_checkpoint("learnt/Globex", EIGHT, b"\xff broken")

    found = [await saved_correction(store, brand, Learns()) for brand in ("Acme", "Globex", "Initech")]

    assert found == [taught.correction, Correction(), Correction()]
