"""Lives through a story: the real parts with a driven clock, channels that note what arrives, and people who answer.

A folder under `told/` holds `crisiswatch.yml`, `make.py`, what should come of it in `told.txt` and, where somebody does
something or a channel breaks, `people.txt`: a day, a time, who, and what they do (see `doing.py`).
`python tests/stories/living.py [--keep] NAME …` prints what told.txt should hold, as `playing.py` does.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from doing import Deeds, World, read
from playing import HERE, write
from prometheus_client import CollectorRegistry

from crisiswatch import store as stores
from crisiswatch.app import building
from crisiswatch.app.building import Application, catalogues
from crisiswatch.app.reading import recorded, scan
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, NotificationKind, Outcome
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.composing import Wording
from crisiswatch.engine.foreseeing import foresee
from crisiswatch.engine.observing import Gauges
from crisiswatch.engine.replaying import Recording, play
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Abilities, Store
from crisiswatch.settings import Absent, Settings, load

TOLD = HERE / "told"
LIVED = sorted(folder.parent.name for folder in TOLD.glob("*/crisiswatch.yml"))

EDITING = frozenset({"slack"})
"""Types of receivers whose messages are cards that are edited in place."""

QUIET = frozenset({"pended", "updated"})
"""Changes that a timeline leaves out: the first tick of two, and numbers renewed every minute."""


@dataclass(frozen=True)
class Arrived:
    """A message that its receiver took, and when; `previous` is the message before it, on a channel that edits."""

    at: datetime
    receiver: str
    message: Message
    previous: str | None


class Ear:
    """A receiver's channel: takes every message unless it is broken. It knows by key what it has."""

    def __init__(self, name: str, kind: str, clock: DrivenClock, arrived: list[Arrived]) -> None:
        self.name = name
        self.abilities = Abilities(edits=kind in EDITING, threads=kind in EDITING, can_ask=True)
        self.broken: Outcome | None = None
        self._clock = clock
        self._arrived = arrived

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Take the message, or say how it is broken."""
        if self.broken is not None:
            return Attempt(self.broken, "broken by the story")
        card = previous if self.abilities.edits else None
        self._arrived.append(Arrived(self._clock.now(), self.name, message, card))
        return Attempt(Outcome.DELIVERED, reference=message.key)

    async def find(self, message: Message) -> Attempt | None:
        """Say whether the message is here."""
        known = any(one.receiver == self.name and one.message.key == message.key for one in self._arrived)
        return Attempt(Outcome.DELIVERED if known else Outcome.REFUSED)

    async def close(self) -> None:
        """Have nothing to release."""


class Life:
    """One application on a store in memory, with ears in the place of its receivers' channels."""

    def __init__(self, folder: Path, clock: DrivenClock, store: Store, sources: tuple[str, ...]) -> None:
        self.folder, self.clock, self.store = folder, clock, store
        self.arrived: list[Arrived] = []
        self.ears: dict[str, Ear] = {}
        self.sources = sources
        metrics = Metrics(CollectorRegistry())
        world = building.World.recorded(store, clock, metrics, b"recording")
        self.application = Application(world, Gauges(metrics))
        self.settings = self.use("crisiswatch.yml")

    def use(self, file: str) -> Settings:
        """Put a configuration of the folder into force, as a start or a reload does."""
        application = self.application
        self.settings = load(self.folder / file, {}, catalogues(), absent=Absent.IS_WARNING)
        lens = application.ingest.lens
        application.use(self.settings, self.sources)
        application.ingest.lens = lens or application.ingest.lens  # what was foreseen is of the first one
        for entry in self.settings.receivers:
            self.ears.setdefault(entry.name, Ear(entry.name, entry.type, self.clock, self.arrived))
        known = {entry.name: self.ears[entry.name] for entry in self.settings.receivers}
        edits = frozenset(name for name, ear in known.items() if ear.abilities.edits)
        for watched in application.watcher.brands.values():
            watched.plan = replace(watched.plan, policy=replace(watched.plan.policy, edits=edits))
        application.composer.wording = _without_pictures(application.composer.wording)
        application.upkeep.receivers = frozenset(known)
        application.dispatcher.outward = replace(application.dispatcher.outward, channels=known)
        return self.settings

    async def after(self, tick: datetime) -> None:
        """Do what the daemon does beside its ticks: its own troubles, deliveries and, each minute, what is planned."""
        application = self.application
        await application.watcher.tick_own(await application.upkeep.troubles(tick), tick)
        if tick.second == 0:
            await application.handing_over.look()
            await application.briefing.look()
            await application.audit()
        while await application.dispatcher.settle_due() + await application.dispatcher.fall_back.look():
            pass


