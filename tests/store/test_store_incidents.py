"""The incidents of the port, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from store_builders import NOON, a_batch, a_decision, a_mention, a_notification, an_incident, minutes

from crisiswatch.core.incidents import Change, Condition, Event, Evidence, Incident, Post, Reason, Response, Source
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import DeliveryState, NotificationKind
from crisiswatch.core.queries import IncidentQuery, Retention
from crisiswatch.errors import Conflict
from crisiswatch.ports import Store


async def test_gives_back_every_field_of_an_incident(store: Store) -> None:
    post = Post(b"\0\xff" * 8, "42", "https://x.example/42", NOON - timedelta(microseconds=1))
    evidence = Evidence(
        NOON, NOON - minutes(20), 40, 120, 31.5, 8.25, 2.0, 14.0, 0.7, 0.2,
        authors=12, drivers=("recall", "fuego"), sources=(Source("press", 30),), languages=(Source("es", 9),),
        posts=(post,), first=post, doubling=timedelta(minutes=7, microseconds=3), missing=("x",),
        planned_event="launch",
    )  # fmt: skip
    incident = an_incident(
        response=Response.ACKED, acked_by="ana", acked_at=NOON, peak_severity=Severity.CRITICAL, rule="injury",
        detected_at=NOON, score=1.25, reasons=(Reason("score", 1.25, 1.0, True, "above"),), evidence=evidence,
        told={"pr-team": 3}, quiet_since=NOON, step=2,
    )  # fmt: skip
    stored = await store.commit_decision(a_decision(incident))

    assert stored == replace(incident, version=1, number=1)
    assert await store.incident(1) == await store.incident_by_id("01A") == stored


async def test_numbers_count_from_one_and_are_given_when_an_incident_opens(store: Store) -> None:
    pending = await store.commit_decision(a_decision(an_incident("01A", Condition.PENDING)))
    other = await store.commit_decision(a_decision(an_incident("01B", brand="globex")))
    opened = await store.commit_decision(a_decision(replace(pending, condition=Condition.ACTIVE)))

    assert (pending.number, other.number, opened.number) == (None, 1, 2)


async def test_an_incident_keeps_its_number(store: Store) -> None:
    opened = await store.commit_decision(a_decision(an_incident()))
    eased = await store.commit_decision(a_decision(replace(opened, condition=Condition.EASING, number=None)))

    assert eased.number == 1
    assert await store.incident(1) == eased


async def test_a_refused_decision_leaves_nothing_behind_and_no_hole_in_the_numbers(store: Store) -> None:
    await store.commit_decision(a_decision(an_incident("01A")))
    rival = a_decision(an_incident("01B"), a_notification(incident="01B"))

    with pytest.raises(Conflict, match="not final"):
        await store.commit_decision(rival)
    assert await store.incident_by_id("01B") is None
    assert not await store.events("01B")
    assert not await store.outbox()
    assert (await store.commit_decision(a_decision(an_incident("01C", brand="globex")))).number == 2


@pytest.mark.parametrize("expected", [0, 2])
async def test_refuses_a_decision_about_an_older_version(store: Store, expected: int) -> None:
    stored = await store.commit_decision(a_decision(an_incident()))

    with pytest.raises(Conflict, match="version 1"):
        await store.commit_decision(a_decision(stored, expected_version=expected))


async def test_refuses_a_decision_about_an_incident_that_is_gone(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.commit_decision(a_decision(an_incident(version=3)))


async def test_of_two_decisions_at_once_exactly_one_is_written(store: Store) -> None:
    stored = await store.commit_decision(a_decision(an_incident()))
    rivals = [a_decision(replace(stored, acked_by=name)) for name in ("ana", "bea", "eva")]
    results = await asyncio.gather(*map(store.commit_decision, rivals), return_exceptions=True)

    winners = [result for result in results if isinstance(result, Incident)]
    assert [await store.incident(1)] == winners
    assert sum(isinstance(result, Conflict) for result in results) == 2


async def test_a_new_incident_may_open_when_the_last_one_is_final(store: Store) -> None:
    first = await store.commit_decision(a_decision(an_incident("01A")))
    await store.commit_decision(a_decision(replace(first, condition=Condition.FINAL)))
    second = await store.commit_decision(a_decision(an_incident("01B")))

    assert second.number == 2
    assert [incident.id for incident in await store.unfinished()] == ["01B"]


async def test_lists_incidents_newest_first(store: Store) -> None:
    for n, brand in enumerate(("acme", "globex", "initech")):
        await store.commit_decision(a_decision(an_incident(f"0{n}", brand=brand, opened_at=NOON + minutes(n))))

    assert [incident.brand for incident in await store.incidents(IncidentQuery(limit=2))] == ["initech", "globex"]
    assert [incident.brand for incident in await store.incidents(IncidentQuery(since=NOON + minutes(2)))] == ["initech"]
    assert [incident.id for incident in await store.incidents(IncidentQuery(brand="acme"))] == ["00"]
    chosen = IncidentQuery(ids=frozenset({"00", "02", "unknown"}))
    assert [incident.id for incident in await store.incidents(chosen)] == ["02", "00"]
    assert await store.incidents(IncidentQuery(ids=frozenset())) == []
    assert [incident.brand for incident in await store.unfinished()] == ["acme", "globex", "initech"]


async def test_only_who_asks_for_everything_sees_what_never_opened(store: Store) -> None:
    conditions = [*Condition]
    for n, condition in enumerate(conditions):
        incident = an_incident(f"0{n}", brand=condition.value)
        if condition is not Condition.PENDING:
            incident = await store.commit_decision(a_decision(incident))
        await store.commit_decision(a_decision(replace(incident, condition=condition)))
    dropped = an_incident("09", Condition.PENDING, brand="dropped")
    dropped = await store.commit_decision(a_decision(dropped))
    await store.commit_decision(a_decision(replace(dropped, condition=Condition.FINAL)))

    async def brands(is_open: bool | None) -> set[str]:
        return {incident.brand for incident in await store.incidents(IncidentQuery(is_open=is_open))}

    assert await brands(True) == {"active", "easing"}
    assert await brands(False) == {"closed", "final"}
    assert await brands(None) == {"pending", "active", "easing", "closed", "final", "dropped"}


async def test_keeps_the_history_in_order(store: Store) -> None:
    events = (
        Event(NOON, Change.OPENED, Severity.WARNING),
        Event(NOON, Change.ACKED, Severity.WARNING, "ana", "on it \0"),
    )
    stored = await store.commit_decision(a_decision(an_incident(), events=events[:1]))
    await store.commit_decision(a_decision(stored, events=(*events[1:], Event(NOON, Change.RAISED, Severity.CRITICAL))))

    history = await store.events("01A")
    assert [event.change for event in history] == [Change.OPENED, Change.ACKED, Change.RAISED]
    assert (history[1].by, history[1].note.rstrip("\0\ufffd")) == ("ana", "on it ")


async def test_a_decision_brings_its_notifications_once(store: Store) -> None:
    stored = await store.commit_decision(a_decision(an_incident(), a_notification()))
    await store.commit_decision(a_decision(stored, a_notification(), a_notification(2, NotificationKind.RAISED)))

    assert [row.notification.kind for row in await store.outbox()] == [NotificationKind.RAISED, NotificationKind.OPENED]


async def test_an_acknowledgement_takes_reminders_back_with_it(store: Store) -> None:
    kinds = (NotificationKind.OPENED, NotificationKind.REPEATED, NotificationKind.ESCALATED)
    promises = [a_notification(n, kind, receiver=kind.value) for n, kind in enumerate(kinds, 1)]
    stored = await store.commit_decision(a_decision(an_incident(), *promises))
    after = a_notification(9, NotificationKind.REPEATED, receiver="after")
    await store.commit_decision(a_decision(stored, after, cancel_pending=True))

    states = {row.notification.receiver: row.state for row in await store.outbox()}
    assert states == {
        "opened": DeliveryState.PENDING,
        "repeated": DeliveryState.SUPERSEDED,
        "escalated": DeliveryState.SUPERSEDED,
        "after": DeliveryState.PENDING,
    }


async def test_a_reminder_in_flight_when_it_is_cancelled_is_not_tried_again(store: Store) -> None:
    receivers = ("retried", "lost", "arrived")
    promises = [a_notification(2, NotificationKind.REPEATED, receiver=receiver) for receiver in receivers]
    stored = await store.commit_decision(a_decision(an_incident(), *promises))
    rows = {row.notification.receiver: row for row in await store.claim("w", NOON, minutes(1), 10)}
    await store.commit_decision(a_decision(stored, cancel_pending=True))
    await store.settle(rows["retried"], DeliveryState.PENDING, None, NOON, NOON)
    await store.settle(rows["arrived"], DeliveryState.DELIVERED, None, NOON)
    claimed = await store.claim("w", NOON + minutes(2), minutes(1), 10)

    states = {row.notification.receiver: row.state for row in await store.outbox()}
    superseded = DeliveryState.SUPERSEDED
    assert states == {"retried": superseded, "lost": superseded, "arrived": DeliveryState.DELIVERED}
    assert not claimed


async def test_old_incidents_go_with_their_history_and_their_number_is_not_used_again(store: Store) -> None:
    old = NOON - timedelta(days=401)
    opened = an_incident("01A", opened_at=old, updated_at=old)
    stored = await store.commit_decision(a_decision(opened, a_notification()))
    await store.commit_decision(a_decision(replace(stored, condition=Condition.FINAL)))
    lasting = an_incident("01B", brand="globex", opened_at=old, updated_at=old)
    await store.commit_decision(a_decision(lasting))
    counts = await store.purge(Retention(), NOON)

    assert counts["incidents"] == 1
    assert await store.incident(1) is None
    assert list(await store.events("01A")) == []
    assert not await store.outbox()
    assert (await store.incident(2)) is not None
    assert (await store.commit_decision(a_decision(an_incident("01C")))).number == 3


async def test_incidents_may_be_kept_for_ever(store: Store) -> None:
    old = NOON - timedelta(days=4_000)
    stored = await store.commit_decision(a_decision(an_incident(opened_at=old, updated_at=old)))
    await store.commit_decision(a_decision(replace(stored, condition=Condition.FINAL)))
    await store.purge(Retention(incidents=None), NOON)

    assert await store.incident(1) is not None


async def test_erasing_takes_the_link_out_of_evidence(store: Store) -> None:
    mention = a_mention("1", permalink="https://x.example/1")
    await store.commit_batch(a_batch(mention))
    post = Post(mention.uid, "1", mention.permalink, NOON)
    kept = Post(b"k" * 16, "2", "https://x.example/2", NOON)
    evidence = Evidence(NOON, NOON, 1, 1, 1, 1, 1, 1, 1, 1, posts=(post, kept), first=post)
    stored = await store.commit_decision(a_decision(an_incident(evidence=evidence)))
    await store.erase(permalink=mention.permalink)
    left = await store.incident(1)

    assert left is not None
    assert left.evidence is not None
    assert left.evidence.posts == (replace(post, permalink=None), kept)
    assert left.evidence.first == replace(post, permalink=None)
    with pytest.raises(Conflict):
        await store.commit_decision(a_decision(stored))


async def test_half_a_character_in_evidence_does_not_stop_a_decision(store: Store) -> None:
    post = Post(b"\xff" * 16, "id \ud83d", "https://x.example/\udfff", NOON)
    evidence = Evidence(NOON, NOON, 1, 1, 1, 1, 1, 1, 1, 1, posts=(post,), doubling=minutes(7), drivers=("\ud83d",))
    await store.commit_decision(a_decision(an_incident(evidence=evidence, told={"pr-team": 1})))
    left = await store.incident(1)

    assert left is not None
    assert left.evidence is not None
    assert (left.evidence.posts[0].uid, left.evidence.doubling, left.told) == (post.uid, minutes(7), {"pr-team": 1})
