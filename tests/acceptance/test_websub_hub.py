"""A feed with a hub, on real sockets: the daemon subscribes, proves its intent, and takes what is pushed as a poll."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.configs import configured, write
from harness.daemon import Daemon
from harness.feeds import Post
from harness.hub import Hub, running_hub
from harness.ports import free_port
from harness.stores import now
from harness.waiting import until

pytestmark = pytest.mark.acceptance


@dataclass
class Running:
    """A daemon that polls a feed once an hour, and the feed's hub."""

    daemon: Daemon
    hub: Hub

    def stored(self) -> list[str]:
        found = self.daemon.get("/api/v1/mentions?brand=Acme").json()["mentions"]
        return sorted(one["text"] for one in found)


def post(number: int) -> Post:
    return Post(f"p{number}", f"acme kettle {number}", "someone", now())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("websub")
    with running_hub(free_port()) as hub, Daemon(write(folder, _config(folder, hub, free_port()))) as daemon:
        hub.posts = [post(1)]
        daemon.start()
        until(lambda: hub.subscribers, 20, "the subscription")
        yield Running(daemon, hub)


def _config(folder: Path, hub: Hub, port: int) -> dict[str, object]:
    config = configured(folder, {"forum": f"{hub.url}/feed.xml"}, [{"name": "Acme", "match": ["acme"]}])
    config["sources"][0] |= {"every": "1h", "websub_secret": "a secret of sixteen"}
    return config | {"server": {"listen": f"127.0.0.1:{port}", "public_url": f"http://127.0.0.1:{port}"}}


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_what_a_hub_pushes_is_stored_at_once_and_once(running: Running, algorithm: str) -> None:
    hub, new = running.hub, post(10 if algorithm == "sha1" else 20)

    answers = hub.tell(new, post(1), algorithm=algorithm) + hub.tell(new, algorithm=algorithm)

    assert answers == [202, 202]
    assert running.stored().count(new.text) == 1
    assert running.stored().count("acme kettle 1") == 1
    assert hub.fetched == 1


def test_a_push_that_is_not_signed_with_our_secret_is_refused(running: Running) -> None:
    assert running.hub.tell(post(30), secret="another") == [401]
    assert "acme kettle 30" not in running.stored()


def test_what_is_signed_and_no_feed_is_refused(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.hub, "document", lambda posts: b"<!DOCTYPE html><p>not a feed</p>")

    assert running.hub.tell() == [400]


def test_a_subscription_that_nobody_asked_for_is_not_confirmed(running: Running) -> None:
    hub = running.hub
    (callback,) = hub.subscribers

    strange_topic = hub.verify(callback, "https://evil.example/feed")
    without_token = hub.verify(callback.partition("?")[0] + "?token=guess", f"{hub.url}/feed.xml")
    leaving = hub.verify(callback, f"{hub.url}/feed.xml", **{"hub.mode": "unsubscribe"})

    assert {strange_topic.status_code, without_token.status_code, leaving.status_code} == {401}
    assert "c-" not in strange_topic.text + without_token.text + leaving.text


def test_a_new_process_subscribes_again_and_the_poll_brings_what_was_missed(running: Running) -> None:
    hub = running.hub
    (callback,) = hub.subscribers
    running.daemon.stop()
    hub.subscribers.clear()
    hub.posts = [post(1), post(2)]

    running.daemon.start()
    until(lambda: hub.subscribers and "acme kettle 2" in running.stored(), 20, "the subscription and the poll")

    assert list(hub.subscribers) == [callback]
    assert hub.tell(post(40)) == [202]
    assert running.stored().count("acme kettle 1") == 1
    assert "acme kettle 40" in running.stored()


def test_a_source_that_is_removed_is_unsubscribed_and_one_that_stays_is_not(tmp_path: Path) -> None:
    with running_hub(free_port()) as hub:
        config = _config(tmp_path, hub, free_port())
        stays = {**config["sources"][0], "name": "stays"}
        goes = {**config["sources"][0], "name": "goes"}
        with Daemon(write(tmp_path, config | {"sources": [stays, goes]})) as daemon:
            daemon.start()
            until(lambda: len(hub.subscribers) == 2, 20, "both subscriptions")
            write(tmp_path, config | {"sources": [stays]})

            assert daemon.post("/-/reload").json()["reloaded"]
            until(lambda: len(hub.subscribers) == 1, 20, "the farewell")

            (callback,) = hub.subscribers
            assert "/hooks/stays?" in callback
            assert hub.tell(post(1)) == [202]
            assert not hub.refused
            daemon.stop()
            assert list(hub.subscribers) == [callback]  # who only restarts comes back: the lease goes on
