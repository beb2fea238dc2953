"""Presses on cards: who wants to silence is asked in time, and what they send is kept with name and reason."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from engine_fakes import NEVER_KILLS, FakeChannel
from prometheus_client import CollectorRegistry

from crisiswatch.app.converting import matchers
from crisiswatch.core.answering import Answer, Deed, Pressed
from crisiswatch.core.hushing import Foreseen, SilenceSent, SilenceWanted, Unfit
from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.core.routing import labels
from crisiswatch.core.transactions import Decision
from crisiswatch.engine import pressing
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.composing import Composer
from crisiswatch.engine.delivering import Dispatcher, Outward
from crisiswatch.engine.holding import HoldingRules
from crisiswatch.engine.pressing import Presses
from crisiswatch.errors import BadInput, SourceRejected
from crisiswatch.metrics import Metrics
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, incident

SENT = SilenceSent(1, "maria", 4, "known outage (in Slack, U1)", receiver="pr-team", person="U1")


class AnswerableChannel(FakeChannel):
    """A channel with buttons that everybody but Eve may press."""

    name, listens = "pr-team", False

    def admits(self, person: str) -> bool:
        return person != "U-EVE"

    def pressed(self, headers: Any, body: bytes, now: Any) -> None:
        return None

    async def listen(self, take: Any) -> None:
        return None


class AskingChannel(AnswerableChannel):
    """A channel with a form, too; `hangs` leaves who asks waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[SilenceWanted, Foreseen]] = []
        self.hangs = False

    async def ask(self, wanted: SilenceWanted, foreseen: Foreseen) -> Attempt:
        if self.hangs:
            await asyncio.Event().wait()
        self.forms.append((wanted, foreseen))
        return Attempt(Outcome.DELIVERED)


class FakeWatcher:
    def __init__(self) -> None:
        self.answered: list[tuple[int, Answer]] = []

    async def answer(self, number: int, given: Answer, now: Any) -> None:
        self.answered.append((number, given))


class Desk:
    """Presses on a store with three open incidents: two of Acme's trouble, one of Globex."""

    def __init__(self) -> None:
        self.store, self.clock, self.channel = MemoryStore(), DrivenClock(NOON), AskingChannel()
        self.channels = {"pr-team": self.channel, "formless": AnswerableChannel(), "mute": FakeChannel()}
        self.watcher: Any = FakeWatcher()
        composer = Composer(self.store, self.clock, dict)
        dispatcher = Dispatcher(self.store, composer, self.clock, Metrics(CollectorRegistry()), NEVER_KILLS)
        holding = HoldingRules(labels=lambda one: labels(one, "brand", {}), read=matchers)
        dispatcher.outward = Outward({"pr-team": self.channel}, holding=holding)
        self.dispatcher = dispatcher
        self.presses = Presses(
            self.store,
            self.clock,
            self.watcher,
            dispatcher,
            lambda: self.channels,
        )

    async def open(self, *found: Incident) -> None:
        for one in found:
            await self.store.commit_decision(Decision(replace(one, number=None, version=1), 0, (), ()))


def open_one(id: str, **changes: Any) -> Incident:
    return incident(id=id, **changes)


async def desk() -> Desk:
    made = Desk()
    await made.open(
        open_one("a", severity=Severity.WARNING),
        open_one("b", brand="Globex"),
    )
    return made


async def test_who_wants_to_silence_is_told_what_it_would_hold_back() -> None:
    at = await desk()
    wanted = SilenceWanted(1, "1.2.a", "fr", "pr-team")

    await at.presses.take(wanted)

    ((asked, foreseen),) = at.channel.forms
    assert (asked, foreseen.language, foreseen.incident.name) == (wanted, "fr", "INC-1")
    assert [one.name for one in foreseen.hidden] == ["INC-1"]
    assert await at.store.silences() == []


async def test_what_is_sent_is_kept_until_it_becomes_worse_and_looked_at_at_once() -> None:
    at = await desk()

    await at.presses.take(SENT)

    (silence,) = await at.store.silences()
    assert (silence.by, silence.reason) == ("maria", "known outage (in Slack, U1)")
    assert silence.matchers == 'brand="Acme", family="crisis"'
    assert (silence.ends - NOON, silence.most) == (timedelta(hours=4), Severity.WARNING)
    assert [active.silence.id for active in await at.dispatcher.gate.silences()] == [silence.id]


@pytest.mark.parametrize(
    "sent", [replace(SENT, incident=99), replace(SENT, hours=3), replace(SENT, reason=" "), replace(SENT, hours=0)]
)
async def test_what_cannot_be_kept_is_refused(sent: SilenceSent) -> None:
    at = await desk()

    with pytest.raises(BadInput):
        await at.presses.take(sent)

    assert await at.store.silences() == []


async def test_whoever_cannot_be_asked_is_left_alone() -> None:
    at = await desk()

    for wanted in (SilenceWanted(99, "1.2.a", "en", "pr-team"), SilenceWanted(1, "1.2.a", "en", "formless")):
        await at.presses.take(wanted)
    await at.presses.take(Unfit({}, "pr-team"))

    assert at.channel.forms == []


@pytest.mark.parametrize(("receiver", "person"), [("pr-team", "U-EVE"), ("gone", "U1"), ("mute", "U1"), ("", "U1")])
async def test_who_may_not_answer_on_that_card_does_nothing(receiver: str, person: str) -> None:
    at = await desk()
    presses = (
        replace(SENT, receiver=receiver, person=person),
        SilenceWanted(1, "1.2.a", "en", receiver, person),
        Pressed(1, Answer(Deed.CLOSE, "eve"), receiver, person),
    )

    for press in presses:
        with pytest.raises(SourceRejected):
            await at.presses.take(press)

    assert (at.channel.forms, at.watcher.answered, await at.store.silences()) == ([], [], [])


async def test_a_channel_that_hangs_holds_up_nobody_for_longer_than_its_trigger_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = await desk()
    at.channel.hangs = True
    monkeypatch.setattr(pressing, "ASK_WITHIN", timedelta(milliseconds=20))

    await asyncio.wait_for(at.presses.take(SilenceWanted(1, "1.2.a", "en", "pr-team")), 30)

    assert at.channel.forms == []


async def test_an_answer_goes_to_the_incident() -> None:
    at = await desk()
    given = Answer(Deed.ACKNOWLEDGE, "maria")

    await at.presses.take(Pressed(1, given, "pr-team", "U1"))

    assert at.watcher.answered == [(1, given)]


async def test_a_closed_incident_can_still_be_silenced_should_it_come_back() -> None:
    at = Desk()
    await at.open(open_one("a"))
    opened = await at.store.incident(1)
    assert opened is not None
    closed = replace(opened, condition=Condition.CLOSED, closed_at=NOON, version=2)
    await at.store.commit_decision(Decision(closed, 1, (), ()))

    await at.presses.take(SENT)

    assert len(await at.store.silences()) == 1
