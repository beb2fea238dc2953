"""What people do in a story, and what breaks: the lines of its people.txt.

    Mon 10:05 ana acks INC-1                 Mon 10:05 ana silences brand="Norvik" for 2h [until it escalates]
    Mon 10:05 ana closes INC-1               Mon 10:05 ana unsilences all
    Mon 10:05 ana calls INC-1 false          Mon 10:05 operator reloads after.yml
    Mon 10:05 team breaks refused            Mon 10:05 team works again

A channel breaks as `refused`, `unknown` or `rejected`. What is done at a time comes after the tick of that time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from crisiswatch.app import converting
from crisiswatch.app.building import Application
from crisiswatch.core.answering import Answer, Deed
from crisiswatch.core.incidents import Verdict
from crisiswatch.core.outbox import Outcome
from crisiswatch.core.silences import Asked, make_silence
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.settings import Settings

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SILENCE = re.compile(r"(?P<what>.+) for (?P<hours>\d+(\.\d+)?)h(?P<until> until it escalates)?$")


class Breakable(Protocol):
    """A channel that a story breaks."""

    broken: Outcome | None


@dataclass(frozen=True)
class World:
    """What people act upon. `use` puts a file of the story's folder into force."""

    application: Application
    clock: DrivenClock
    settings: Callable[[], Settings]
    use: Callable[[str], Settings]
    channels: Mapping[str, Breakable]


@dataclass(frozen=True)
class Line:
    """One line: when, who, what they do, and to what."""

    at: datetime
    who: str
    verb: str
    rest: str


def read(file: Path, start: datetime) -> list[Line]:
    """Return the lines of a people.txt, none without the file; each day is the first of that name from `start` on."""
    if not file.exists():
        return []
    lines = [line.split(maxsplit=4) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return [Line(_moment(day, time, start), who, verb, rest) for day, time, who, verb, rest in lines]


class Deeds:
    """Does what is written when its time has come; `done` says what was done."""

    def __init__(self, world: World, lines: Sequence[Line]) -> None:
        self._world = world
        self._waiting = sorted(lines, key=lambda line: line.at)
        self.done: list[tuple[datetime, str]] = []

    async def due(self, now: datetime) -> None:
        """Do what is due by `now`."""
        while self._waiting and self._waiting[0].at <= now:
            line = self._waiting.pop(0)
            await self._do(line, now)
            self.done.append((now, f"{line.who} {line.verb} {line.rest}"))

    async def _do(self, line: Line, now: datetime) -> None:
        world = self._world
        if line.verb == "breaks":
            world.channels[line.who].broken = Outcome(line.rest)
        elif line.verb == "works":
            world.channels[line.who].broken = None
        elif line.verb == "silences":
            await self._silence(line, now)
        elif line.verb == "unsilences":
            for silence in await world.application.world.store.silences(now):
                await world.application.world.store.save_silence(replace(silence, expired_at=now))
            await world.application.dispatcher.holding_changed()
        elif line.verb == "reloads":
            world.use(line.rest)
            await world.application.watcher.close_unwatched(now)
            await world.application.dispatcher.holding_changed()
        else:
            number, *what = line.rest.removeprefix("INC-").split()
            found = await world.application.watcher.answer(int(number), _answer(line, what), now)
            assert found is not None, f"there is no INC-{number} at {now}"

    async def _silence(self, line: Line, now: datetime) -> None:
        found = _SILENCE.match(line.rest)
        assert found is not None, f"no silence: {line.rest}"
        ends = now + timedelta(hours=float(found["hours"]))
        what = found["what"]
        asked = Asked(what, converting.matchers(what), ends, line.who, "a story", bool(found["until"]))
        application = self._world.application
        labels = application.dispatcher.gate.rules.labels
        known = [(one, labels(one)) for one in application.watcher.incidents()]
        await application.world.store.save_silence(make_silence(asked, known, now).silence)
        await application.dispatcher.holding_changed()


def _answer(line: Line, what: Sequence[str]) -> Answer:
    if line.verb == "calls":
        return Answer(Deed.VERDICT, line.who, Verdict(what[0]))
    return Answer({"acks": Deed.ACKNOWLEDGE, "closes": Deed.CLOSE}[line.verb], line.who)


def _moment(day: str, time: str, start: datetime) -> datetime:
    hours, minutes = (int(part) for part in time.split(":"))
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    later = timedelta(days=(_DAYS.index(day) - midnight.weekday()) % 7, hours=hours, minutes=minutes)
    return midnight + later
