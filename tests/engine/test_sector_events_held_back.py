"""What the gate holds back of a sector event, from whom, and until when."""

from __future__ import annotations

from dataclasses import replace

from engine_fakes import FakeChannel
from test_ways_barred import Way

from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, NotificationKind, Outcome
from crisiswatch.core.overlays import SectorEvent
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.holding import HoldingRules
from tests.builders import incident

ROOT = incident(id="root", brand="Acme", number=None, version=0, told={"team": 1})
MEMBER = incident(
    id="member", brand="Initech", number=None, version=0, told={"team": 1, "desk": 1},
    sector=SectorEvent("root", "INC-1", follows=True),
)  # fmt: skip


async def event(*channels: FakeChannel, member: Incident = MEMBER) -> Way:
    """Return a way on which the root's alarm was owed to the team before the member's."""
    way = Way(*(channels or (FakeChannel(),)))
    for one in (ROOT, member):
        await way.store.commit_decision(Decision(one, 0, (), ()))
    await way.owe("root")
    await way.owe("member")
    return way


def told(channel: FakeChannel) -> list[str]:
    return [f"{message.incident} {message.kind}" for message, _ in channel.sent]


async def close(way: Way, known: Incident) -> None:
    stored = await way.store.incident_by_id(known.id)
    assert stored is not None
    over = replace(stored, condition=Condition.CLOSED)
    await way.store.commit_decision(Decision(over, stored.version, (), ()))


async def test_who_is_owed_the_root_is_told_of_a_follower_when_the_root_is_over() -> None:
    channel = FakeChannel()
    way = await event(channel)

    await way.at(minutes=30)
    assert told(channel) == ["root opened"]
    (row,) = await way.store.outbox((DeliveryState.PENDING,))
    assert row.held == "inhibited: sector event, with INC-1"
    await close(way, ROOT)
    await way.at(minutes=31)
    assert told(channel) == ["root opened", "member opened"]


async def test_who_was_not_told_of_the_root_is_told_of_a_follower() -> None:
    channel, desk = FakeChannel(), FakeChannel(name="desk")
    way = await event(channel, desk)
    await way.owe("member", receiver="desk")

    await way.at(minutes=1)

    assert told(desk) == ["member opened"]


async def test_a_critical_follower_is_told_at_once() -> None:
    channel = FakeChannel()
    way = await event(channel, member=replace(MEMBER, severity=Severity.CRITICAL))

    await way.at(minutes=0)

    assert told(channel) == ["root opened", "member opened"]


async def test_a_root_that_will_never_arrive_holds_nothing_back() -> None:
    channel = FakeChannel(Attempt(Outcome.REJECTED, "never"), Attempt(Outcome.DELIVERED, reference="ref"))
    way = await event(channel)

    await way.at(minutes=0)
    await way.at(minutes=2)

    assert told(channel)[-1] == "member opened"


async def test_the_end_of_a_follower_that_nobody_heard_of_is_told_to_nobody() -> None:
    channel = FakeChannel()
    way = await event(channel)
    await way.at(minutes=1)
    await close(way, MEMBER)
    await way.owe("member", number=2, kind=NotificationKind.CLOSED)

    await way.at(minutes=3)

    assert told(channel) == ["root opened"]
    assert set(await way.states()) <= {DeliveryState.DELIVERED, DeliveryState.SUPPRESSED, DeliveryState.SUPERSEDED}


async def test_the_operator_may_want_every_brand_told_by_itself() -> None:
    channel = FakeChannel()
    way = await event(channel)
    way.dispatcher.outward = replace(way.dispatcher.outward, holding=HoldingRules(sector_events=False))

    await way.at(minutes=0)

    assert told(channel) == ["root opened", "member opened"]
