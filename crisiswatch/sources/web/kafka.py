"""`kafka`: records of a Kafka topic, JSON that is read by JMESPath expressions.

*Access*: your own cluster; the library confluent-kafka (`pip install 'crisiswatch[kafka]'`). *Cost*: none. *Limits*:
2,000 records a step, 1 MB each. *Look-back*: what the topic keeps; the first poll begins at its end, or with
`begin: oldest` at its beginning. *Delay*: the poll's interval. *Cannot see*: records that the topic dropped before
they were read: that stretch is not covered. *Quality*: complete. The offsets are kept in our own database, in the same
transaction as the mentions; no consumer group is joined and nothing is committed to Kafka, so that other readers do not
notice. A record without a value deletes the mention whose `external_id` is its key. A record that cannot be read is
counted and skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal, ParamSpec, TypeVar

import msgspec
from pydantic import ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from crisiswatch.core.models import Batch, Mention, Quality, Tombstone
from crisiswatch.errors import BadInput
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.mapping import Markup, Page, check_fields, compile_path, parse_page
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import coverage, via
from crisiswatch.sources.web.topic import RECORD_LIMIT, Record, Step, Topic

P = ParamSpec("P")
T = TypeVar("T")

REPORTED = 3
ID_LIMIT = 500

Server = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\[][A-Za-z0-9.:\[\]-]{0,252}:\d{1,5}$")]
Security = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class KafkaOptions(Options):
    """Which topic, and where in a record each field of a mention stands."""

    model_config = ConfigDict(defer_build=True)

    servers: tuple[Server, ...] = Field(min_length=1, max_length=20, description="Brokers to begin with: host:port.")
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="Topic that is read.")
    fields: dict[str, str] = Field(description="JMESPath in an item, by field of a mention.")
    items: str = Field(default="@", description="JMESPath of the items in a record; by default the record is one.")
    markup: Markup = Field(default="plain", description="Whether text and title are HTML or plain.")
    begin: Literal["newest", "oldest"] = Field(default="newest", description="Where the first poll begins.")
    security: Security = Field(default="plaintext", description="How connections are protected, and who logs in.")
    mechanism: Mechanism = Field(default="PLAIN", description="How to log in.")
    user: str | None = Field(default=None, max_length=320, description="Who logs in.")
    password: SecretStr | None = Field(default=None, min_length=1, description="Password of that user.")
    ca_file: str | None = Field(default=None, description="Certificates to trust; by default those of this machine.")

    @field_validator("items")
    @classmethod
    def _is_jmespath(cls, value: str) -> str:
        compile_path(value)
        return value

    @field_validator("fields")
    @classmethod
    def _maps_known_fields(cls, value: dict[str, str]) -> dict[str, str]:
        check_fields(value)
        return value

    @model_validator(mode="after")
    def _logs_in_whole(self) -> KafkaOptions:
        if self.security.startswith("sasl") and (self.user is None or self.password is None):
            raise ValueError(f"security: {self.security} needs user and password")
        return self


class KafkaCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The next offset of every partition, until when all were read whole, and whether records were lost since."""

    topic: str
    offsets: dict[int, int] = {}
    until: datetime | None = None
    is_partial: bool = False


