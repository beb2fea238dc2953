"""What every polled source promises, on real sockets: whatever happens between two polls, each post is stored once.

Posts come at random, some are indexed late, new ones appear between two pages; the server breaks off, throttles, sends
half an answer or a web page in place of one; the daemon is killed before and after commits.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from harness.networks import NETWORKS, Network
from harness.truth import Api, World
from structlog.testing import capture_logs

from crisiswatch.core.covering import Covered
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Streaming
from crisiswatch.sources import CATALOGUE
from tests.builders import NOON, after
from tests.channels.http_server import HttpServer
from tests.engine.engine_fakes import engine

pytestmark = pytest.mark.acceptance

EVERY = timedelta(minutes=5)
HOURS = 2


class Daemon:
    """The poller on a store in memory; `start` is a new process on the same store."""

    def __init__(self, network: Network, fetcher: HttpFetcher) -> None:
        self.network = network
        self.middle = engine()
        self.world = World(self.middle.clock)
        self.url = ""
        self.kill_every = 0
        self.polls = 0
        self.delivered: Counter[bytes] = Counter()
        self._commits = 0
        self._fetcher = fetcher
        self._commit = self.middle.store.commit_batch
        self.middle.store.commit_batch = self._commit_or_die
        self.middle.ingest.deliver = self._deliver

    def start(self) -> None:
        kind = CATALOGUE[self.network.type]
        options = kind.options(**self.network.options(self.url))
        self._source: Any = kind.build("press", options, SourceTools(self._fetcher, None))
        middle = self.middle
        self._poller = Poller(middle.store, middle.ingest, middle.clock, middle.metrics)
        self._polled = Polled(self._source, EVERY)

    async def run(self, until: timedelta) -> None:
        """Poll at the rhythm of the engine until that long after noon, starting again after each kill."""
        with capture_logs():
            while self.middle.clock.now() < NOON + until:
                self.polls += 1
                wait = EVERY
                try:
                    wait = await self._poller.poll(self._polled)
                except asyncio.CancelledError:
                    self.start()
                self.middle.clock.set(self.middle.clock.now() + wait)

    async def stored(self) -> set[str]:
        return {one.mention.external_id for one in await self.middle.store.mentions(MentionQuery(limit=100_000))}

    async def covered(self) -> Covered:
        covered = Covered()
        covered.add(await self.middle.store.coverage(after(days=-1), after(days=30)))
        return covered

    async def _commit_or_die(self, enriched: Any) -> frozenset[bytes]:
        self._commits += 1
        turn = self._commits % (2 * self.kill_every) if self.kill_every else -1
        if turn == 0:
            raise asyncio.CancelledError
        fresh = await self._commit(enriched)
        if turn == self.kill_every:
            raise asyncio.CancelledError
        return fresh

    def _deliver(self, delivery: Any) -> None:
        self.delivered.update(observation.uid for observation in delivery.observations)


class Running:
    """A daemon and the server that it asks."""

    def __init__(self, network: Network, fault_every: int = 0, kill_every: int = 0) -> None:
        self._fetcher = HttpFetcher(allow=["127.0.0.0/8"])
        self.daemon = Daemon(network, self._fetcher)
        self.daemon.kill_every = kill_every
        self.api = Api(self.daemon.world, network.answer, fault_every)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Running:
        server = await self._stack.enter_async_context(HttpServer(self.api))
        self._stack.push_async_callback(self._fetcher.close)
        self.daemon.url = server.url
        self.daemon.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()


def keys(network: Network, world: World) -> set[str]:
    return {network.key(item) for item in world.items}


@pytest.mark.parametrize("name", NETWORKS)
async def test_every_post_is_stored_once_and_every_moment_covered(name: str) -> None:
    network = NETWORKS[name]
    async with Running(network) as running:
        daemon = running.daemon
        daemon.world.fill(after(minutes=1), after(hours=HOURS), 500, network.late)

        await daemon.run(timedelta(hours=HOURS + 1) + network.late)
        covered = await daemon.covered()

    assert await daemon.stored() == keys(network, daemon.world)
    assert set(daemon.delivered.values()) == {1}
    assert covered.part("press", after(minutes=1), after(hours=HOURS)) == pytest.approx(1.0)


@pytest.mark.parametrize("name", NETWORKS)
async def test_a_burst_of_thousands_between_two_polls_is_read_whole(name: str) -> None:
    network = NETWORKS[name]
    async with Running(network) as running:
        daemon = running.daemon
        await daemon.run(timedelta(minutes=1))
        daemon.world.fill(after(minutes=2), after(minutes=5), 1_500, timedelta())

        await daemon.run(timedelta(hours=1))

    assert await daemon.stored() == keys(network, daemon.world)


@pytest.mark.parametrize("name", NETWORKS)
async def test_kills_before_and_after_commits_lose_nothing_and_store_nothing_twice(name: str) -> None:
    network = NETWORKS[name]
    async with Running(network, kill_every=3) as running:
        daemon = running.daemon
        await daemon.run(timedelta(minutes=1))
        daemon.world.fill(after(minutes=6), after(hours=HOURS), 600, network.late)

        await daemon.run(timedelta(hours=HOURS + 3))

    assert await daemon.stored() == keys(network, daemon.world)
    assert max(daemon.delivered.values()) == 1


@pytest.mark.parametrize("name", NETWORKS)
async def test_faults_of_the_server_lose_nothing_and_its_pauses_are_kept(name: str) -> None:
    network = NETWORKS[name]
    async with Running(network, fault_every=3) as running:
        daemon, api = running.daemon, running.api
        await daemon.run(timedelta(minutes=20))
        daemon.world.fill(after(minutes=21), after(hours=HOURS), 600, network.late)

        await daemon.run(timedelta(hours=HOURS + 5))

    assert await daemon.stored() == keys(network, daemon.world)
    assert len(api.pauses) > 1
    impatient = [
        (part, at) for part, at in api.asked for paused, start, end in api.pauses if part == paused and start < at < end
    ]
    assert impatient == []


@pytest.mark.parametrize("name", NETWORKS)
async def test_a_quiet_network_costs_few_requests(name: str) -> None:
    network = NETWORKS[name]
    async with Running(network) as running:
        daemon, api = running.daemon, running.api

        await daemon.run(timedelta(hours=HOURS))

    assert len(api.asked) <= network.per_poll * daemon.polls
    assert daemon.polls >= HOURS * 60 / 6 - 1


async def test_a_stream_is_polled_too() -> None:
    async with Running(NETWORKS["bluesky search"]) as running:
        assert isinstance(running.daemon._source, Streaming)
