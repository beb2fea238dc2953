"""Reads a Kafka topic with librdkafka: from offsets that we keep ourselves, to the end or to a limit. Blocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from crisiswatch.errors import SourceRejected, SourceUnavailable
from crisiswatch.sources.web.stretches import plausible

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message

RECORDS = 2_000
"""Records that one step reads at most."""

RECORD_LIMIT = 1_000_000
WAIT = timedelta(seconds=20)
"""How long one step may take."""

PAUSE = 0.1
"""Seconds after which what has come is looked at."""

_LOGINS = frozenset({"_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "TOPIC_AUTHORIZATION_FAILED"})
_UNKNOWN = frozenset({"UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION"})


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `value` is None where the record deletes what has its key."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    written_at: datetime | None


@dataclass(slots=True)
class Step:
    """What one step read: records, the offset that is next in every partition, and which of them reached their end.

    `lost` are partitions whose next record the topic does not keep any more.
    """

    offsets: dict[int, int]
    records: list[Record] = field(default_factory=list)
    ended: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        """Tell whether every partition was read to its end."""
        return self.ended == set(self.offsets)


class Topic:
    """One topic. A step at a time: another caller waits. Every method raises SourceUnavailable or SourceRejected."""

    def __init__(self, name: str, settings: Mapping[str, str | int | bool]) -> None:
        self._name = name
        self._settings = dict(settings)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._consumer: Consumer | None = None
        self._said = ""

    def ends(self) -> dict[int, int]:
        """Return the offset that the next record of every partition will have."""
        with self._lock, self._failing():
            return {number: self._bounds(number)[1] for number in self._partitions()}

    def read(self, offsets: Mapping[int, int]) -> Step:
        """Return the records from those offsets on; of a partition that is not named, from its beginning."""
        with self._lock, self._failing():
            starts = {
                number: offsets[number] if number in offsets else self._bounds(number)[0]
                for number in self._partitions()
            }
            return self._collect(Step(starts))

    def stop(self) -> None:
        """Have a step that is under way end soon, from another thread."""
        self._stopping.set()

    def close(self) -> None:
        """Let go of the connections; a later step would open new ones."""
        self.stop()
        with self._lock:
            consumer, self._consumer = self._consumer, None
            if consumer is not None:
                consumer.close()

    def _collect(self, step: Step) -> Step:
        self._stopping.clear()
        self._assign(step.offsets)
        deadline = monotonic() + WAIT.total_seconds()
        while len(step.records) < RECORDS and not step.is_whole and not self._stopping.is_set():
            if monotonic() > deadline:
                if not step.records and not step.ended:
                    raise SourceUnavailable(f"{self._name}: no answer within {WAIT.total_seconds():g} s", "timeout")
                break
            for message in self._open().consume(RECORDS - len(step.records), PAUSE):
                self._take(message, step)
        return step

    def _take(self, message: Message, step: Step) -> None:
        error, partition, offset = message.error(), message.partition(), message.offset()
        if partition is None or offset is None:
            raise SourceUnavailable(f"{self._name}: {error}"[:300], "unavailable")
        if error is None:
            step.records.append(_record(message, partition, offset))
            step.offsets[partition] = offset + 1
            step.ended.discard(partition)
        elif error.name() == "_PARTITION_EOF":
            step.offsets[partition] = max(step.offsets[partition], offset)
            step.ended.add(partition)
        elif error.name() == "_AUTO_OFFSET_RESET":
            # The topic was made anew, or keeps less than we were away: what it still has is read.
            step.lost.add(partition)
            step.offsets[partition] = self._bounds(partition)[0]
            self._assign(step.offsets)
        else:
            raise self._failure(error)

    def _assign(self, offsets: Mapping[int, int]) -> None:
        from confluent_kafka import TopicPartition

        self._open().assign([TopicPartition(self._name, number, offset) for number, offset in offsets.items()])

    def _partitions(self) -> list[int]:
        topic = self._open().list_topics(self._name, WAIT.total_seconds()).topics[self._name]
        if topic.error is not None:
            raise self._failure(topic.error)
        return sorted(topic.partitions)

    def _bounds(self, partition: int) -> tuple[int, int]:
        from confluent_kafka import TopicPartition

        found = self._open().get_watermark_offsets(TopicPartition(self._name, partition), WAIT.total_seconds())
        if found is None:
            raise SourceUnavailable(f"{self._name}: no answer within {WAIT.total_seconds():g} s", "timeout")
        return found[0], found[1]

    def _open(self) -> Consumer:
        from confluent_kafka import Consumer

        if self._consumer is None:
            self._consumer = Consumer(self._settings | {"error_cb": self._note})
        return self._consumer

    def _note(self, error: KafkaError) -> None:
        """Remember why a connection failed: the call that waits for it says that it waited in vain, and no more."""
        if error.name() in _LOGINS or not self._said:
            self._said = f"{error.name()}: {error.str()}"

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn what the library raises into errors that the engine knows."""
        self._said = ""
        try:
            from confluent_kafka import KafkaException
        except ImportError as error:
            raise SourceRejected("needs confluent-kafka: install crisiswatch[kafka]") from error
        try:
            yield
        except KafkaException as error:
            raise self._failure(error.args[0]) from error
        except RuntimeError as error:
            raise SourceUnavailable(f"{self._name}: {error}"[:300]) from error

    def _failure(self, error: KafkaError) -> SourceRejected | SourceUnavailable:
        name, said = error.name(), f"{self._name}: {error.str()}" + (f" ({self._said})" if self._said else "")
        if name in _LOGINS or self._said.partition(":")[0] in _LOGINS:
            return SourceRejected(said[:300], "auth")
        if name in _UNKNOWN:
            return SourceRejected(said[:300], "not_found")
        return SourceUnavailable(said[:300], "timeout" if "TIMED_OUT" in name else "refused")


def _record(message: Message, partition: int, offset: int) -> Record:
    kind, milliseconds = message.timestamp()
    written_at = plausible(_EPOCH + timedelta(milliseconds=milliseconds)) if kind and milliseconds > 0 else None
    key, value = message.key(), message.value()
    return Record(partition, offset, _bytes(key), _bytes(value), written_at)


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
