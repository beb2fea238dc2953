"""Channels are asked before they are needed: a refusal or a long silence is trouble, a slip is none."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from engine_fakes import FakeChannel

from crisiswatch.core.abilities import Checkable
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.engine import canaries
from crisiswatch.engine.canaries import Canaries
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.lanes import Lanes
from crisiswatch.engine.upkeep import Upkeep
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after

FINE, REFUSED, LOCKED_OUT = Attempt(Outcome.DELIVERED), Attempt(Outcome.REFUSED), Attempt(Outcome.REJECTED)


class Asked(FakeChannel):
    """A channel that answers checks from a script, the last answer again and again."""

    check_every = timedelta(minutes=10)

    def __init__(self, *answers: Attempt | Exception, name: str = "team") -> None:
        super().__init__(name=name)
        self.answers = list(answers)
        self.checks = 0

    async def check(self) -> Attempt:
        self.checks += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Minutes:
    """Canaries that look every minute, on a clock that the test drives."""

    def __init__(self, *channels: Any) -> None:
        self.clock = DrivenClock(NOON)
        self.channels = {one.name: one for one in channels}
        self.canaries = Canaries(self.clock, lambda: self.channels)

    async def failing(self, minutes: int, receiver: str = "team") -> list[bool]:
        found = []
        for minute in range(minutes):
            self.clock.set(after(minutes=minute))
            await self.canaries.look()
            found.append(self.canaries.is_failing(receiver, self.clock.now()))
        return found


async def test_who_answers_is_asked_every_ten_minutes_and_is_no_trouble() -> None:
    one = Asked(FINE)

    assert not any(await Minutes(one).failing(21))
    assert one.checks == 3


async def test_a_refusal_is_trouble_at_the_second_time_and_over_at_once() -> None:
    one = Asked(LOCKED_OUT, LOCKED_OUT, LOCKED_OUT, FINE)

    assert await Minutes(one).failing(5) == [False, True, True, False, False]


async def test_no_answer_is_trouble_after_five_minutes() -> None:
    assert await Minutes(Asked(REFUSED)).failing(7) == [False] * 5 + [True, True]


async def test_a_slip_is_no_trouble() -> None:
    assert not any(await Minutes(Asked(LOCKED_OUT, FINE)).failing(12))


async def test_a_bug_in_a_channel_is_no_answer_and_holds_up_nobody() -> None:
    broken, fine = Asked(ValueError("bug")), Asked(FINE, name="mail")
    minutes = Minutes(broken, fine)

    assert (await minutes.failing(7))[-1]
    assert fine.checks == 1


async def test_a_channel_that_hangs_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Asked):
        async def check(self) -> Attempt:
            await asyncio.Event().wait()
            return FINE

    monkeypatch.setattr(canaries, "WITHIN", timedelta(milliseconds=10))

    assert (await Minutes(Hanging(FINE)).failing(7))[-1]


async def test_a_channel_that_cannot_be_asked_or_is_gone_is_no_trouble() -> None:
    minutes = Minutes(Asked(LOCKED_OUT), FakeChannel(name="mute"))
    before = await minutes.failing(3)
    minutes.channels = {}

    assert before[-1]
    assert not isinstance(FakeChannel(), Checkable)
    assert not any(await minutes.failing(3))


async def test_what_fails_is_the_daemons_own_trouble_of_which_the_others_are_told() -> None:
    minutes = Minutes(Asked(LOCKED_OUT), Asked(FINE, name="mail"))
    poller: Any = type("Poller", (), {"polled": {}})()
    upkeep = Upkeep(MemoryStore(), poller, Lanes())
    upkeep.receivers = frozenset(minutes.channels)
    upkeep.is_failing = minutes.canaries.is_failing

    before = await upkeep.troubles(minutes.clock.now())
    await minutes.failing(2)
    found = await upkeep.troubles(minutes.clock.now())

    assert before == {}
    assert {family: judged.severity for family, judged in found.items()} == {"self:team": Severity.WARNING}
