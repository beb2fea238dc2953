"""Bodies that no source should send, over real sockets to the store: counted, the cursor kept, nothing lost."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from crisiswatch import store as stores
from crisiswatch import text
from crisiswatch.app.data import negativity_weights
from crisiswatch.core.enriching import Watchlist, brand_key
from crisiswatch.core.models import Via
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.ingesting import Ingest, Lens
from crisiswatch.engine.isolating import WorkerIsolator
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller
from crisiswatch.metrics import Metrics
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Store
from crisiswatch.sources import CATALOGUE
from tests.builders import NOON
from tests.channels.http_server import HttpServer, Reply

pytestmark = pytest.mark.acceptance


def feed(*items: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{head}<rss version="2.0"><channel><title>Press</title>{"".join(items)}</channel></rss>'.encode()


def item(guid: str, title: str = "acme", date: str = "Wed, 04 Mar 2026 11:58:00 GMT") -> str:
    names = f"<link>https://n.example/{guid}</link><guid isPermaLink='false'>{guid}</guid>"
    return f"<item><title>{title} {guid}</title>{names}<pubDate>{date}</pubDate></item>"


GOOD = feed(item("a"), item("b"))
LATER = feed(item("a"), item("b"), item("c"))


class World:
    """One real source, asked by the real poller, committed to a real database."""

    def __init__(self, store: Store, source: Any, server: Script) -> None:
        self.store, self.source, self.server = store, source, server
        self.metrics = Metrics(CollectorRegistry())
        clock = DrivenClock(NOON)
        ingest = Ingest(store, clock, self.metrics, Failpoints(None))
        watchlist = Watchlist(("Acme",), author_key=b"k")
        ingest.lens = Lens(text.steps({brand_key("Acme"): ("acme",)}, negativity_weights()), watchlist)
        self.poller = Poller(store, ingest, clock, self.metrics)
        self.polled = Polled(source, timedelta(minutes=5))

    async def poll(self, body: bytes, status: int = 200, **headers: str) -> list[str]:
        """Serve that, poll once, and return what was logged."""
        self.server.reply = Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
        with capture_logs() as logs:
            await self.poller.poll(self.polled)
        return [entry["event"] for entry in logs]

    async def stored(self) -> list[str]:
        found = await self.store.mentions(MentionQuery(limit=1000))
        return sorted(one.mention.external_id for one in found)

    async def cursor(self) -> str | None:
        return await self.store.cursor("press")

    def failures(self, reason: str) -> float:
        return float(self.metrics.source_poll_failures.labels("press", reason)._value.get())


class Script:
    """What the server answers next."""

    def __init__(self) -> None:
        self.reply = Reply()

    def __call__(self, request: object) -> Reply:
        return self.reply


@pytest.fixture(params=["rss"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    script = Script()
    fetcher, isolator = HttpFetcher(allow=["127.0.0.0/8"]), WorkerIsolator()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(fetcher.close)
        stack.push_async_callback(isolator.close)
        store = stores.create(f"sqlite:///{tmp_path}/crisiswatch.db")
        await store.open()
        stack.push_async_callback(store.close)
        server = await stack.enter_async_context(HttpServer(script))
        kind = CATALOGUE[request.param]
        options = kind.options.model_validate(dict(OPTIONS[request.param](server.url)))
        source = kind.build("press", options, SourceTools(fetcher, isolator))
        stack.push_async_callback(source.close)
        yield World(store, source, script)


JSON_FIELDS = {"external_id": "to_string(id)", "published_at": "at", "text": "body"}
OPTIONS: Mapping[str, Any] = {
    "rss": lambda url: {"url": f"{url}/feed.xml"},
    "http_json": lambda url: {"url": f"{url}/items?after={{since}}", "items": "items", "fields": JSON_FIELDS},
}

HUGE = b"<rss>" + b"x" * 50_000_000

UNREADABLE = {
    "nothing": (b"", {}),
    "a web page": (b"<html><body>Log in first</body></html>", {}),
    "binary": (bytes(range(256)) * 40, {}),
    "fifty megabytes": (HUGE, {}),
    "a bomb": (gzip.compress(b"<rss>" + b"\0" * 60_000_000), {"Content_Encoding": "gzip"}),
    "gzip that is none": (GOOD, {"Content_Encoding": "gzip"}),
    "an unknown packing": (GOOD, {"Content_Encoding": "sdch"}),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_an_unreadable_body_is_a_counted_failure_and_the_next_good_one_goes_on(case: str, world: World) -> None:
    await world.poll(GOOD)
    cursor = await world.cursor()
    body, headers = UNREADABLE[case]

    logged = await world.poll(body, **headers)
    kept = await world.cursor()
    failed = world.polled.failures
    await world.poll(LATER)

    assert (failed, kept) == (1, cursor), logged
    assert "source_raised" not in logged, "an error on purpose, not a bug"
    assert await world.stored() == ["a", "b", "c"]


async def test_a_feed_that_is_cut_is_read_as_far_as_it_goes_and_the_rest_comes_later(world: World) -> None:
    cut = GOOD[: GOOD.index(b"acme b")]

    logged = await world.poll(cut)
    await world.poll(LATER)

    assert "source_raised" not in logged
    assert await world.stored() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("status", "reason"), [(500, "http_5xx"), (503, "http_5xx"), (404, "not_found"), (401, "auth"), (418, "http_4xx")]
)
async def test_an_answer_that_is_an_error_is_counted_by_its_reason(status: int, reason: str, world: World) -> None:
    await world.poll(GOOD)
    cursor = await world.cursor()

    await world.poll(LATER, status)

    assert (world.failures(reason), await world.cursor()) == (1, cursor)
    assert str(status) in world.polled.last_error


ENCODINGS = {
    "latin-1 that says UTF-8": feed(item("a", "acme caf\u00e9")).decode().encode("latin-1"),
    "UTF-16 with a mark": feed(item("a"), head='<?xml version="1.0" encoding="UTF-16"?>').decode().encode("utf-16"),
    "an encoding nobody knows": feed(item("a"), head='<?xml version="1.0" encoding="klingon"?>'),
    "half a character": GOOD.replace(b"acme a", b"acme \xf0\x9f\x94 a"),
    "control characters": feed(item("a", "acme \u202e\x85\u2028")),
    "a null": GOOD.replace(b"acme a", b"acme\x00 a"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENCODINGS)
async def test_a_strange_encoding_is_read_or_refused_but_never_a_bug(case: str, world: World) -> None:
    logged = await world.poll(ENCODINGS[case])

    assert "source_raised" not in logged
    assert (world.polled.failures == 0) == ("a" in await world.stored())
    for stored in await world.store.mentions(MentionQuery()):
        (stored.mention.title or stored.mention.text).encode("utf-8")


DATES = {
    "zero": "Mon, 01 Jan 0001 00:00:00 GMT",
    "the epoch": "Thu, 01 Jan 1970 00:00:00 GMT",
    "the end of time": "Fri, 31 Dec 9999 23:59:59 GMT",
    "in an hour": "Wed, 04 Mar 2026 13:00:00 GMT",
    "no date": "yesterday, I think",
    "impossible": "Wed, 31 Feb 2026 25:61:61 +9999",
    "nothing": "",
}


@pytest.mark.parametrize("case", DATES)
async def test_an_absurd_date_is_not_believed(case: str, world: World) -> None:
    logged = await world.poll(feed(item("a", date=DATES[case])))

    [stored] = await world.store.mentions(MentionQuery())
    assert "source_raised" not in logged
    assert NOON - timedelta(days=7) <= stored.event_time <= NOON + timedelta(minutes=2)


async def test_what_was_listed_already_and_is_old_is_history_at_its_own_time_and_never_live(world: World) -> None:
    await world.poll(feed(item("a", date="Tue, 04 Mar 2025 12:00:00 GMT")))

    [stored] = await world.store.mentions(MentionQuery())
    assert (stored.event_time, stored.mention.via) == (NOON - timedelta(days=365), Via.BACKFILL)


LISTS = {
    "cut in the middle": b'{"items": [{"id": 1, "body": "acme',
    "not JSON": b"<html>",
    "a list where an object is": b"[1, 2, 3]",
    "NaN": b'{"items": [{"id": NaN, "body": "acme"}]}',
    "depth": b'{"items": ' + b"[" * 100_000,
    "half a surrogate": b'{"items": "\\ud800"}',
    "no items": b'{"data": []}',
    "items that are none": b'{"items": "all of them"}',
}


@pytest.mark.parametrize("world", ["http_json"], indirect=True)
@pytest.mark.parametrize("case", LISTS)
async def test_an_unreadable_list_keeps_the_cursor(case: str, world: World) -> None:
    good = b'{"items": [{"id": 1, "at": "2026-03-04T11:59:00Z", "body": "acme one"}]}'
    await world.poll(good)
    cursor = await world.cursor()

    logged = await world.poll(LISTS[case])

    assert "source_raised" not in logged
    assert "1" in await world.stored()
    if world.polled.failures:
        assert await world.cursor() == cursor


ITEMS = (
    '{"id": 2, "at": 5, "body": "acme"}', '{"id": 3, "at": "never", "body": "acme"}', '{"id": null, "body": "acme"}',
    '{"id": 4, "body": 17}', '"a string"', "null", "[]",
    '{"id": {"a": 1}, "body": "acme", "at": "2026-03-04T11:59:00Z"}',
)  # fmt: skip


@pytest.mark.parametrize("world", ["http_json"], indirect=True)
async def test_items_that_cannot_be_read_do_not_take_the_others_with_them(world: World) -> None:
    good = '{"id": 1, "at": "2026-03-04T11:59:00Z", "body": "acme one", "unknown": {"deep": [1, 2]}}'

    logged = await world.poll(f'{{"extra": 1, "items": [{", ".join((*ITEMS, good))}]}}'.encode())

    assert "1" in await world.stored()
    assert "source_raised" not in logged
    assert world.polled.failures == 0
