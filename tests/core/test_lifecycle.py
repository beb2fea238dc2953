from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON, after, assessment, incident

from crisiswatch.core.incidents import Change, Condition, Incident, Response
from crisiswatch.core.lifecycle import Timers, acknowledge, advance, ulid
from crisiswatch.core.models import Severity

ACME = ("Acme", "crisis")
CALM, WATCH, WARNING, CRITICAL = Severity


def step(current: Incident | None, severity: Severity, seconds: float, **changes: object) -> Incident | None:
    moved = advance(current, ACME, assessment(severity, **changes), Timers(), after(seconds=seconds))
    return moved.incident if moved else None


def test_opens_on_the_second_tick_in_a_row() -> None:
    first = advance(None, ACME, assessment(WARNING), Timers(), NOON)
    assert first is not None
    second = advance(first.incident, ACME, assessment(WARNING), Timers(), after(seconds=15))

    assert first.incident.condition is Condition.PENDING
    assert second is not None
    assert second.change is Change.OPENED
    assert second.incident.opened_at == after(seconds=15)


def test_opens_at_once_for_a_critical_rule() -> None:
    opened = advance(None, ACME, assessment(CRITICAL, is_urgent=True, rule="injury"), Timers(), NOON)

    assert opened is not None
    assert opened.change is Change.OPENED
    assert opened.incident.severity is CRITICAL
    assert opened.incident.rule == "injury"


def test_opens_at_the_lower_of_two_ticks() -> None:
    opened = step(step(None, CRITICAL, 0), WATCH, 15)

    assert opened is not None
    assert opened.severity is WATCH
    assert opened.detected_at is None


def test_is_dropped_when_the_second_tick_is_calm() -> None:
    dropped = advance(step(None, WARNING, 0), ACME, assessment(CALM), Timers(), after(seconds=15))

    assert dropped is not None
    assert dropped.change is Change.DROPPED
    assert dropped.incident.condition is Condition.FINAL


def test_calm_without_an_incident_is_nothing() -> None:
    assert advance(None, ACME, assessment(CALM), Timers(), NOON) is None


def test_a_raise_needs_two_ticks_and_takes_the_acknowledgement_back() -> None:
    acked = replace(incident(), response=Response.ACKED, acked_by="maria")

    once = advance(acked, ACME, assessment(CRITICAL), Timers(), after(seconds=15))
    assert once is not None
    twice = advance(once.incident, ACME, assessment(CRITICAL), Timers(), after(seconds=30))

    assert once.change is Change.NONE
    assert twice is not None
    assert twice.change is Change.RAISED
    assert twice.incident.response is Response.UNACKED


def test_a_dip_between_two_high_ticks_does_not_raise() -> None:
    current: Incident | None = incident()
    for second, severity in enumerate((CRITICAL, WARNING, CRITICAL, WARNING)):
        current = step(current, severity, 15 * second)

    assert current is not None
    assert current.severity is WARNING


def test_eases_after_fifteen_calm_minutes_and_closes_after_two_hours() -> None:
    changes = []
    current: Incident | None = incident()
    for minute in range(125):
        moved = advance(current, ACME, assessment(CALM), Timers(), after(minutes=minute))
        assert moved is not None
        current = moved.incident
        if moved.change is not Change.NONE:
            changes.append((minute, moved.change))

    assert changes[:2] == [(15, Change.EASED), (120, Change.CLOSED)]


def test_evidence_while_easing_makes_it_active_again_without_an_event_of_opening() -> None:
    easing = incident(condition=Condition.EASING, quiet_since=NOON, eased_at=after(minutes=15))

    resumed = advance(easing, ACME, assessment(WATCH), Timers(), after(minutes=20))

    assert resumed is not None
    assert resumed.change is Change.RESUMED
    assert resumed.incident.quiet_since is None


@pytest.mark.parametrize(("flaps", "hours"), [(0, 2), (1, 4), (2, 8), (5, 8)])
def test_closing_waits_twice_as_long_per_flap_up_to_eight_hours(flaps: int, hours: int) -> None:
    easing = incident(condition=Condition.EASING, quiet_since=NOON, flaps=flaps)

    before = advance(easing, ACME, assessment(CALM), Timers(), after(hours=hours, seconds=-1))
    then = advance(easing, ACME, assessment(CALM), Timers(), after(hours=hours))

    assert before is not None
    assert before.change is Change.NONE
    assert then is not None
    assert then.change is Change.CLOSED


def test_reopens_as_the_same_incident_within_six_hours() -> None:
    closed = incident(condition=Condition.CLOSED, closed_at=NOON, flaps=0)

    current = step(closed, WARNING, 3600)
    assert current is not None
    again = advance(current, ACME, assessment(WARNING), Timers(), after(hours=1, seconds=15))

    assert again is not None
    assert again.change is Change.REOPENED
    assert again.incident.id == closed.id
    assert (again.incident.flaps, again.incident.reopened) == (1, 1)


def test_a_watch_does_not_reopen_what_was_a_warning() -> None:
    closed = incident(condition=Condition.CLOSED, closed_at=NOON)

    assert step(step(closed, WATCH, 60), WATCH, 75) == replace(closed, score=0.7, peak_score=0.7)


def test_is_final_six_hours_after_closing_and_the_next_one_is_new() -> None:
    closed = incident(condition=Condition.CLOSED, closed_at=NOON)
    final = advance(closed, ACME, assessment(CALM), Timers(), after(hours=6))
    assert final is not None

    following = advance(final.incident, ACME, assessment(WARNING), Timers(), after(hours=7))

    assert final.change is Change.FINALISED
    assert following is not None
    assert following.incident.id != closed.id


def test_blindness_neither_opens_nor_eases_nor_closes() -> None:
    easing = incident(condition=Condition.EASING, quiet_since=NOON)

    stale = advance(easing, ACME, assessment(CALM, is_blind=True), Timers(), after(hours=9))

    assert advance(None, ACME, assessment(CRITICAL, is_blind=True), Timers(), NOON) is None
    assert stale is not None
    assert stale.change is Change.WENT_STALE
    assert stale.incident.condition is Condition.EASING


def test_calm_is_counted_anew_after_blindness() -> None:
    stale = incident(stale_since=NOON)

    recovered = advance(stale, ACME, assessment(CALM), Timers(), after(hours=3))
    assert recovered is not None
    later = advance(recovered.incident, ACME, assessment(CALM), Timers(), after(hours=3, minutes=1))

    assert recovered.change is Change.RECOVERED
    assert later is not None
    assert later.incident.quiet_since == after(hours=3, minutes=1)


def test_acknowledging_holds_for_four_hours_while_critical() -> None:
    acked = acknowledge(incident(severity=CRITICAL), "maria", Timers(), NOON)

    assert acked.incident.response is Response.ACKED
    assert acked.incident.ack_expires_at == NOON + timedelta(hours=4)


def test_acknowledging_what_is_closed_is_a_comment() -> None:
    closed = incident(condition=Condition.CLOSED)

    commented = acknowledge(closed, "maria", Timers(), NOON)

    assert commented.change is Change.COMMENTED
    assert commented.incident.response is Response.UNACKED


def test_the_ulid_is_a_function_of_fingerprint_and_time_and_sorts_by_time() -> None:
    assert ulid("Acme/crisis", NOON) == ulid("Acme/crisis", NOON)
    assert ulid("Acme/crisis", NOON) != ulid("Globex/crisis", NOON)
    assert ulid("Acme/crisis", NOON) < ulid("Acme/crisis", after(seconds=1))
    assert len(ulid("Acme/crisis", NOON)) == 26
