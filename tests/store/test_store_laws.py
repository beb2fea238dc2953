"""Laws of the store, over any order of events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_builders import NOON, a_batch, a_decision, a_mention, a_notification, all_of, an_incident, minutes

from crisiswatch.core.outbox import Attempt, DeliveryState, NotificationKind, OutboxRow, Outcome
from crisiswatch.errors import Conflict
from crisiswatch.ports import Store
from crisiswatch.store import create

STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 12)), max_size=12)
"""Which batch is tried next, and after how many steps of the loop its caller gives up."""

BATCHES = st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=6), min_size=5, max_size=5)
"""The ids in five batches; they may share some, as polls do."""

UNHURRIED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
names = count()


@dataclass
class Session:
    """A loop with two stores that stay open from one example to the next."""

    runner: asyncio.Runner
    memory: Store
    sqlite: Store


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with asyncio.Runner() as runner:
        sqlite = create(f"sqlite:///{tmp_path / 'store.db'}")
        runner.run(sqlite.open())
        yield Session(runner, create("memory:"), sqlite)
        runner.run(sqlite.close())


@UNHURRIED
@given(batches=BATCHES, steps=STEPS)
def test_each_mention_is_stored_once_and_the_cursor_never_moves_without_its_mentions(
    session: Session, batches: list[list[int]], steps: list[tuple[int, int]]
) -> None:
    for store in (session.memory, session.sqlite):
        session.runner.run(_commit_in_any_order(store, f"source {next(names)}", batches, steps))


async def _commit_in_any_order(
    store: Store, source: str, batches: Sequence[Sequence[int]], steps: Sequence[tuple[int, int]]
) -> None:
    frames = [
        a_batch(*(a_mention(str(id), source=source) for id in ids), cursor=str(number))
        for number, ids in enumerate(batches)
    ]
    told_new: list[bytes] = []
    for number, patience in [*steps, *((number, 10**6) for number in range(len(frames)))]:
        told_new += await _try(store.commit_batch(frames[number]), patience)
        cursor = await store.cursor(source)
        if cursor is not None:
            uids = [mention.uid for mention in frames[int(cursor)].mentions]
            assert set(await store.mentions_by_uid(uids)) == set(uids)
    stored = [item for item in await all_of(store.observations(NOON, NOON + minutes(1))) if item.source == source]
    assert len(told_new) == len(set(told_new))
    assert len(stored) == len({item.uid for item in stored}) == len({id for ids in batches for id in ids})


async def _try(work: object, patience: int) -> frozenset[bytes]:
    task = asyncio.ensure_future(work)  # type: ignore[call-overload] # a coroutine of the port
    for _ in range(patience):
        if task.done():
            break
        await asyncio.sleep(0)
    task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        return frozenset()


@dataclass
class Dispatcher:
    """Does the same to a store as to its twin, and remembers what it holds."""

    store: Store
    incident: str
    held: list[OutboxRow] = field(default_factory=list)
    answers: list[object] = field(default_factory=list)

    async def owe(self, number: int, kind: NotificationKind, delay: int) -> None:
        promise = a_notification(
            number, kind, incident=self.incident, receiver=f"r{number % 2}", not_before=NOON + minutes(delay),
            deadline=NOON + minutes(delay + 25),
        )  # fmt: skip
        await self.store.enqueue(promise, NOON)

    async def claim(self, at: int, limit: int) -> None:
        rows = await self.store.claim("w", NOON + minutes(at), minutes(3), 1_000)
        mine = [row for row in rows if row.notification.incident == self.incident]
        self.held += mine[:limit]
        self.answers.append([(row.notification, row.state, row.attempts, row.not_before) for row in mine])

    async def settle(self, at: int, state: DeliveryState) -> None:
        if self.held:
            row = self.held.pop(0)
            attempt = Attempt(Outcome.DELIVERED, reference=f"{at}")
            try:
                await self.store.settle(row, state, attempt, NOON + minutes(at), NOON + minutes(at + 1))
            except Conflict:
                self.answers.append("lost")

    async def cancel(self, at: int) -> None:
        incident = await self.store.incident_by_id(self.incident)
        decision = a_decision(incident or an_incident(self.incident, brand=self.incident), cancel_pending=True)
        await self.store.commit_decision(decision)

    async def rows(self) -> list[object]:
        rows = await self.store.outbox(limit=100_000)
        return [
            (row.notification, row.state, row.attempts, row.not_before, row.reference, row.detail, row.settled_at)
            for row in rows
            if row.notification.incident == self.incident
        ]


KINDS = st.sampled_from([NotificationKind.OPENED, NotificationKind.UPDATED, NotificationKind.REPEATED])
ENDS = st.sampled_from([DeliveryState.DELIVERED, DeliveryState.PENDING, DeliveryState.UNKNOWN, DeliveryState.DEAD])
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("owe"), st.integers(1, 8), KINDS, st.integers(0, 8)),
        st.tuples(st.just("claim"), st.integers(1, 5)),
        st.tuples(st.just("settle"), ENDS),
        st.tuples(st.just("cancel")),
    ),
    min_size=4,
    max_size=25,
)


@UNHURRIED
@given(deeds=DEEDS)
def test_the_outbox_in_memory_and_the_one_on_disk_never_differ(
    session: Session, deeds: list[tuple[object, ...]]
) -> None:
    incident = f"incident {next(names)}"
    twins = [Dispatcher(store, incident) for store in (session.memory, session.sqlite)]
    for twin in twins:
        session.runner.run(_do_all(twin, deeds))

    assert twins[0].answers == twins[1].answers
    assert session.runner.run(twins[0].rows()) == session.runner.run(twins[1].rows())


async def _do_all(twin: Dispatcher, deeds: Sequence[tuple[object, ...]]) -> None:
    for at, (name, *values) in enumerate(deeds):
        if name == "owe":
            await twin.owe(*values)  # type: ignore[arg-type] # as the strategy makes them
        elif name == "claim":
            await twin.claim(at, *values)  # type: ignore[arg-type] # as the strategy makes them
        elif name == "settle":
            await twin.settle(at, *values)  # type: ignore[arg-type] # as the strategy makes them
        else:
            await twin.cancel(at)
