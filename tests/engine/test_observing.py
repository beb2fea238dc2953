"""What the watcher shows to Prometheus."""

from __future__ import annotations

from datetime import timedelta

import pytest
from engine_fakes import Engine, engine, plan, value
from prometheus_client import CollectorRegistry

from crisiswatch.core.incidents import Change, Event
from crisiswatch.core.models import Notice, Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.silences import Silence
from crisiswatch.engine.observing import Gauges, Outlook, Unobserved
from crisiswatch.metrics import Metrics
from crisiswatch.store.memory import MemoryStore
from tests.builders import NOON, after, evidence, incident


def watched(*plans: object) -> tuple[Engine, Metrics]:
    metrics = Metrics(CollectorRegistry())
    return engine(*plans, observer=Gauges(metrics)), metrics  # type: ignore[arg-type]  # plans, if any


async def test_the_score_and_what_is_usual_are_shown_after_a_tick() -> None:
    world, metrics = watched()
    await world.see(3)

    await world.tick()

    assert value(metrics, "score", "Acme", "crisis_lr") == pytest.approx(0.5)
    assert value(metrics, "series_expected", "Acme", "negative_share") == 0.15
    assert metrics.evaluations._value.get() == 1
    assert metrics.evaluation_last_timestamp_seconds._value.get() == after(seconds=15).timestamp()


async def test_what_is_noticed_has_a_score_of_its_own() -> None:
    world, metrics = watched()
    world.watcher.brands["Acme"].judging.noticing.notices = (
        Notice("story_velocity", "largest_copies", 1.4, 60, 3),
        Notice("story_velocity", "largest_reactions", 0.2, 9, 50),
    )
    await world.see(3)

    await world.tick()

    assert value(metrics, "score", "Acme", "story_velocity") == 1.4


async def test_closed_buckets_are_shown_with_their_range() -> None:
    world, metrics = watched()
    await world.see(3)
    await world.tick()
    await world.tick(minutes=15)

    assert value(metrics, "series_value", "Acme", "stories") == 3
    assert value(metrics, "series_expected", "Acme", "stories") == 4
    assert value(metrics, "series_lower", "Acme", "stories") < 4 < value(metrics, "series_upper", "Acme", "stories")


async def test_an_open_incident_is_a_state_and_a_count() -> None:
    world, metrics = watched()
    await world.see(7)
    await world.tick()
    await world.tick()

    assert value(metrics, "brand_state", "Acme") == int(Severity.WARNING)
    assert value(metrics, "incidents_open", "Acme", "warning", "unacked") == 1
    assert value(metrics, "incidents", "Acme", "warning", "outage") == 1

    await world.watcher.acknowledge(1, "maria", world.clock.now())
    await world.tick()
    assert value(metrics, "incidents_open", "Acme", "warning", "unacked") == 0
    assert value(metrics, "incidents_open", "Acme", "warning", "acked") == 1


async def test_blindness_is_a_state_of_its_own() -> None:
    world, metrics = watched()

    for _ in range(16):
        await world.tick(minutes=1)

    assert value(metrics, "brand_state", "Acme") == -1
    assert value(metrics, "covered_ratio", "Acme") == 0


async def test_the_share_of_voice_is_among_the_competitors() -> None:
    world, metrics = watched(plan("Acme", competitors=("Globex",)), plan("Globex"))
    for _ in range(4):
        await world.see(3, "acme")
        await world.see(1, "globex")
        await world.tick(minutes=5)

    assert value(metrics, "share_of_voice_ratio", "Acme") == pytest.approx(0.75)


def test_an_incident_is_counted_once_at_each_severity_it_reaches() -> None:
    metrics = Metrics(CollectorRegistry())
    gauges = Gauges(metrics)
    told = evidence(incident_type="safety", since=after(minutes=-10))
    for severity, change in ((Severity.WARNING, Change.OPENED), (Severity.CRITICAL, Change.RAISED),
                             (Severity.CRITICAL, Change.RAISED)):  # fmt: skip
        gauges.changed(incident(severity=severity, evidence=told), (Event(NOON, change, severity),))

    assert {s: value(metrics, "incidents", "Acme", s, "safety") for s in ("watch", "warning", "critical")} == {
        "watch": 1, "warning": 1, "critical": 1,
    }  # fmt: skip
    assert metrics.detection_delay_seconds.labels("warning")._sum.get() == 600


def test_the_time_to_acknowledge_counts_from_detection() -> None:
    metrics = Metrics(CollectorRegistry())
    acked = incident(detected_at=after(minutes=-7))

    Gauges(metrics).changed(acked, (Event(NOON, Change.ACKED, Severity.WARNING, "maria"),))

    assert metrics.incident_time_to_ack_seconds.labels("warning")._sum.get() == 420


@pytest.mark.parametrize(("severity", "held_back"), [(Severity.WARNING, 2), (Severity.CRITICAL, 0)])
def test_what_flaps_and_comes_back_quietly_is_counted_for_everybody_it_was_told_to(
    severity: Severity, held_back: int
) -> None:
    metrics = Metrics(CollectorRegistry())
    flapping = incident(severity=severity, flapping_since=after(minutes=-20), told={"ana": 2, "ben": 1})

    Gauges(metrics).changed(flapping, (Event(NOON, Change.REOPENED, severity),))

    assert value(metrics, "notifications_suppressed", "flapping") == held_back


async def test_only_silences_in_force_are_shown() -> None:
    metrics, store = Metrics(CollectorRegistry()), MemoryStore()
    for id, hours, expired in (("S-1", 2, None), ("S-2", 2, NOON), ("S-3", -1, None)):
        await store.save_silence(
            Silence(id, "", after(hours=-3), after(hours=hours), "maria", "known", after(hours=-3), expired_at=expired)
        )

    await Outlook(metrics).look(store, NOON)

    assert metrics.silences_active._value.get() == 1


async def test_nothing_is_shown_for_a_backtest() -> None:
    world = engine(observer=Unobserved())
    await world.see(7)
    await world.tick()

    assert world.metrics.evaluations._value.get() == 0


def owed(incident: str, severity: Severity, minutes: int) -> Notification:
    deadline = NOON + timedelta(hours=6)
    return Notification(incident, "team", NotificationKind.OPENED, 1, severity, after(minutes=minutes), deadline)


async def test_what_is_owed_is_shown_by_severity_with_its_age() -> None:
    metrics, store = Metrics(CollectorRegistry()), MemoryStore()
    for notification in (owed("01A", Severity.CRITICAL, 3), owed("01B", Severity.WARNING, 1)):
        await store.enqueue(notification, NOON)

    await Outlook(metrics).look(store, NOON)

    assert [value(metrics, "outbox_pending", s) for s in ("watch", "warning", "critical")] == [0, 1, 1]
    assert metrics.outbox_oldest_pending_timestamp_seconds._value.get() == after(minutes=1).timestamp()
    assert metrics.outbox_dead._value.get() == 0


async def test_an_empty_outbox_has_no_oldest_row() -> None:
    metrics = Metrics(CollectorRegistry())

    await Outlook(metrics).look(MemoryStore(), NOON)

    assert metrics.outbox_oldest_pending_timestamp_seconds._value.get() == 0
