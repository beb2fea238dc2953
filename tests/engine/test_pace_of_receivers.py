"""A receiver with a limit gets a burst at once and the rest at its pace, criticals first; nobody else is slowed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine_fakes import FakeChannel
from test_ways_barred import Way, silence

from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, NotificationKind, Outcome
from crisiswatch.core.storm import StormLimit
from crisiswatch.core.throttling import Limit
from crisiswatch.engine.holding import HoldingRules
from crisiswatch.ports import Abilities
from tests.builders import after

A_SECOND = Limit(1.0, 4)
NO_STORM = HoldingRules(storm=StormLimit(10_000, 10_000))


def way(*channels: FakeChannel, **outward: Any) -> Way:
    return Way(*channels, limits={"team": A_SECOND}, holding=outward.pop("holding", NO_STORM), **outward)


def told(channel: FakeChannel) -> list[str]:
    return [message.incident for message, _ in channel.sent]


async def test_an_ordinary_alert_with_what_belongs_to_it_is_not_delayed() -> None:
    channel = FakeChannel()
    world = way(channel)
    for number in range(4):
        await world.owe(f"i{number}")
    await world.at()

    assert len(channel.sent) == 4


async def test_what_is_above_the_burst_goes_one_a_second_criticals_first_and_each_in_its_order() -> None:
    channel = FakeChannel()
    world = way(channel)
    for number in range(20):
        await world.owe(f"warning{number}")
    await world.at()
    for number in range(3):
        await world.owe(f"critical{number}", severity=Severity.CRITICAL)
    for second in range(1, 20):
        await world.at(seconds=second)

    warnings = [f"warning{number}" for number in range(20)]
    assert told(channel) == [*warnings[:4], "critical0", "critical1", "critical2", *warnings[4:]]


async def test_a_receiver_without_a_limit_gets_everything_at_once() -> None:
    slow, fast = FakeChannel(), FakeChannel(name="hook")
    world = way(slow, fast)
    for number in range(50):
        await world.owe(f"i{number}")
        await world.owe(f"i{number}", receiver="hook")
    await world.at()

    assert (len(slow.sent), len(fast.sent)) == (4, 50)


async def test_what_waits_for_the_pace_is_as_it_was_and_loses_no_attempt() -> None:
    channel = FakeChannel()
    world = way(channel)
    for number in range(6):
        await world.owe(f"i{number}")
    await world.at()
    waiting = [row for row in await world.store.outbox() if row.settled_at is None]

    assert [(row.state, row.attempts, row.held, row.not_before) for row in waiting] == [
        (DeliveryState.PENDING, 0, "", after())
    ] * 2


async def test_a_message_that_is_held_back_takes_nobodys_turn() -> None:
    channel = FakeChannel()
    world = way(channel)
    await silence(world, hours=8)
    for number in range(8):
        await world.owe(f"hidden{number}")
    await world.at()
    for number in range(4):
        await world.owe(f"i{number}", kind=NotificationKind.TEST)  # which a silence does not hide
    await world.at()

    assert told(channel) == [f"i{number}" for number in range(4)]


async def test_a_storm_is_counted_once_however_often_a_message_had_to_wait() -> None:
    channel = FakeChannel()
    world = way(channel, holding=HoldingRules(storm=StormLimit(pings=8)))
    for number in range(8):
        await world.owe(f"i{number}")
    for second in range(10):
        await world.at(seconds=second)

    assert told(channel) == [f"i{number}" for number in range(8)]


async def test_edits_of_a_card_count_and_a_reply_with_its_edit_counts_twice() -> None:
    channel = FakeChannel()
    channel.abilities = Abilities(edits=True)
    world = way(channel)
    for number in range(3):
        await world.owe(f"i{number}", kind=NotificationKind.RAISED)
    for number in range(3):
        await world.owe(f"e{number}", kind=NotificationKind.UPDATED)
    sent = []
    for second in range(8):
        await world.at(seconds=second)
        sent.append(len(channel.sent))

    assert sent == [2, 3, 3, 4, 5, 6, 6, 6]


async def test_a_receiver_that_says_later_is_left_alone_until_then_with_all_its_messages() -> None:
    later = Attempt(Outcome.REFUSED, "ratelimited", retry_after=timedelta(seconds=30))
    channel = FakeChannel(later, Attempt(Outcome.DELIVERED, reference="ref"))
    world = way(channel)
    await world.owe("first")
    await world.at()
    await world.owe("second")
    for second in range(1, 30):
        await world.at(seconds=second)
    assert told(channel) == ["first"]

    for second in range(30, 60):
        await world.at(seconds=second)
    assert sorted(told(channel)) == ["first", "first", "second"]


async def test_a_reload_that_keeps_the_limit_gives_no_new_burst() -> None:
    channel = FakeChannel()
    world = way(channel)
    for number in range(10):
        await world.owe(f"i{number}")
    await world.at()
    world.dispatcher.outward = world.dispatcher.outward
    await world.at()

    assert len(channel.sent) == 4
