"""What stands at an incident of the silence over it: who, until when and why; noted once, shown while it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crisiswatch.core.incidents import SYNTHETIC, Change, Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.core.overlays import Silenced
from crisiswatch.core.routing import Matcher, labels
from crisiswatch.core.silenced import mark_of, noted, standing
from crisiswatch.core.silences import ActiveSilence, Silence
from crisiswatch.core.transactions import Decision
from tests.builders import NOON, after, incident

ACME = Matcher("brand", lambda text: text == "Acme", 'brand="Acme"')
CARDS = frozenset({"team"})


def silence(**changes: Any) -> ActiveSilence:
    """Return Maria's silence of Acme from noon to two."""
    kept = Silence("S-1", 'brand="Acme"', NOON, after(hours=2), "maria", "known outage", NOON)
    return ActiveSilence(replace(kept, **changes), (ACME,))


def decided(incident: Incident, *silences: ActiveSilence, minute: float = 1) -> Decision | None:
    return noted(incident, silences, labels(incident, "brand", ""), CARDS, after(minutes=minute))


def silenced(**changes: Any) -> Incident:
    """Return an incident at which that silence is noted."""
    return incident(silenced=mark_of(silence().silence), told={"team": 1, "mail": 1}, **changes)


def test_a_silence_is_an_event_in_its_makers_name_and_an_edit_of_the_cards_alone() -> None:
    found = decided(incident(told={"team": 1, "mail": 1}), silence())

    assert found is not None
    [event] = found.events
    assert (event.change, event.by) == (Change.SILENCED, "maria")
    assert event.note == "until 2026-03-04 14:00 UTC: known outage (S-1)"
    assert [(one.receiver, one.kind) for one in found.notifications] == [("team", NotificationKind.UPDATED)]
    assert found.incident.silenced == Silenced("S-1", "maria", after(hours=2), "known outage")


def test_what_is_noted_is_not_noted_again() -> None:
    assert decided(silenced(), silence()) is None


@pytest.mark.parametrize(
    "changes", [{"brand": "Globex"}, {"condition": Condition.CLOSED}, {"condition": Condition.PENDING}]
)
def test_what_it_does_not_cover_is_left_alone(changes: dict[str, Any]) -> None:
    assert decided(incident(**changes), silence()) is None


def test_a_made_up_incident_has_no_history_of_silences() -> None:
    everything = ActiveSilence(silence().silence, ())

    assert decided(incident(brand=SYNTHETIC), everything) is None


@pytest.mark.parametrize(
    ("severity", "silences", "minute", "why"),
    [
        (Severity.WARNING, (), 120, ("", "its time is over")),
        (Severity.WARNING, (), 30, ("", "ended before its time")),
        (Severity.WARNING, (silence(expired_at=after(minutes=9)),), 10, ("", "ended before its time")),
        (
            Severity.WARNING,
            (silence(expired_at=after(minutes=9), expired_by="jo"),),
            10,
            ("jo", "ended before its time"),
        ),
        (Severity.CRITICAL, (silence(most=Severity.WARNING),), 30, ("", "it does not hold back what is critical")),
    ],
)
def test_its_end_is_an_event_that_says_why_and_who_ended_it(
    severity: Severity, silences: Any, minute: float, why: tuple[str, str]
) -> None:
    found = decided(silenced(severity=severity), *silences, minute=minute)

    assert found is not None
    [event] = found.events
    assert (event.change, event.by, event.note) == (Change.UNSILENCED, why[0], f"S-1 by maria: {why[1]}")
    assert [one.kind for one in found.notifications] == [NotificationKind.UPDATED]
    assert found.incident.silenced is None


def test_of_two_silences_the_longer_is_shown_and_then_the_other() -> None:
    longer = silence(id="S-2", by="ana", ends=after(hours=8))
    both = standing(incident(), (silence(), longer), {"brand": "Acme"}, after(minutes=1))
    ended = replace(longer, silence=replace(longer.silence, expired_at=after(minutes=2)))
    found = decided(incident(silenced=both), silence(), ended, minute=3)

    assert both is not None and found is not None
    assert (both.by, [event.by for event in found.events]) == ("ana", ["maria"])


@pytest.mark.parametrize(
    ("changes", "at", "is_shown"),
    [
        ({}, timedelta(minutes=119), True),
        ({}, timedelta(minutes=120), False),
        ({"condition": Condition.CLOSED}, timedelta(), False),
        ({"severity": Severity.CRITICAL}, timedelta(), False),
    ],
)
def test_it_is_shown_while_it_holds_the_incident_back_noted_or_not(
    changes: dict[str, Any], at: timedelta, is_shown: bool
) -> None:
    mark = mark_of(silence(most=Severity.WARNING).silence)

    assert (incident(silenced=mark, **changes).silence_at(NOON + at) is not None) is is_shown