class KafkaSource:
    """A `Source` that reads a topic from the offsets in its cursor."""

    def __init__(self, name: str, options: KafkaOptions, tools: SourceTools) -> None:
        self.name = name
        self._options = options
        self._topic = Topic(options.topic, settings(name, options))

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor, self._options.topic)
        if known is None and self._options.begin == "newest":
            ends = await self._blocking(self._topic.ends)
            return Batch(cursor=_written(KafkaCursor(self._options.topic, ends, now)), cost=1.0)
        known = known or KafkaCursor(self._options.topic)
        step = await self._blocking(self._topic.read, known.offsets)
        return self._batch(known, step, now)

    async def close(self) -> None:
        """Let go of the line to the cluster."""
        await asyncio.to_thread(self._topic.close)

    async def _blocking(self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        try:
            return await asyncio.to_thread(call, *arguments, **named)
        except asyncio.CancelledError:
            self._topic.stop()
            raise

    def _batch(self, known: KafkaCursor, step: Step, now: datetime) -> Batch:
        mentions, reasons = self._read(step.records, known.until, now)
        is_partial = known.is_partial or bool(step.lost)
        seen = coverage(self.name, known.until, now, Quality.PARTIAL if is_partial else Quality.COMPLETE)
        after = KafkaCursor(known.topic, step.offsets, known.until, is_partial)
        if step.is_whole:
            after = KafkaCursor(known.topic, step.offsets, now)
        lost = tuple(f"partition {number}: the topic does not keep our next record any more" for number in step.lost)
        return Batch(
            mentions=mentions,
            coverage=seen if step.is_whole else (),
            tombstones=tuple(stone for stone in map(self._tombstone, step.records) if stone is not None),
            cursor=_written(after),
            more=not step.is_whole,
            cost=1.0,
            skipped=len(reasons),
            warnings=(*lost, *reasons[:REPORTED]),
        )

    def _read(
        self, records: Sequence[Record], until: datetime | None, now: datetime
    ) -> tuple[tuple[Mention, ...], list[str]]:
        options = self._options
        mentions: list[Mention] = []
        reasons: list[str] = []
        for record in records:
            if record.value is None:
                continue
            try:
                page = parse_record(record.value, options)
            except BadInput as error:
                reasons.append(f"record {record.partition}/{record.offset}: {error}"[:200])
                continue
            reasons += [f"record {record.partition}/{record.offset}: {reason}"[:200] for reason in page.reasons]
            mentions += [self._own(mention, record, until, now) for mention in page.mentions]
        return tuple(mentions), reasons

    def _own(self, mention: Mention, record: Record, until: datetime | None, now: datetime) -> Mention:
        at = mention.published_at or record.written_at
        return msgspec.structs.replace(mention, source=self.name, indexed_at=record.written_at, via=via(at, until, now))

    def _tombstone(self, record: Record) -> Tombstone | None:
        if record.value is not None or not record.key:
            return None
        return Tombstone(self.name, external_id=clean(record.key.decode("utf-8", "replace"), ID_LIMIT))


def parse_record(value: bytes, options: KafkaOptions) -> Page:
    """Return the mentions in a record. Raises BadInput."""
    if len(value) > RECORD_LIMIT:
        raise BadInput(f"{len(value)} bytes, above {RECORD_LIMIT}")
    return parse_page(value, options.items, options.fields, None, options.markup)


def settings(name: str, options: KafkaOptions) -> dict[str, str | int | bool]:
    """Return what librdkafka is told: to read as we say, to commit nothing, and to hold little in memory."""
    told: dict[str, str | int | bool] = {
        "bootstrap.servers": ",".join(options.servers),
        "client.id": "crisiswatch",
        "group.id": f"crisiswatch-{name}",  # a name that the library wants; no group is joined
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
        "fetch.wait.max.ms": 100,
        "queued.max.messages.kbytes": 16_384,
        "security.protocol": options.security,
        "log_level": 0,
    }
    if options.security.startswith("sasl") and options.user and options.password:
        told |= {"sasl.mechanism": options.mechanism, "sasl.username": options.user}
        told |= {"sasl.password": options.password.get_secret_value()}
    if options.ca_file is not None:
        told |= {"ssl.ca.location": options.ca_file}
    return told


def _written(cursor: KafkaCursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _parse_cursor(cursor: str | None, topic: str) -> KafkaCursor | None:
    """Return the cursor; None for a new source, or one that was given another topic. Raises BadInput."""
    known = stored(cursor, KafkaCursor)
    return known if known is not None and known.topic == topic else None


def build(name: str, options: KafkaOptions, tools: SourceTools) -> KafkaSource:
    """Return the source that the operator called `name`."""
    return KafkaSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="kafka",
    summary="Records of a Kafka topic: JSON, mapped by JMESPath.",
    options=KafkaOptions,
    build=build,
    example={
        "servers": ["kafka.example.org:9092"],
        "topic": "mentions",
        "fields": {"external_id": "to_string(id)", "published_at": "created", "text": "body", "permalink": "url"},
    },
    access=Access(
        network="Kafka",
        access="key",
        cost="none",
        look_back="what the topic keeps",
        delay="the poll's interval",
        tested="emulated",
    ),
)
