"""The kafka source against librdkafka's own mock cluster: real sockets and the real protocol, one process."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from crisiswatch.core.models import Quality, Via
from crisiswatch.core.queries import MentionQuery
from crisiswatch.engine.polled import Polled
from crisiswatch.engine.polling import Poller
from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.sources.web import topic
from crisiswatch.sources.web.kafka import KIND
from tests.builders import NOON
from tests.engine.engine_fakes import engine

kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed: crisiswatch[kafka]")
pytestmark = pytest.mark.acceptance

MINUTE = timedelta(minutes=1)
FIELDS = {"external_id": "id", "text": "body", "published_at": "at"}


class Cluster:
    """A mock cluster with four partitions a topic, and a producer."""

    def __init__(self) -> None:
        self._producer = kafka.Producer(
            {"bootstrap.servers": "none", "test.mock.num.brokers": 2, "log_level": 0, "message.max.bytes": 2_000_000}
        )
        brokers = self._producer.list_topics(timeout=120).brokers.values()
        self.servers = tuple(f"{broker.host}:{broker.port}" for broker in brokers)

    def write(self, *ids: int, partition: int | None = None) -> None:
        for number in ids:
            body = {"id": f"r{number}", "body": f"acme {number}", "at": NOON.isoformat()}
            self.put(json.dumps(body).encode(), f"r{number}", number % 4 if partition is None else partition)
        self.sync()

    def put(self, value: bytes | None, key: str, partition: int = 0) -> None:
        self._producer.produce("mentions", key=key, value=value, partition=partition)

    def sync(self) -> None:
        assert self._producer.flush(120) == 0


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
async def opened():
    sources: list[Any] = []
    yield sources
    for one in sources:
        await one.close()


def source(cluster: Cluster, opened: list[Any], **options: object) -> Any:
    given = {"servers": cluster.servers, "topic": "mentions", "fields": FIELDS, "begin": "oldest"} | options
    opened.append(KIND.build("bus", KIND.options.model_validate(given), SourceTools(None, None)))
    return opened[-1]


def ids(*batches) -> list[str]:
    return sorted((one.external_id for batch in batches for one in batch.mentions), key=lambda one: int(one[1:]))


async def drain(reader, cursor: str | None, now=NOON):
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


async def test_every_record_comes_once_from_the_offsets_of_the_cursor(cluster, opened):
    cluster.write(*range(10))
    reader = source(cluster, opened)

    first = await reader.fetch(None, NOON)
    cluster.write(10, 11)
    second = await reader.fetch(first.cursor, NOON + MINUTE)
    again = await source(cluster, opened).fetch(first.cursor, NOON + MINUTE)
    third = await reader.fetch(second.cursor, NOON + 2 * MINUTE)

    assert (ids(first), ids(second), ids(again), ids(third)) == (
        [f"r{n}" for n in range(10)],
        *[["r10", "r11"]] * 2,
        [],
    )
    assert {one.via for one in first.mentions} == {Via.BACKFILL}
    assert {one.via for one in second.mentions} == {Via.POLL}
    assert first.coverage == ()
    assert [(one.start, one.end, one.quality) for one in second.coverage] == [(NOON, NOON + MINUTE, Quality.COMPLETE)]
    assert second.mentions[0].source == "bus"


async def test_by_default_only_what_is_written_from_now_on_is_read(cluster, opened):
    cluster.write(*range(8))
    reader = source(cluster, opened, begin="newest")

    first = await reader.fetch(None, NOON)
    cluster.write(8)
    second = await reader.fetch(first.cursor, NOON + MINUTE)

    assert (ids(first), ids(second)) == ([], ["r8"])


async def test_a_long_topic_is_read_in_steps_and_covered_at_the_end(cluster, opened, monkeypatch):
    monkeypatch.setattr(topic, "RECORDS", 100)
    reader = source(cluster, opened)
    start = await reader.fetch(None, NOON) if cluster.write(0) is None else None
    cluster.write(*range(1, 451))

    batches = await drain(reader, start.cursor, NOON + MINUTE)

    assert ids(*batches) == [f"r{n}" for n in range(1, 451)]
    assert len(batches) > 4
    assert [len(batch.coverage) for batch in batches] == [0] * (len(batches) - 1) + [1]


async def test_a_record_that_the_topic_does_not_keep_is_a_gap_and_the_rest_is_read(cluster, opened):
    cluster.write(*range(4))
    reader = source(cluster, opened)
    first = await reader.fetch(None, NOON)
    beyond = json.loads(first.cursor)
    beyond["offsets"]["0"] = 5_000

    batches = await drain(reader, json.dumps(beyond), NOON + MINUTE)

    assert ids(*batches) == ["r0"]
    assert "does not keep" in batches[0].warnings[0]
    assert batches[-1].coverage[0].quality is Quality.PARTIAL


async def test_records_without_value_delete_and_poison_is_counted(cluster, opened):
    cluster.put(None, "r7")
    cluster.put(b"{not json", "x")
    cluster.put(b'{"id": 7}', "y")
    cluster.put(b'{"id": "r9", "body": "acme \xff"}', "z")
    cluster.put(b" " * 1_000_000 + b'{"id": "big", "body": "acme"}', "big")
    cluster.write(1, partition=0)

    batch = await source(cluster, opened).fetch(None, NOON)

    assert ids(batch) == ["r1"]
    assert [stone.external_id for stone in batch.tombstones] == ["r7"]
    assert batch.skipped == 4


async def test_items_may_lie_deeper(cluster, opened):
    cluster.put(json.dumps({"batch": [{"id": "r1", "body": "acme"}, {"id": "r2", "body": "acme"}]}).encode(), "k")
    cluster.sync()

    assert ids(await source(cluster, opened, items="batch").fetch(None, NOON)) == ["r1", "r2"]


async def test_kills_before_and_after_commits_lose_nothing_and_store_nothing_twice(cluster, opened, monkeypatch):
    monkeypatch.setattr(topic, "RECORDS", 20)
    cluster.write(*range(100))
    middle = engine()
    commit, delivered, turns = middle.store.commit_batch, [], []
    middle.ingest.deliver = lambda delivery: delivered.extend(one.uid for one in delivery.observations)

    async def commit_or_die(enriched):
        turns.append(1)
        if len(turns) % 3 == 1:
            raise asyncio.CancelledError
        fresh = await commit(enriched)
        if len(turns) % 3 == 2:
            raise asyncio.CancelledError
        return fresh

    middle.store.commit_batch = commit_or_die
    with capture_logs():
        for _ in range(40):
            poller = Poller(middle.store, middle.ingest, middle.clock, middle.metrics)
            try:
                await poller.poll(Polled(source(cluster, opened), MINUTE))
            except asyncio.CancelledError:
                continue
    stored = await middle.store.mentions(MentionQuery(limit=1_000))

    assert {one.mention.external_id for one in stored} == {f"r{n}" for n in range(100)}
    assert len(delivered) == len(set(delivered))


async def test_another_topic_begins_anew(cluster, opened):
    cluster.write(1)
    first = await source(cluster, opened).fetch(None, NOON)
    renamed = first.cursor.replace("mentions", "old-name")

    assert ids(await source(cluster, opened).fetch(renamed, NOON)) == ["r1"]


async def test_a_cluster_that_is_away_is_tried_again_later(cluster, opened, monkeypatch):
    monkeypatch.setattr(topic, "WAIT", timedelta(seconds=1))

    with pytest.raises(SourceUnavailable):
        await source(cluster, opened, servers=["127.0.0.1:9"]).fetch(None, NOON)


async def test_a_topic_that_is_not_there_is_for_a_person(cluster, opened):
    with pytest.raises(SourceRejected) as caught:
        await source(cluster, opened, topic="nope").fetch(None, NOON)

    assert caught.value.reason == "not_found"
