"""One budget for each credential: shared, kept over kills, and closed when the other side says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from engine_fakes import FakeSource, engine, value
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from crisiswatch.core.models import Batch
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.rationing import Ledger, RationedFetcher
from crisiswatch.errors import QuotaSpent, RateLimited
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import Budget
from crisiswatch.ports import Response
from crisiswatch.store import Opening, create
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after

API = "https://api.example/search"
HOURLY = Budget(100, timedelta(hours=1))


class Server:
    """Answers, and remembers when it was asked by whom."""

    def __init__(self, clock: DrivenClock) -> None:
        self.clock = clock
        self.asked: list[datetime] = []
        self.answers: list[tuple[int, Mapping[str, str]]] = []

    async def fetch(self, url: str, **given: Any) -> Response:
        self.asked.append(self.clock.now())
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        return Response(status, headers, b"", url)

    def open_socket(self, url: str, **given: Any) -> Any:
        raise NotImplementedError


class World:
    def __init__(self, store: Any = None) -> None:
        self.clock = DrivenClock(NOON)
        self.store = store or MemoryStore()
        self.metrics = Metrics(CollectorRegistry())
        self.server = Server(self.clock)
        self.start()

    def start(self) -> None:
        """Begin a new process on the same store: what only memory held is gone."""
        self.ledger = Ledger(self.store, self.clock, self.metrics)

    def fetcher(self, name: str = "one", credential: str = "key", budget: Budget | None = HOURLY) -> RationedFetcher:
        """Return the fetcher of a source of a brand in alert: it may spend everything."""
        made = self.calm_fetcher(name, credential, budget)
        made.leaving = lambda: 0.0
        return made

    def calm_fetcher(self, name: str, credential: str = "key", budget: Budget | None = HOURLY) -> RationedFetcher:
        made = RationedFetcher(self.server, self.ledger, name, credential)
        made.budget = lambda url: budget
        return made


def most_in(times: list[datetime], per: timedelta) -> int:
    return max((sum(1 for other in times if time <= other < time + per) for time in times), default=0)


async def ask_on(world: World, fetcher: RationedFetcher, tries: int) -> int:
    """Ask again and again at one moment; return how often it was let through."""
    before = len(world.server.asked)
    for _ in range(tries):
        try:
            await fetcher.fetch(API)
        except RateLimited as error:
            assert error.retry_after and error.retry_after > timedelta(seconds=5)
            break
    return len(world.server.asked) - before


async def test_a_tenth_may_be_spent_at_once_and_the_rest_comes_evenly():
    world = World()
    fetcher = world.fetcher()

    assert await ask_on(world, fetcher, 50) == 10
    world.clock.set(after(minutes=20))
    assert await ask_on(world, fetcher, 50) == 10, "no more is saved up"


async def test_sources_with_one_credential_share_one_budget_and_others_have_their_own():
    world = World()
    one, two = world.fetcher("one"), world.fetcher("two")

    assert await ask_on(world, one, 50) + await ask_on(world, two, 50) == 10
    assert await ask_on(world, world.fetcher("three", "another"), 50) == 10


async def test_a_fifth_of_what_may_be_spent_at_once_is_left_to_brands_in_alert():
    world = World()
    calm, alarmed = world.calm_fetcher("calm"), world.fetcher("alarmed")

    assert await ask_on(world, calm, 50) == 8
    assert await ask_on(world, alarmed, 50) == 2
    world.clock.set(after(seconds=70))
    assert await ask_on(world, calm, 50) == 0, "what comes back fills the reserve first"
    assert await ask_on(world, alarmed, 50) == 1
    world.clock.set(after(minutes=20))
    assert await ask_on(world, calm, 50) == 8


@pytest.mark.parametrize("most", [1, 2, 9, 10])
async def test_of_a_small_budget_nothing_can_be_left(most: int):
    world = World()

    assert await ask_on(world, world.calm_fetcher("calm", budget=Budget(most, timedelta(hours=1))), 50) == 1


requests = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 12), st.booleans()), max_size=40)


@given(requests, st.sampled_from([1, 2, 5, 30, 100]))
@settings(deadline=None, max_examples=60)
def test_no_stretch_ever_holds_more_than_the_budget_however_often_it_is_killed(told: Any, most: int):
    """Law: waits, bursts and kills in any order; the server never sees more than the budget in its length."""
    per = timedelta(hours=1)

    async def live() -> list[datetime]:
        world = World()
        for seconds, tries, is_killed in told:
            world.clock.set(world.clock.now() + timedelta(seconds=seconds))
            await ask_on(world, world.fetcher(budget=Budget(most, per)), tries)
            if is_killed:
                world.start()
        return world.server.asked

    times = asyncio.run(live())
    assert most_in(times, per) <= most
    assert times or not told, "and what is allowed is let through"


async def test_a_killed_process_begins_with_what_is_left(tmp_path: Any):
    store = create(f"sqlite:///{tmp_path}/x.db", Opening.THROW_AWAY)
    await store.open()
    world = World(store)
    assert await ask_on(world, world.fetcher(), 50) == 10

    world.start()

    assert await ask_on(world, world.fetcher(), 50) == 0
    await store.close()


async def test_a_clock_that_went_back_gives_nothing():
    world = World()
    await ask_on(world, world.fetcher(), 50)
    world.clock._now = after(days=-3)
    world.start()

    assert await ask_on(world, world.fetcher(), 5) == 0


async def test_a_short_wait_is_waited():
    world = World()
    fetcher = world.fetcher(budget=Budget(3_600, timedelta(minutes=1)))

    for _ in range(400):
        await fetcher.fetch(API)

    assert len(world.server.asked) == 400
    assert NOON < world.clock.now() <= after(seconds=5)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "600"},
        {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(after(minutes=10).timestamp()))},
        {"X-RateLimit-Remaining".lower(): "0", "x-ratelimit-reset": after(minutes=10).isoformat()},
        {"ratelimit-remaining": "0.0", "ratelimit-reset": "599.5"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(after(hours=5, minutes=10).timestamp())),
         "date": format_datetime(after(hours=5))},
    ],
)  # fmt: skip
async def test_what_the_server_says_is_left_holds_for_all_until_its_reset_on_its_clock(headers: Mapping[str, str]):
    world = World()
    world.server.answers = [(200, headers)]
    await world.fetcher(budget=None).fetch(API)

    with pytest.raises(RateLimited) as held:
        await world.fetcher("two", budget=None).fetch(API)
    assert held.value.retry_after == timedelta(minutes=10)
    world.clock.set(after(minutes=10))
    await world.fetcher(budget=None).fetch(API)
    assert len(world.server.asked) == 2


async def test_an_answer_that_comes_late_gives_nothing_back():
    world = World()
    left = [{"x-ratelimit-remaining": number, "x-ratelimit-reset": "600"} for number in ("1", "5")]
    world.server.answers = [(200, headers) for headers in left]
    fetcher = world.fetcher(budget=None)

    assert await ask_on(world, fetcher, 9) == 2


@pytest.mark.parametrize("reset", ["", "soon", "-5", "9" * 30])
async def test_nonsense_in_headers_is_nothing_said(reset: str):
    world = World()
    world.server.answers = [(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset})]
    await world.fetcher(budget=None).fetch(API)

    await world.fetcher(budget=None).fetch(API)


async def test_too_many_closes_the_server_for_all_sources_with_that_credential_over_a_restart():
    world = World()
    world.server.answers = [(429, {"retry-after": "120"})]
    await world.fetcher().fetch(API)
    world.start()

    with pytest.raises(RateLimited) as held:
        await world.fetcher("two").fetch(API)
    assert held.value.retry_after == timedelta(seconds=120)
    await world.fetcher("three", "another").fetch(API)


async def test_too_many_without_a_time_is_a_minute_then_two_then_at_most_half_an_hour():
    world, waits = World(), []
    for _ in range(8):
        world.server.answers = [(429, {})]
        await world.fetcher(budget=None).fetch(API)
        with pytest.raises(RateLimited) as held:
            await world.fetcher(budget=None).fetch(API)
        assert held.value.retry_after is not None
        waits.append(held.value.retry_after / timedelta(minutes=1))
        world.clock.set(world.clock.now() + held.value.retry_after)

    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    await world.fetcher(budget=None).fetch(API)
    world.server.answers = [(429, {})]
    await world.fetcher(budget=None).fetch(API)
    with pytest.raises(RateLimited) as held:
        await world.fetcher(budget=None).fetch(API)
    assert held.value.retry_after == timedelta(minutes=1), "an answer between begins anew"


async def test_a_spent_quota_stops_every_source_of_the_credential_for_that_kind_of_request():
    world, base = World(), engine()
    poller = Poller(base.store, base.ingest, base.clock, base.metrics)
    one, two = world.fetcher("one", budget=None), world.fetcher("two", budget=None)
    await one.fetch(API)
    poller.on_quota_spent = lambda source, wait: one.close_quota(wait)
    polled = Polled(FakeSource(QuotaSpent("capped", timedelta(hours=20)), Batch(), name="one"), timedelta(minutes=5))

    assert await poller.poll(polled) == timedelta(hours=20)

    assert value(base.metrics, "source_poll_failures", "one", "quota") == 1
    with pytest.raises(RateLimited) as held:
        await two.fetch(API)
    assert held.value.retry_after == timedelta(hours=20)


async def test_the_gauge_shows_what_is_left():
    world = World()
    await ask_on(world, world.fetcher(), 5)

    assert value(world.metrics, "source_rate_limit_remaining_ratio", "one") == 0.5
