"""kill -9 around what people and the daemon itself do: nothing that was done is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
import pytest
from harness.configs import configured, told, write
from harness.daemon import Daemon
from harness.kill_places import OF_DEEDS
from harness.mailbox import Mailbox, running_mailbox
from harness.receiver import Receiver, running_receiver
from harness.stores import now, outbox, reading
from harness.waiting import until

from crisiswatch.app.labelling import labels_in
from crisiswatch.core.incidents import Change, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, OutboxRow, Outcome
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.silences import Silence
from crisiswatch.ports import Store
from crisiswatch.store import create
from tests.store.store_builders import a_batch, a_decision, a_mention, an_incident

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

KILLED_BY = -signal.SIGKILL
ONE_AT_A_TIME = Lock()
"""Alembic migrates once at a time in a process."""

LONG = 150.0
"""Seconds within which what is looked at once a minute has happened."""

BRANDS = [f"B{number}" for number in range(8)]
MENTIONS = [a_mention(f"m{number}", text=f"B0 is bad {number}") for number in range(3)]


@dataclass(frozen=True, slots=True)
class Place:
    """A daemon's folder, its servers, and the place at which it is to be killed."""

    name: str
    folder: Path
    mailbox: Mailbox
    receiver: Receiver

    def config(self, **more: Any) -> Path:
        """Write a configuration that tells all by mail and webhook, and owes nothing yet."""
        key = self.name.replace(".", "-")
        self.folder.mkdir()
        brands = [{"name": brand, "match": [brand.lower()]} for brand in BRANDS]
        return write(self.folder, configured(self.folder, {}, brands, **told(self.mailbox, self.receiver, key), **more))

    def fill(self, work: Callable[[Store], Any]) -> None:
        """Put something into the store before the daemon starts."""

        async def run() -> None:
            store = create(f"sqlite:///{self.folder}/crisiswatch.db")
            await store.open()
            await work(store)
            await store.close()

        with ONE_AT_A_TIME:
            asyncio.run(run())

    def kill(self, daemon: Daemon, deed: Callable[[], object] | None = None) -> None:
        """Start the daemon, do something, and see it die; then start it again."""
        daemon.start(f"{self.name}:kill")
        if deed is not None:
            with pytest.raises(httpx.HTTPError):
                deed()
        assert daemon.ended(LONG) == KILLED_BY, self.name
        daemon.start()


async def open_incident(store: Store, brand: str, *receivers: str) -> Incident:
    """Store an incident that opened just now and owes its opening to those."""
    at = now()
    incident = an_incident(
        f"01{brand}", brand=brand, opened_at=at, updated_at=at, severity=Severity.CRITICAL,
        told=dict.fromkeys(receivers, 1), next_step_at=at + timedelta(hours=1),
    )  # fmt: skip
    owed = (
        Notification(incident.id, one, NotificationKind.OPENED, 1, Severity.CRITICAL, at, at + timedelta(hours=24))
        for one in receivers
    )
    return await store.commit_decision(a_decision(incident, *owed))


def incidents(config: Path) -> list[Incident]:
    """Return what is stored of incidents; the daemon may be running."""
    return list(reading(config, lambda store: store.incidents(IncidentQuery(limit=100))))


def changes(config: Path, incident: str) -> Counter[Change]:
    return Counter(event.change for event in reading(config, lambda store: store.events(incident)))


def is_quiet(config: Path) -> bool:
    """Tell whether nothing is owed any more."""
    return {row.settled_at is not None for row in outbox(config)} == {True}


def arrived(rows: list[OutboxRow]) -> list[tuple[str, str, str]]:
    return [
        (row.notification.incident, row.notification.receiver, row.notification.kind.value)
        for row in rows
        if row.state is DeliveryState.DELIVERED
    ]


def acknowledged(place: Place) -> None:
    """An answer counts once it is stored, and once however often it is given."""
    config = place.config()
    place.fill(lambda store: open_incident(store, "B0"))
    with Daemon(config) as daemon:
        place.kill(daemon, lambda: daemon.post("/api/v1/incidents/INC-1/ack", by="maria"))
        [incident] = incidents(config)
        assert (incident.acked_by == "maria") is (place.name == "answer.after_commit")
        assert daemon.post("/api/v1/incidents/INC-1/ack", by="maria").is_success
        assert daemon.stop() == 0
    [incident] = incidents(config)
    assert (incident.acked_by, changes(config, incident.id)[Change.ACKED]) == ("maria", 1)


def released(place: Place) -> None:
    """What a silence held back goes when the silence was ended, though who ended it died with that."""
    config = place.config()
    at = now()

    async def silenced(store: Store) -> None:
        await store.save_silence(Silence("S-1", "", at, at + timedelta(hours=8), "maria", "known", at))
        await open_incident(store, "B0", "mail")
        [row] = await store.claim("before", now(), timedelta(minutes=1), 1)
        held = "silenced: S-1 by maria: known"
        await store.settle(row, DeliveryState.PENDING, None, now(), at + timedelta(hours=8), held)

    place.fill(silenced)
    with Daemon(config) as daemon:
        place.kill(daemon, lambda: httpx.delete(f"{daemon.url}/api/v1/silences/S-1", timeout=60, trust_env=False))
        until(lambda: is_quiet(config), 30, "what was held back")
        assert daemon.stop() == 0
    assert arrived(outbox(config)) == [("01B0", "mail", "opened")]


