"""The tick: two ticks confirm, evidence comes with it, people acknowledge in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from engine_fakes import Engine, engine, plan

from crisiswatch.core.answering import Answer, Deed
from crisiswatch.core.incidents import Change, Condition, Incident, Response, Verdict
from crisiswatch.core.models import PlannedEvent, PlannedEventFrame, Severity
from crisiswatch.core.neighbours import Standing
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.transactions import Decision
from crisiswatch.errors import Conflict, StoreBusy
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after


async def incidents(world: Engine) -> list[Incident]:
    """Return those that people know: a pending one has no number."""
    return [found for found in await world.store.incidents(IncidentQuery()) if found.number is not None]


async def changes(world: Engine, incident: Incident) -> list[Change]:
    return [event.change for event in await world.store.events(incident.id)]


async def in_trouble(negative: int = 7) -> Engine:
    """Return an engine with an open warning, at two ticks after noon."""
    world = engine()
    await world.tick()
    await world.see(negative)
    await world.tick()
    await world.tick()
    return world


async def test_one_tick_above_the_threshold_only_begins_to_confirm() -> None:
    world = engine()
    await world.see(7)

    await world.tick()

    [incident] = await world.store.unfinished()
    assert (incident.condition, incident.number) == (Condition.PENDING, None)
    assert await incidents(world) == []


async def test_two_ticks_open_an_incident_and_tell() -> None:
    world = await in_trouble()

    [incident] = await incidents(world)
    [row] = await world.store.outbox()
    assert (incident.name, incident.severity, incident.opened_at) == ("INC-1", Severity.WARNING, after(seconds=45))
    assert (row.notification.receiver, row.notification.incident) == ("team", incident.id)


async def test_evidence_is_gathered_when_it_opens() -> None:
    world = engine()
    await world.tick()
    await world.see(7, author="https://m.example/@ann", permalink="https://m.example/1")
    await world.see(3, "acme is fine")
    await world.tick()
    await world.tick()

    [incident] = await incidents(world)
    assert incident.evidence is not None
    assert (incident.evidence.stories, incident.evidence.negative, incident.evidence.authors) == (10, 7, 1)
    assert incident.evidence.drivers == ("bad",)
    assert incident.evidence.incident_type == "outage"
    assert incident.evidence.first is not None
    assert incident.evidence.first.permalink == "https://m.example/1"


async def test_a_tick_sees_what_was_observed_before_it_alone() -> None:
    world = engine()
    world.clock.set(after(seconds=15))
    await world.see(7)

    await world.watcher.tick(after(seconds=15))
    [at_the_moment] = [w.judgement for w in world.watcher.brands.values()]
    await world.watcher.tick(after(seconds=30))
    [afterwards] = [w.judgement for w in world.watcher.brands.values()]

    assert at_the_moment is not None and afterwards is not None
    assert (at_the_moment.score, afterwards.score) == (0, pytest.approx(7 / 6))


async def test_a_critical_rule_opens_at_once() -> None:
    world = engine()
    await world.see(1, "acme user injured")

    await world.tick()

    [incident] = await incidents(world)
    assert (incident.severity, incident.rule, incident.opened_at) == (Severity.CRITICAL, "injury", after(seconds=15))


async def test_a_brand_that_nobody_speaks_of_writes_nothing() -> None:
    world = engine()

    for _ in range(20):
        await world.tick()

    assert await world.store.unfinished() == []


async def test_acknowledging_is_recorded_once_with_its_name() -> None:
    world = await in_trouble()

    acked = await world.watcher.acknowledge(1, "maria", world.clock.now())
    await world.tick()

    [incident] = await incidents(world)
    assert acked is not None
    assert (incident.response, incident.acked_by) == (Response.ACKED, "maria")
    assert await changes(world, incident) == [Change.PENDED, Change.OPENED, Change.ACKED]


async def test_closing_by_hand_tells_everybody_who_was_told() -> None:
    world = await in_trouble()

    closed = await world.watcher.answer(1, Answer(Deed.CLOSE, "maria", note="answered"), world.clock.now())
    await world.tick()
    await world.tick()

    [incident] = await incidents(world)
    assert closed is not None
    assert (incident.condition, incident.closed_by) == (Condition.CLOSED, "maria")
    owed = await world.store.outbox()
    assert {row.notification.receiver for row in owed if row.notification.kind is NotificationKind.CLOSED} == {
        row.notification.receiver for row in owed if row.notification.kind is NotificationKind.OPENED
    }


async def test_a_verdict_that_comes_twice_is_one_event() -> None:
    world = await in_trouble()

    for _ in range(2):
        await world.watcher.answer(1, Answer(Deed.VERDICT, "maria", Verdict.REAL), world.clock.now())

    [incident] = await incidents(world)
    assert incident.verdict is Verdict.REAL
    assert (await changes(world, incident)).count(Change.JUDGED) == 1


async def test_an_unknown_incident_cannot_be_acknowledged() -> None:
    assert await engine().watcher.acknowledge(9, "maria", NOON) is None


class SlowStore(MemoryStore):
    """A store that lets others run in the middle of every commit."""

    async def commit_decision(self, decision: Decision) -> Incident:
        for _ in range(3):
            await asyncio.sleep(0)
        return await super().commit_decision(decision)


async def test_an_acknowledgement_never_collides_with_a_tick() -> None:
    world = engine(store=SlowStore())
    await world.see(7)
    await world.tick()
    await world.tick()
    await world.see(5)
    moment = after(minutes=2)
    world.clock.set(moment)

    await asyncio.gather(
        world.watcher.tick(moment), world.watcher.acknowledge(1, "maria", moment), world.see(2),
    )  # fmt: skip

    [incident] = await incidents(world)
    assert Change.ACKED in await changes(world, incident)


class FailingStore(MemoryStore):
    """A store whose decisions about one brand fail while it is told so."""

    failing = ""
    error: Exception = StoreBusy("locked")

    async def commit_decision(self, decision: Decision) -> Incident:
        if decision.incident.brand == self.failing:
            raise self.error
        return await super().commit_decision(decision)


@pytest.mark.parametrize("error", [StoreBusy("locked"), Conflict("changed")])
async def test_a_tick_that_fails_for_one_brand_loses_nothing_of_another(error: Exception) -> None:
    store = FailingStore()
    store.failing, store.error = "Acme", error
    world = engine(plan("Acme"), plan("Globex"), store=store)
    await world.see(7, "bad acme")
    await world.see(7, "bad globex")

    with pytest.raises(type(error)):
        await world.tick()
    store.failing = ""
    await world.tick()
    await world.tick()

    assert {(i.brand, i.evidence.stories if i.evidence else 0) for i in await incidents(world)} == {
        ("Acme", 7), ("Globex", 7),
    }  # fmt: skip


async def test_an_open_incident_is_taken_up_after_a_restart() -> None:
    before = await in_trouble()
    world = engine(store=before.store)
    world.clock.set(before.clock.now())

    await world.watcher.load_incidents()
    await world.see(9, source="again")
    await world.tick()
    await world.tick()

    assert [incident.name for incident in await incidents(world)] == ["INC-1"]


async def test_a_brand_without_coverage_is_blind_after_a_quarter_of_an_hour() -> None:
    world = engine()

    for _ in range(4 * 60):
        await world.tick()

    [incident] = await incidents(world)
    assert (incident.family, incident.severity) == ("blind", Severity.WARNING)
    assert incident.opened_at == after(minutes=30, seconds=15), "15 minutes till the first bucket closes, and 15 more"


async def test_a_planned_event_becomes_known_while_it_runs() -> None:
    world = engine()
    event = PlannedEvent(brand="Acme", name="launch", start=NOON, end=after(hours=2))

    world.watcher.note(PlannedEventFrame(at=NOON, event=event))
    await world.see(7)
    await world.tick()

    [watched] = world.watcher.brands.values()
    assert watched.judgement is not None
    assert watched.judgement.score == pytest.approx(7 / (6 * 1.5))


async def test_competitors_are_told_as_neighbours() -> None:
    world = engine(plan("Globex"), plan("Acme", competitors=("Globex",)))
    await world.see(7, "bad acme")
    await world.tick()
    await world.tick()

    [incident] = await incidents(world)
    assert incident.evidence is not None
    assert [(each.brand, each.standing) for each in incident.evidence.neighbours] == [("Globex", Standing.QUIET)]


async def test_brands_that_stay_keep_their_state_and_new_ones_start_fresh() -> None:
    world = engine()
    await world.see(7)
    await world.tick()
    counting = world.watcher.brands["Acme"].counting

    world.watcher.use([plan("Acme", sources=("press", "blog")), plan("Globex")], lambda *_: NotImplemented)

    assert world.watcher.brands["Acme"].counting is counting
    assert counting.sources == ("press", "blog")
    assert set(world.watcher.brands) == {"Acme", "Globex"}


async def test_another_bucket_length_starts_a_brand_afresh() -> None:
    world = engine()
    counting = world.watcher.brands["Acme"].counting

    world.watcher.use([plan("Acme", bucket=timedelta(minutes=15))], lambda *_: NotImplemented)

    assert world.watcher.brands["Acme"].counting is not counting
