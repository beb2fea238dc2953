"""What forgets is told again: open incidents, at those who were told and need it, and nobody else."""

from __future__ import annotations

from datetime import timedelta

from engine_fakes import FakeChannel, message

from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, Outcome
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.renewing import Renewer
from crisiswatch.ports import Channel
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, incident


class Forgetful(FakeChannel):
    """A channel that must be told again."""

    def __init__(self, outcome: Outcome = Outcome.DELIVERED) -> None:
        super().__init__(name="am")
        self.outcome = outcome
        self.renewed: list[Message] = []

    async def renew(self, message: Message) -> Attempt:
        self.renewed.append(message)
        return Attempt(self.outcome)


async def told(store: MemoryStore, about: Incident, *, delivered: bool = True) -> None:
    receivers = tuple(about.told)
    owed = tuple(
        Notification(about.id, name, "opened", 1, about.severity, NOON, NOON + timedelta(hours=1))  # type: ignore[arg-type]
        for name in receivers
    )
    await store.commit_decision(Decision(about, 0, (), owed))
    for row in await store.claim("test", NOON, timedelta(minutes=1), 10):
        if delivered:
            await store.settle(row, DeliveryState.DELIVERED, Attempt(Outcome.DELIVERED, reference="r"), NOON)


def renewer(store: MemoryStore, **channels: Channel) -> Renewer:
    async def compose(owed: Notification) -> Message:
        return message(key=owed.receiver)

    return Renewer(store, compose, DrivenClock(NOON), lambda: channels)


def about(id: str = "01A", **changes: object) -> Incident:
    return incident(**{"id": id, "number": None, "version": 0, "told": {"am": 1, "team": 1}, **changes})


async def test_an_open_incident_is_renewed_where_it_was_told() -> None:
    store, forgetful, other = MemoryStore(), Forgetful(), FakeChannel()
    await told(store, about())

    done = await renewer(store, am=forgetful, team=other).renew()

    assert (done, [one.key for one in forgetful.renewed], other.sent) == (1, ["am"], [])


async def test_nothing_is_renewed_before_it_was_delivered_or_after_its_end() -> None:
    store, forgetful = MemoryStore(), Forgetful()
    await told(store, about(), delivered=False)
    await told(store, about("01B", brand="Globex", condition=Condition.CLOSED, closed_at=NOON))

    assert await renewer(store, am=forgetful).renew() == 0
    assert forgetful.renewed == []


async def test_a_refused_renewal_is_tried_again_the_next_time() -> None:
    store, forgetful = MemoryStore(), Forgetful(Outcome.REFUSED)
    await told(store, about())
    one = renewer(store, am=forgetful)

    assert [await one.renew(), await one.renew()] == [0, 0]
    assert len(forgetful.renewed) == 2


async def test_without_such_a_channel_the_store_is_not_asked() -> None:
    class Untouched(MemoryStore):
        async def unfinished(self) -> list[Incident]:
            raise AssertionError("nobody needs it")

    assert await renewer(Untouched(), team=FakeChannel()).renew() == 0
