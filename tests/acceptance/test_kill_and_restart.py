"""kill -9 at every named place: after a restart nothing is lost, and what came twice is recognised as the same."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from harness.configs import INJURY, configured, told, write
from harness.daemon import Daemon, command
from harness.feeds import Feeds, Post, needs_nginx, running_feeds
from harness.kill_places import OF_A_STORY
from harness.mailbox import Mailbox, running_mailbox
from harness.receiver import Delivered, Receiver, running_receiver
from harness.stores import damage, now, outbox, stored_mentions
from harness.waiting import until

from crisiswatch.core.outbox import DeliveryState, OutboxRow

pytestmark = [pytest.mark.acceptance, needs_nginx, pytest.mark.timeout(1200)]

KILLED_BY = -signal.SIGKILL
AT_THE_END = "checkpoint."
"""These places are reached when the daemon is asked to stop."""

SENT_JUST_BEFORE = ("outbox.after_send", "outbox.after_settle")
"""At the second, one of the two receivers' messages is written down; the other may be on its way."""

BEFORE = [("before-1", "My Acme kettle boils water"), ("before-2", "Which Acme should I buy?")]
TROUBLE = [
    ("news-1", "My Acme exploded, my son is in hospital"),
    ("news-2", "Acme again: two people injured, terrible"),
    ("news-3", "I like my Acme, it is a great kettle"),
]


@dataclass(frozen=True, slots=True)
class Servers:
    """The world of the daemons."""

    feeds: Feeds
    mailbox: Mailbox
    receiver: Receiver


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is found after a kill, a restart and an orderly end."""

    exit_codes: tuple[int, int]
    stored: Counter[str]
    incidents: list[dict[str, Any]]
    outbox: list[OutboxRow]
    mails: list[EmailMessage]
    events: list[Delivered]
    damage: list[str]
    check: int


@pytest.fixture(scope="module")
def aftermaths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Aftermath]]:
    """Kill one daemon at each place; they mostly wait for the next tick, so they do it side by side."""
    folder = tmp_path_factory.mktemp("killed")
    with running_feeds(folder) as feeds, running_mailbox() as mailbox, running_receiver() as receiver:
        servers = Servers(feeds, mailbox, receiver)
        seen = _that_saw_the_feed(folder / "before", servers)
        with ThreadPoolExecutor(4) as pool:
            runs = {name: pool.submit(_kill, name, seen, folder / name, servers) for name in OF_A_STORY}
        yield {name: run.result() for name, run in runs.items()}


def _configured(folder: Path, servers: Servers, name: str) -> Path:
    brands = [{"name": "Acme", "match": ["acme"], "rules": [INJURY]}]
    feed = {"forum": servers.feeds.url(name)}
    return write(folder, configured(folder, feed, brands, **told(servers.mailbox, servers.receiver, name)))


def _that_saw_the_feed(folder: Path, servers: Servers) -> Path:
    """Return the folder of a daemon that has polled the feed once and ended in order."""
    folder.mkdir()
    servers.feeds.publish("before", _posts(BEFORE))
    with Daemon(_configured(folder, servers, "before")) as daemon:
        daemon.start()
        until(lambda: daemon.metric("mentions_total", source="forum") == len(BEFORE), 30, "the first poll")
        assert daemon.stop() == 0
    return folder


def _kill(failpoint: str, seen: Path, folder: Path, servers: Servers) -> Aftermath:
    """Publish the trouble, run into the failpoint, restart without it until everything is delivered."""
    name = failpoint.replace(".", "-")
    shutil.copytree(seen, folder)
    config = _configured(folder, servers, name)
    servers.feeds.publish(name, _posts(BEFORE + TROUBLE))
    with Daemon(config) as daemon:
        daemon.start(f"{failpoint}:kill")
        if failpoint.startswith(AT_THE_END):
            until(lambda: daemon.get("/-/ready").is_success, 30, "the first tick: before it there is nothing to save")
            daemon.signal(signal.SIGTERM)
        killed = daemon.ended(60)
        daemon.start()
        until(lambda: _is_all_delivered(config), 60, f"deliveries after a kill at {failpoint}")
        incidents = daemon.incidents()
        ended = daemon.stop()
    return Aftermath(
        exit_codes=(killed, ended),
        stored=Counter(row.mention.external_id for row in stored_mentions(config)),
        incidents=incidents,
        outbox=outbox(config),
        mails=servers.mailbox.mails_to(f"{name}@example.org"),
        events=servers.receiver.came_to(f"/{name}"),
        damage=damage(folder / "crisiswatch.db"),
        check=command("db", "check", "-c", str(config), cwd=folder).returncode,
    )


def _posts(entries: list[tuple[str, str]]) -> list[Post]:
    return [Post(id, text, f"author of {id}", now()) for id, text in entries]


def _is_all_delivered(config: Path) -> bool:
    states = [row.state for row in outbox(config)]
    return len(states) >= 2 and set(states) == {DeliveryState.DELIVERED}


@pytest.fixture(params=OF_A_STORY)
def aftermath(request: pytest.FixtureRequest, aftermaths: dict[str, Aftermath]) -> Aftermath:
    return aftermaths[request.param]


def test_the_process_was_killed_and_the_next_one_ended_in_order(aftermath):
    assert aftermath.exit_codes == (KILLED_BY, 0)


def test_every_entry_of_the_feed_is_stored_exactly_once(aftermath):
    assert aftermath.stored == dict.fromkeys((id for id, _ in BEFORE + TROUBLE), 1)


def test_there_is_one_incident_and_everybody_is_owed_one_announcement_of_it(aftermath):
    owed = [(row.notification.receiver, row.notification.kind, row.notification.number) for row in aftermath.outbox]

    assert [(one["id"], one["severity"], one["rule"]) for one in aftermath.incidents] == [
        ("INC-1", "critical", "injury")
    ]
    assert sorted(owed) == [("hook", "opened", 1), ("mail", "opened", 1)]


def test_every_announcement_arrived(aftermath):
    keys = {row.notification.receiver: row.notification.key for row in aftermath.outbox}

    assert {mail["X-Crisiswatch-Key"] for mail in aftermath.mails} == {keys["mail"]}
    assert {event.id for event in aftermath.events} == {keys["hook"]}
    assert all(event.is_signed() for event in aftermath.events)


def test_what_came_twice_carries_the_same_name_and_comes_once_per_kill_at_most(aftermath):
    mails = Counter(mail["Message-ID"] for mail in aftermath.mails)
    events = Counter((event.id, event.headers["idempotency-key"], event.event["id"]) for event in aftermath.events)

    assert len(mails) == len(events) == 1
    assert max(mails.values()) <= 2
    assert max(events.values()) <= 2


@pytest.mark.parametrize("failpoint", [name for name in OF_A_STORY if name not in SENT_JUST_BEFORE])
def test_nothing_comes_twice_unless_it_was_sent_just_before_the_kill(aftermaths, failpoint):
    assert (len(aftermaths[failpoint].mails), len(aftermaths[failpoint].events)) == (1, 1)


def test_a_kill_between_sending_and_writing_it_down_makes_a_repeat_and_not_a_loss(aftermaths):
    after = aftermaths["outbox.after_send"]

    assert 3 <= len(after.mails) + len(after.events) <= 4


def test_the_database_is_whole(aftermath):
    assert aftermath.damage == []
    assert aftermath.check == 0
