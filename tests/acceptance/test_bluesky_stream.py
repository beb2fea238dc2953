"""The bluesky source against a Jetstream server on a real socket that keeps to its documented rules.

Two brands on one connection; the server drops lines, repeats frames, keeps 36 hours; the daemon is killed in between.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from crisiswatch.core.models import Coverage
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.polling import Poller
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web.bluesky import KIND
from tests.builders import NOON
from tests.engine.engine_fakes import Engine, engine, plan

pytestmark = pytest.mark.acceptance

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEPT = timedelta(hours=36)


@dataclass
class Jetstream:
    """The truth, and a server that shows it: every event in order, from a cursor on, at least once."""

    clock: object
    breaks_after: int | None = None
    events: list[tuple[datetime, dict[str, object]]] = field(default_factory=list)
    connections: list[dict[str, list[str]]] = field(default_factory=list)
    url: str = ""

    def post(self, key: str, at: datetime, text: str, operation: str = "create") -> None:
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at.isoformat(), "langs": ["en"]}
        commit = {"rev": "r", "operation": operation, "collection": "app.bsky.feed.post", "rkey": key}
        commit |= {"record": record} if operation != "delete" else {}
        self.events.append((at, {"kind": "commit", "commit": commit, "did": f"did:plc:{key[:1]}"}))

    async def __aenter__(self) -> Jetstream:
        self._server: Server = await serve(self._serve, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, connection: ServerConnection) -> None:
        query = parse_qs(urlsplit(connection.request.path).query)
        self.connections.append(query)
        wanted = int(query.get("cursor", ["0"])[0])
        floor = _micros(self.clock.now() - KEPT)  # below it, the server goes on from the floor without a word
        due = [(at, event) for at, event in self.events if _micros(at) >= max(wanted, floor)]
        if "cursor" not in query:
            due = due[-3:]  # the tip
        try:
            for at, event in due[: self.breaks_after]:
                await connection.send(json.dumps({"time_us": _micros(at), **event}))
        except ConnectionClosed:
            return


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


class Watching:
    """The poller on a store in memory, with the source as the daemon builds it; `restart` is a new process."""

    def __init__(self, server: Jetstream, middle: Engine) -> None:
        self.middle = middle
        self._server = server
        self._fetcher = HttpFetcher(allow=["127.0.0.0/8"])
        self.restart()

    def restart(self) -> None:
        source = KIND.build("sky", KIND.options(server=self._server.url), SourceTools(self._fetcher, None))
        middle = self.middle
        self.poller = Poller(middle.store, middle.ingest, middle.clock, middle.metrics)
        self.poller.use([(source, timedelta(minutes=5))])

    async def listen(self) -> None:
        """Take what one connection brings."""
        await self.poller.listen(self.poller.polled["sky"])

    async def stored(self) -> dict[str, str]:
        found = await self.middle.store.mentions(MentionQuery(limit=10_000))
        return {one.mention.external_id.rpartition("/")[2]: one.mention.text for one in found}

    async def coverage(self) -> list[Coverage]:
        return list(await self.middle.store.coverage(NOON - timedelta(days=30), NOON + timedelta(days=30)))


def middle_of() -> Engine:
    return engine(plan("Acme", sources=("sky",)), plan("Globex", sources=("sky",)))


async def test_one_connection_serves_two_brands_and_leaves_the_rest_out() -> None:
    middle = middle_of()
    async with Jetstream(middle.clock) as server:
        server.post("a1", NOON, "acme is bad")
        server.post("b1", NOON, "globex is fine")
        server.post("c1", NOON, "the weather")
        watching = Watching(server, middle)

        await watching.listen()

        assert set(await watching.stored()) == {"a1", "b1"}
        assert len(server.connections) == 1


async def test_dropped_lines_repeats_and_kills_lose_nothing_and_store_nothing_twice() -> None:
    middle = middle_of()
    async with Jetstream(middle.clock, breaks_after=700) as server:
        server.post("first", NOON, "acme begins")
        watching = Watching(server, middle)
        await watching.listen()
        for number in range(2_000):
            server.post(f"p{number}", NOON + timedelta(milliseconds=50 * number), f"acme {number}")
        middle.clock.set(NOON + timedelta(minutes=3))
        deliver, calls = middle.ingest.deliver, []

        def kill(delivery: object) -> None:
            calls.append(delivery)
            if len(calls) % 3 == 0:
                raise asyncio.CancelledError
            deliver(delivery)

        middle.ingest.deliver = kill
        for _ in range(12):
            try:
                await watching.listen()
            except asyncio.CancelledError:
                watching.restart()
        stored = await watching.stored()

    assert set(stored) == {"first", *(f"p{number}" for number in range(2_000))}
    assert len(server.connections) > 5
    seen = sum(1 for batch in calls for _ in batch.observations)
    assert seen <= 2_001, "what came again was not counted again"


async def test_deletions_wipe_what_was_stored() -> None:
    middle = middle_of()
    async with Jetstream(middle.clock) as server:
        server.post("a1", NOON, "acme is bad")
        watching = Watching(server, middle)
        await watching.listen()
        server.post("a1", NOON + timedelta(seconds=5), "", operation="delete")

        await watching.listen()

        assert await watching.stored() in ({}, {"a1": ""})


async def test_an_absence_longer_than_the_server_keeps_leaves_a_gap_that_nothing_covers() -> None:
    middle = middle_of()
    async with Jetstream(middle.clock) as server:
        for second in range(0, 30, 5):
            server.post(f"o{second}", NOON + timedelta(seconds=second), "acme before")
        watching = Watching(server, middle)
        middle.clock.set(NOON + timedelta(seconds=30))
        await watching.listen()
        later = NOON + timedelta(days=3)
        for hour in range(1, 73):
            server.post(f"h{hour}", NOON + timedelta(hours=hour), "acme during")
        for second in range(0, 30, 5):
            server.post(f"n{second}", later + timedelta(seconds=second), "acme after")
        middle.clock.set(later + timedelta(seconds=30))

        await watching.listen()
        stored, covered = await watching.stored(), await watching.coverage()

    assert {f"h{hour}" for hour in range(37, 73)} <= set(stored), "what the server still kept was read"
    assert not {f"h{hour}" for hour in range(1, 36)} & set(stored)
    lost = NOON + timedelta(hours=10)
    assert [piece for piece in covered if piece.start <= lost < piece.end] == []
    assert [piece for piece in covered if piece.start <= later < piece.end] != []
