"""What there is to be found: posts with the moment at which they were written and the moment they can be seen."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from crisiswatch.engine.clock import DrivenClock
from tests.channels.http_server import Fault, Reply, Request

WAIT = timedelta(minutes=15)
"""How long the server asks to be left alone when it answers 429 or 503."""


@dataclass(frozen=True)
class Item:
    """One post. `number` counts up in the order in which posts become visible."""

    number: int
    text: str
    published_at: datetime
    visible_at: datetime


@dataclass
class World:
    """The posts of a network, and its time."""

    clock: DrivenClock
    items: list[Item] = field(default_factory=list)

    def write(self, published_at: datetime, delay: timedelta = timedelta()) -> None:
        number = len(self.items) + 1
        self.items.append(Item(number, f"acme {number}", published_at, published_at + delay))

    def fill(self, start: datetime, end: datetime, count: int, late: timedelta, seed: int = 7) -> None:
        """Write posts at random moments; every tenth is indexed late by up to `late`."""
        chance = random.Random(seed)
        moments = sorted(start + (end - start) * chance.random() for _ in range(count))
        for position, moment in enumerate(moments):
            self.write(moment.replace(microsecond=0), late * chance.random() if position % 10 == 0 else timedelta())

    def visible(self) -> list[Item]:
        """Return what can be seen now, newest first."""
        now = self.clock.now()
        return sorted(
            (item for item in self.items if item.visible_at <= now),
            key=lambda i: (i.published_at, i.number),
            reverse=True,
        )


Answer = Callable[[World, str, dict[str, str]], Reply]


class Api:
    """Answers for a network by its rules, takes a second for each request, and misbehaves where it is told to.

    Requests and pauses are noted by the first part of their path: one network may be two servers.
    """

    def __init__(self, world: World, answer: Answer, fault_every: int = 0) -> None:
        self.world = world
        self._answer = answer
        self._fault_every = fault_every
        self.asked: list[tuple[str, datetime]] = []
        self.pauses: list[tuple[str, datetime, datetime]] = []

    def __call__(self, request: Request) -> Reply | Fault:
        clock = self.world.clock
        clock.set(clock.now() + timedelta(seconds=1))
        parts = urlsplit(request.path)
        self._part = parts.path.split("/")[1]
        self.asked.append((self._part, clock.now()))
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        reply = self._answer(self.world, parts.path, query)
        if not self._fault_every or len(self.asked) % self._fault_every:
            return reply
        return self._fault(len(self.asked) // self._fault_every, reply)

    def _fault(self, turn: int, reply: Reply) -> Reply | Fault:
        now = self.world.clock.now()
        kind = turn % 7
        if kind in (3, 5):
            self.pauses.append((self._part, now, now + WAIT))
            return Reply(429 if kind == 3 else 503, headers={"Retry-After": str(int(WAIT.total_seconds()))})
        faults: dict[int, Reply | Fault] = {
            0: Reply(500, b"oops"),
            1: Reply(200, reply.body[: len(reply.body) // 2], reply.headers),
            2: Fault.RESET,
            4: Reply(200, b"<html>are you a robot?</html>"),
            6: Reply(200, b"Please come back later."),
        }
        return faults[kind]