def labelled(place: Place) -> None:
    """Labels that were given twice, because nobody knew how far it came, stand once each."""
    config = place.config()
    place.fill(lambda store: store.commit_batch(a_batch(*MENTIONS, brands=("B0",), at=now())))
    sent = [{"uid": one.uid.hex(), "brand": "B0", "label": "negative", "by": "maria"} for one in MENTIONS]
    with Daemon(config) as daemon:
        place.kill(daemon, lambda: daemon.post("/api/v1/labels", labels=sent))
        again = daemon.post("/api/v1/labels", labels=sent).json()
        assert daemon.stop() == 0
    assert again == {"recorded": 2 if place.name == "label.midway" else 0, "unknown": 0}
    held = reading(config, labels_in)
    assert Counter(label.uid for label in held) == dict.fromkeys((one.uid for one in MENTIONS), 1)


def given_up(place: Place) -> None:
    """A message that was given up has the fallback told and opens an incident, each once."""
    key = place.name.replace(".", "-")
    config = place.config()
    receivers = told(place.mailbox, place.receiver, key)["receivers"]
    receivers[1]["fallback"] = "mail"
    more = {"receivers": receivers, "routes": {"receivers": ["hook"]}}
    write(place.folder, configured(place.folder, {}, [{"name": one, "match": ["x"]} for one in BRANDS], **more))

    async def dead(store: Store) -> None:
        await open_incident(store, "B0", "hook")
        [row] = await store.claim("before", now(), timedelta(minutes=1), 1)
        await store.settle(row, DeliveryState.DEAD, Attempt(Outcome.REJECTED, "HTTP 410"), now())

    place.fill(dead)
    with Daemon(config) as daemon:
        place.kill(daemon)
        until(lambda: len(arrived(outbox(config))) == 2 and is_quiet(config), 60, "fallback and trouble")
        assert daemon.stop() == 0
    assert [one.family for one in incidents(config)].count("self:hook") == 1
    [trouble] = [one.id for one in incidents(config) if one.family == "self:hook"]
    assert sorted(arrived(outbox(config))) == sorted([("01B0", "mail", "opened"), (trouble, "mail", "opened")])
    assert len(place.mailbox.mails_to(f"{key}@example.org")) == 2


def digested(place: Place) -> None:
    """Whatever a storm held back is told once: by itself, or in the one digest."""
    config = place.config(storm={"pings": 1, "criticals": 2}, sector_events=False)

    async def storm(store: Store) -> None:
        for brand in BRANDS:
            await open_incident(store, brand, "mail")

    place.fill(storm)
    with Daemon(config) as daemon:
        place.kill(daemon)
        until(lambda: is_quiet(config), LONG, "the digest")
        assert daemon.stop() == 0
    rows = outbox(config)
    digests = [row for row in rows if row.notification.kind is NotificationKind.DIGEST]
    inside = [row for row in rows if row.state is DeliveryState.SUPPRESSED]
    mails = place.mailbox.mails_to(f"{place.name.replace('.', '-')}@example.org")
    assert (len(digests), len(inside)) == (1, len(BRANDS) - 2)
    assert len(mails) == 2 + 1


def handed_over(place: Place) -> None:
    """Who goes on call is told of it once."""
    begins = now() - timedelta(minutes=5)
    override = {"from": begins.isoformat(), "to": (begins + timedelta(days=1)).isoformat(), "receiver": "hook"}
    turn = {"name": "duty", "rotation": ["mail"], "first_day": "2026-01-05", "overrides": [override]}
    config = place.config(schedules=[turn])
    with Daemon(config) as daemon:
        place.kill(daemon)
        until(lambda: outbox(config) and is_quiet(config), LONG, "the note")
        assert daemon.stop() == 0
    assert [(receiver, kind) for _, receiver, kind in arrived(outbox(config))] == [("hook", "handover")]
    assert len(place.receiver.came_to(f"/{place.name.replace('.', '-')}")) == 1


def beating(place: Place) -> None:
    """The made-up mention goes on its way after a kill; it is one incident without a number, and nobody hears of it."""
    path = f"/beat-{place.name}"
    config = place.config(heartbeat={"url": f"{place.receiver.url}{path}"})
    with Daemon(config) as daemon:
        place.kill(daemon)
        called = len(place.receiver.came_to(path))
        until(lambda: len(place.receiver.came_to(path)) > called, LONG, "a beat after the kill")
        assert daemon.stop() == 0
    [made_up] = reading(config, lambda store: store.unfinished())
    assert made_up.number is None
    assert reading(config, lambda store: store.last_reference(made_up.id, made_up.brand))
    assert outbox(config) == []


STORIES = {
    "answer": acknowledged, "holding": released, "label": labelled, "own": given_up, "fallback": given_up,
    "digest": digested, "handover": handed_over, "heartbeat": beating,
}  # fmt: skip


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Kill one daemon at each place; they mostly wait for the next minute, so they do it side by side."""
    folder = tmp_path_factory.mktemp("deeds")
    with running_mailbox() as mailbox, running_receiver() as receiver, ThreadPoolExecutor(4) as pool:
        asked = [name for name in OF_DEEDS if any(f"[{name}]" in item.nodeid for item in request.session.items)]
        places = [Place(name, folder / name, mailbox, receiver) for name in asked]
        yield {place.name: pool.submit(STORIES[place.name.partition(".")[0]], place) for place in places}


@pytest.mark.parametrize("name", OF_DEEDS)
def test_killed_there_it_is_done_once_and_not_lost(runs: dict[str, Future[None]], name: str) -> None:
    runs[name].result()