@dataclass(frozen=True)
class Lived:
    """What came of a story: the timeline, and every message that arrived."""

    text: str
    arrived: tuple[Arrived, ...]


def live(name: str, file: Path) -> Lived:
    """Live through a story whose posts stand in `file`."""
    return asyncio.run(_live(TOLD / name, file))


async def _live(folder: Path, file: Path) -> Lived:
    extent, _ = scan(file)
    clock, store = DrivenClock(extent.start), stores.create("memory:")
    await store.open()
    life = Life(folder, clock, store, extent.sources)
    application = life.application
    assert application.ingest.lens is not None, "set when settings were put into force"
    application.ingest.lens, items = foresee(application.ingest.lens, recorded(file))
    world = World(application, clock, lambda: life.settings, life.use, life.ears)
    deeds = Deeds(world, read(folder / "people.txt", extent.start))
    await application.dispatcher.start("story")

    async def after(tick: datetime) -> None:
        await deeds.due(tick)
        await life.after(tick)

    recording = Recording(items, extent, application.watcher.take_frame)
    await play(recording, extent.end, (application.poller, application.watcher, None), clock, after)
    return Lived(await _timeline(life, deeds), tuple(life.arrived))


def _without_pictures(wording: Wording | None) -> Wording:
    """Return the wording without charts: no story looks at them, and they cost more than all the rest."""
    assert wording is not None, "set when settings were put into force"
    render = wording.render

    def words(*arguments: Any) -> Message:
        notification, incident, playbook, quotes, _, now = arguments
        return render(notification, incident, playbook, quotes, None, now)

    return replace(wording, render=words)


async def _timeline(life: Life, deeds: Deeds) -> str:
    rows: list[tuple[Any, ...]] = [(at, 0, number, text) for number, (at, text) in enumerate(deeds.done)]
    incidents = {row.notification.incident for row in await life.store.outbox(limit=1_000_000)}
    found = [await life.store.incident(number) for number in range(1, len(incidents) + 100)]
    for incident in (one for one in found if one is not None):
        for position, event in enumerate(await life.store.events(incident.id)):
            if event.change.value not in QUIET:
                what = f"{incident.name} {incident.brand}/{incident.family} {event.change.value}"
                rows.append((event.at, 1, position, f"{what} {event.severity.name.lower()}"))
    pings = (one for one in life.arrived if one.message.kind != NotificationKind.UPDATED)
    rows += [(one.at, 2, number, _arrival(one)) for number, one in enumerate(pings)]
    lines = [f"{at:%a %H:%M:%S} {text}\n" for at, _, _, text in sorted(rows)]
    return "".join([*lines, *_edits(life.arrived)])


def _arrival(one: Arrived) -> str:
    message = one.message
    about = f"{message.incident} " if message.incident.startswith("INC-") else ""
    severity = f" {message.severity.name.lower()}" if about else ""
    place = ", on its card" if one.previous is not None and message.kind != NotificationKind.CLOSED else ""
    return f"  → {one.receiver}: {about}{message.kind}{severity}{place}"


def _edits(arrived: list[Arrived]) -> Iterator[str]:
    edits: dict[tuple[str, str], list[datetime]] = {}
    for one in arrived:
        if one.message.kind == NotificationKind.UPDATED:
            edits.setdefault((one.receiver, one.message.incident), []).append(one.at)
    for (receiver, incident), times in sorted(edits.items()):
        yield f"{receiver}'s card of {incident} edited {len(times)} times, the last {times[-1]:%a %H:%M:%S}\n"


def _main(arguments: list[str]) -> None:
    is_kept, names = "--keep" in arguments, [name for name in arguments if name != "--keep"]
    for name in names or LIVED:
        with tempfile.TemporaryDirectory() as folder:
            posts = Path(folder) / "mentions.jsonl"
            write(f"told/{name}", posts)
            text = live(name, posts).text
        sys.stdout.write(f"--- {name}\n{text}")
        if is_kept:
            (TOLD / name / "told.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    _main(sys.argv[1:])
