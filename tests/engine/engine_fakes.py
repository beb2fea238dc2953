"""What the engine works with in its tests: small sources, channels and text steps; store and core are the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import msgspec
from prometheus_client import CollectorRegistry

from crisiswatch.core.deciding import Policy
from crisiswatch.core.enriching import Watchlist, brand_key, rule_key
from crisiswatch.core.judging import Rule, Thresholds
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Batch, Count, Coverage, Expectation, Mention, Reading, Severity
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.core.routing import Route
from crisiswatch.core.steps import Detector, TextSteps, TextTools, TypeGuess
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.engine.failpoints import Failpoints
from crisiswatch.engine.ingesting import Ingest, Lens
from crisiswatch.engine.observing import Unobserved
from crisiswatch.engine.watched import Plan
from crisiswatch.engine.watching import Watcher
from crisiswatch.metrics import Metrics
from crisiswatch.ports import Abilities
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, mention

FIVE = timedelta(minutes=5)
NEVER_KILLS = Failpoints(None)

Answer = Batch | Exception | Callable[[str | None, datetime], Batch]


class FakeSource:
    """Answers from a script; the last answer again and again."""

    def __init__(self, *answers: Answer, name: str = "press") -> None:
        self.name = name
        self.answers = list(answers)
        self.asked: list[tuple[str | None, datetime]] = []
        self.closed = 0

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        self.asked.append((cursor, now))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Batch) else answer(cursor, now)

    async def close(self) -> None:
        self.closed += 1


class FakeChannel:
    """Takes messages and answers attempts from a script; the last one again and again."""

    def __init__(self, *attempts: Attempt | Exception, name: str = "team", found: Attempt | None = None) -> None:
        self.name = name
        self.abilities = Abilities()
        self.attempts = list(attempts or [Attempt(Outcome.DELIVERED, reference="ref")])
        self.found = found
        self.sent: list[tuple[Message, str | None]] = []
        self.asked: list[Message] = []
        self.hold: asyncio.Event | None = None
        self.begun = asyncio.Event()

    async def send(self, message: Message, previous: str | None) -> Attempt:
        self.sent.append((message, previous))
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        attempt = self.attempts.pop(0) if len(self.attempts) > 1 else self.attempts[0]
        if isinstance(attempt, Exception):
            raise attempt
        return attempt

    async def find(self, message: Message) -> Attempt | None:
        self.asked.append(message)
        return self.found

    async def close(self) -> None:
        """Have nothing to release."""


class Words:
    """Negativity and queries by single words: bad, acme, globex, injured."""

    model = "words"

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[float | None]:
        return [0.9 if "bad" in text else 0.1 for text in texts]

    def match(self, texts: Sequence[str]) -> list[frozenset[str]]:
        keys = {"acme": brand_key("Acme"), "globex": brand_key("Globex"), "injured": rule_key("Acme", "injury")}
        return [frozenset(key for word, key in keys.items() if word in text.lower()) for text in texts]


def steps() -> TextSteps:
    words = Words()
    return TextSteps(
        language=lambda texts: ["en"] * len(texts),
        negativity=words,
        sketch=lambda texts: [tuple(hash_of(text, i) for i in range(4)) for text in texts],
        queries=words,
    )


def hash_of(text: str, part: int) -> int:
    """Return a number that is the same in every process."""
    return crc32(f"{part}{text}".encode())


class Tally:
    """A detector whose evidence is the number of negative stories that are open; it remembers what it learnt."""

    def __init__(self, bucket: timedelta = FIVE, state: bytes | None = None) -> None:
        self.bucket = bucket
        self.learnt: list[list[float]] = msgspec.msgpack.decode(state) if state else []

    def predict_one(self, start: datetime) -> Expectation:
        return Expectation(4.0, 0.2, 0.15)

    def learn_one(self, count: Count) -> None:
        self.learnt.append([count.start.timestamp(), count.stories, count.negative, count.copies, count.covered])

    def score_open(self, counts: Sequence[Count]) -> Reading:
        negative = [count for count in counts if count.negative]
        since = negative[0].start if negative else None
        raw = sum(count.negative for count in negative)
        return Reading(raw, since, Expectation(4.0, 0.2, 0.15), timedelta(days=100))

    def rest(self) -> None:
        """Have no windows."""

    def to_bytes(self) -> bytes:
        return msgspec.msgpack.encode(self.learnt)


def plan(brand: str = "Acme", *, sources: tuple[str, ...] = ("press",), **changes: Any) -> Plan:
    """Return a plan in which six negative stories are a warning, and eight critical."""
    policy = Policy(brand, "brand", changes.pop("routes", Route(("team",))), edits=changes.pop("edits", frozenset()))
    whole = Plan(
        policy=policy,
        sources=sources,
        lateness=timedelta(minutes=10),
        bucket=FIVE,
        weights=tuple(float(i >= 8) for i in range(16)),
        thresholds=Thresholds(6.0, 8.0),
        tools=TextTools(
            drivers=lambda these, others: ("bad",),
            incident_type=lambda texts, languages, behaviour: TypeGuess("outage", 0.9, "x"),
            marks=lambda texts, languages: [frozenset({"question"}) for _ in texts],
        ),
        rules=(Rule("injury", Severity.CRITICAL),),
    )
    return replace(whole, **changes)


@dataclass
class Engine:
    """The middle of the engine: ingest and watcher on a store in memory, with a clock that the test drives."""

    store: Any
    clock: DrivenClock
    metrics: Metrics
    ingest: Ingest
    watcher: Watcher
    numbers: int = field(default=0)

    async def see(self, count: int, text: str = "bad acme", source: str = "press", **fields: Any) -> None:
        """Take so many different mentions, and say that the source was seen until now."""
        first = self.numbers
        self.numbers += count
        mentions = tuple(
            mention(source=source, external_id=f"e{first + n}", text=f"{first + n} {text}",
                    published_at=self.clock.now(), **fields)
            for n in range(count)
        )  # fmt: skip
        now = self.clock.now()
        await self.ingest(source, Batch(mentions=mentions, coverage=(Coverage(source, NOON - timedelta(days=1), now),)))

    async def tick(self, **later: float) -> datetime:
        """Move the clock on and tick there."""
        self.clock.set(self.clock.now() + timedelta(**(later or {"seconds": 15})))
        await self.watcher.tick(self.clock.now())
        return self.clock.now()


def engine(*plans: Plan, store: Any = None, observer: Any = None, detector: Callable[..., Detector] = Tally) -> Engine:
    clock = DrivenClock(NOON)
    metrics = Metrics(CollectorRegistry())
    kept = store or MemoryStore()
    ingest = Ingest(kept, clock, metrics, NEVER_KILLS)
    watched = plans or (plan(),)
    names = tuple(one.policy.brand for one in watched)
    ingest.lens = Lens(steps(), Watchlist(names, rules=dict.fromkeys(names, ("injury",)), author_key=b"k"))
    watcher = Watcher(kept, ingest, observer or Unobserved(), NEVER_KILLS)
    watcher.use(watched, detector)
    return Engine(kept, clock, metrics, ingest, watcher)


def message(key: str = "k", **changes: Any) -> Message:
    whole = Message(
        key=key, kind="opened", incident="INC-1", number=1, receiver="team", severity=Severity.WARNING, brand="Acme",
        headline="h", thread_subject="s", state="s", since="since", opened_at=NOON, sent_at=NOON,
    )  # fmt: skip
    return replace(whole, **changes)


def mentions_of(*ids: str, **fields: Any) -> tuple[Mention, ...]:
    return tuple(mention(external_id=id_, **{"text": f"acme {id_}", **fields}) for id_ in ids)


def value(metrics: Metrics, family: str, *labels: str) -> float:
    """Return what a counter or gauge says."""
    found: float = getattr(metrics, family).labels(*labels)._value.get()
    return found
