from datetime import timedelta

from crisiswatch.core.comparing import alerts, compare, middle, reached
from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Severity
from tests.builders import NOON, after, incident

END = after(days=7)


def alarm(hour: float, lasts: float = 2, severity: Severity = Severity.WARNING, **changes: object) -> Incident:
    fields = {
        "opened_at": after(hours=hour),
        "detected_at": after(hours=hour) if severity > Severity.WATCH else None,
        "closed_at": after(hours=hour + lasts),
        "peak_severity": severity,
        "id": f"{hour}",
    }
    return incident(**{**fields, **changes})


def test_the_same_incidents_differ_in_nothing() -> None:
    found = compare([alarm(1), alarm(9)], [alarm(1), alarm(9)], END)

    assert (found.appeared, found.vanished, found.changed) == ((), (), ())
    assert len(found.pairs) == 2


def test_what_overlaps_nothing_appears_or_vanishes() -> None:
    old, new = alarm(1), alarm(9)

    found = compare([old], [new], END)

    assert (found.appeared, found.vanished) == ((new,), (old,))


def test_another_brand_or_family_is_another_trouble() -> None:
    found = compare([alarm(1)], [alarm(1, brand="Globex"), alarm(1, family="blind")], END)

    assert (len(found.appeared), len(found.vanished), found.pairs) == (2, 1, ())


def test_a_sooner_alert_is_told_with_a_negative_delay() -> None:
    [pair] = compare([alarm(2)], [alarm(1.5)], END).changed

    assert pair.delay == timedelta(minutes=-30)


def test_a_changed_severity_is_a_change_without_a_delay_where_one_is_a_mere_watch() -> None:
    [pair] = compare([alarm(1)], [alarm(1.5, severity=Severity.WATCH)], END).changed

    assert (pair.delay, pair.before.peak_severity, pair.after.peak_severity) == (
        timedelta(0),
        Severity.WARNING,
        Severity.WATCH,
    )


def test_one_long_incident_stands_against_two_short_ones_and_neither_is_new() -> None:
    found = compare([alarm(1), alarm(5)], [alarm(1, lasts=8)], END)

    assert (found.appeared, found.vanished, len(found.pairs)) == ((), (), 2)


def test_what_is_still_open_lasts_to_the_end() -> None:
    found = compare([alarm(1, closed_at=None)], [alarm(100)], END)

    assert found.vanished == ()


def test_alerts_are_what_reached_a_warning() -> None:
    assert alerts([alarm(1), alarm(2, severity=Severity.WATCH)]) == (alarm(1),)


def test_severities_are_counted_by_the_highest_reached() -> None:
    found = reached([alarm(1), alarm(2, severity=Severity.CRITICAL), alarm(3)])

    assert found == {Severity.WATCH: 0, Severity.WARNING: 2, Severity.CRITICAL: 1}


def test_the_middle_of_an_even_number_lies_between_two() -> None:
    assert middle([timedelta(minutes=1), timedelta(minutes=4)]) == timedelta(minutes=2.5)
    assert NOON < END
