"""People who answer at the same moment as others, as the daemon's ticks and as the messages that go out.

Each interleaving follows from its number: a failing one is run again with `Race(number)`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from harness.racing import NAGS, PEOPLE, Race, Written, is_hushed, told_last
from structlog.testing import capture_logs

from crisiswatch.core.answering import Deed
from crisiswatch.core.incidents import Change, Condition, Incident, Response, Verdict
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]

RACES, RACES_OF_A_SOAK = 1_000, 10_000
FREED = frozenset((Change.ACK_EXPIRED, Change.RAISED, Change.REOPENED, Change.CLOSED))
"""Changes after which the same person may take an incident anew."""

KINDS = {
    "acknowledged": Change.ACKED,
    "escalated": Change.ESCALATED,
    "ran out": Change.ACK_EXPIRED,
    "raised": Change.RAISED,
    "reopened": Change.REOPENED,
    "answered when over": Change.COMMENTED,
}


def test_whoever_races_whom_nothing_is_lost_doubled_or_undone(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    count = RACES_OF_A_SOAK if request.config.getoption("--soak") else RACES

    with capture_logs():
        wrong, met = asyncio.run(_races(count))

    told = ", ".join(f"{found} {what}" for what, found in met.items())
    record_property("number", f"answers that race: {count} interleavings, {len(wrong)} wrong; {told}")
    assert wrong == []
    assert min(met.values()) >= count // 10, "every kind of race must have been met"


async def _races(count: int) -> tuple[list[str], dict[str, int]]:
    wrong: list[str] = []
    met = dict.fromkeys(("answers", "closed by a person", *KINDS), 0)
    for seed in range(count):
        race = Race(seed)
        await race.run()
        wrong += [f"{seed}: {said}" for said in (*told_wrong(race), *decided_wrong(race), *await stored_wrong(race))]
        events = [event for one in race.store.written for event in one.decision.events]
        changes = [event.change for event in events]
        for what, change in KINDS.items():
            met[what] += changes.count(change)
        met["answers"] += len(race.asked)
        met["closed by a person"] += sum(event.change is Change.CLOSED and bool(event.by) for event in events)
    return wrong, met


def told_wrong(race: Race) -> list[str]:
    """Return what was told that should not have been: twice, after somebody answered, or never to the end."""
    found = [
        f"{one.row.notification.kind.value} to {one.row.notification.receiver} though it was answered"
        for one in race.store.claimed
        if one.row.notification.kind in NAGS and is_hushed(one.incident)
    ]
    for name, channel in race.channels.items():
        keys = [message.key for message in channel.taken]
        found += [f"{name} got the same message twice"] if len(keys) != len(set(keys)) else []
    found += [f"{name} was never told the end" for (name, _), kind in told_last(race).items()
              if kind != NotificationKind.CLOSED]  # fmt: skip
    return found


def decided_wrong(race: Race) -> list[str]:
    """Return decisions that break a rule, one by one."""
    found: list[str] = []
    taken_by: dict[str, str] = {}
    for one in race.store.written:
        found += _broken(one)
        for event in one.decision.events:
            if event.change is Change.ACKED and taken_by.get(one.after.id) == event.by:
                found.append(f"{event.by} took it twice")
            if event.change is Change.ACKED:
                taken_by[one.after.id] = event.by
            elif event.change in FREED:
                taken_by.pop(one.after.id, None)
    return found


def _broken(one: Written) -> list[str]:
    before, after = one.before, one.after
    changes = [event.change for event in one.decision.events]
    if before is None:
        return [] if after.version == 1 else ["the first version is not 1"]
    found = []
    if after.version != before.version + 1:
        found.append(f"version {before.version} became {after.version}")
    state_before = (before.condition, before.response, before.severity, before.verdict, before.closed_by)
    if (
        state_before != (after.condition, after.response, after.severity, after.verdict, after.closed_by)
        and not changes
    ):
        found.append("a change of state without an event")
    if is_hushed(before) and is_hushed(after) and any(n.kind in NAGS for n in one.decision.notifications):
        found.append("a reminder of what was answered was owed")
    if before.condition is Condition.CLOSED and after.is_open and Change.REOPENED not in changes:
        found.append(f"what was over is open again by {changes}")
    if Change.COMMENTED in changes and (after.condition, after.response) != (before.condition, before.response):
        found.append("an answer to what is over changed it")
    if before.response is Response.ACKED and after.response is Response.UNACKED and not FREED & set(changes):
        found.append(f"an acknowledgement was lost by {changes}")
    return found


def _state(one: Incident) -> tuple[object, ...]:
    return (one.condition, one.response, one.severity, one.verdict, one.closed_by)


async def stored_wrong(race: Race) -> list[str]:
    """Return what the end looks like where it should not."""
    unfinished = [one.fingerprint for one in await race.store.unfinished()]
    waiting = [row for row in await race.store.outbox(limit=10_000) if row.settled_at is None]
    found = ["two incidents of one fingerprint"] if len(unfinished) != len(set(unfinished)) else []
    return found + ([f"{len(waiting)} messages are still owed"] if waiting else [])


async def opened() -> Race:
    """Return a race that has not begun: a critical incident is open, and nobody did anything."""
    race = Race(0)
    await race.dispatcher.start("race")
    await race.tick(Severity.CRITICAL)
    await race.tick(Severity.CRITICAL)
    return race


async def test_eight_people_who_press_at_once_are_all_heard_and_the_last_one_has_it() -> None:
    race = await opened()

    await asyncio.gather(*(race.give(person, Deed.ACKNOWLEDGE) for person in PEOPLE))

    incident = await race.store.incident(1)
    acked = [event.by for event in await race.store.events(incident.id) if event.change is Change.ACKED]
    assert sorted(acked) == sorted(PEOPLE)
    assert incident.acked_by == acked[-1]


@pytest.mark.parametrize(("how", "times"), [("a double click", 2), ("a button that Slack sends again thrice", 4)])
async def test_the_same_press_again_is_one_press(how: str, times: int) -> None:
    race = await opened()

    await race.give("maria", Deed.ACKNOWLEDGE, times=times)

    incident = await race.store.incident(1)
    assert [event.change for event in await race.store.events(incident.id)].count(Change.ACKED) == 1


@pytest.mark.parametrize("first", [Deed.CLOSE, Deed.ACKNOWLEDGE])
async def test_an_acknowledgement_that_meets_the_end_does_not_open_it_again(first: Deed) -> None:
    race = await opened()
    second = Deed.ACKNOWLEDGE if first is Deed.CLOSE else Deed.CLOSE

    await asyncio.gather(race.give("maria", first), race.give("ana", second))

    incident = await race.store.incident(1)
    assert incident.condition is Condition.CLOSED
    assert incident.next_step_at is None


async def test_a_step_of_the_ladder_that_waits_is_called_off_by_the_answer() -> None:
    race = await opened()
    await race.dispatcher.settle_due()
    await race.tick(Severity.CRITICAL, minutes=11)

    await race.give("maria", Deed.ACKNOWLEDGE)
    await race.dispatcher.settle_due()

    assert race.channels["boss"].taken == []


async def test_a_verdict_on_what_is_long_over_leaves_alone_what_is_open_now() -> None:
    race = await opened()
    for _ in range(24):
        await race.tick(Severity.CALM, minutes=45)
    await race.tick(Severity.CRITICAL)
    await race.tick(Severity.CRITICAL)

    await race.give("maria", Deed.VERDICT, Verdict.REAL)
    await race.tick(Severity.CRITICAL, seconds=15)

    assert [(one.number, one.is_open) for one in race.watcher.incidents()] == [(2, True)]
