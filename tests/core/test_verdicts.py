from datetime import timedelta

import pytest

from crisiswatch.core.incidents import Incident
from crisiswatch.core.verdicts import LEAST_FOR_SHARE, Verdict, Window, grade, verdict_on
from tests.builders import after, incident


def window(start: float, end: float, verdict: Verdict = Verdict.REAL, brand: str = "Acme") -> Window:
    return Window(brand, after(hours=start), after(hours=end), verdict)


def alarm(hour: float, lasts: float = 2, **changes: object) -> Incident:
    moment = after(hours=hour)
    fields = {"opened_at": moment, "detected_at": moment, "closed_at": after(hours=hour + lasts), "id": f"{hour}"}
    return incident(**{**fields, **changes})


def test_a_crisis_is_caught_by_an_alert_within_it_and_the_delay_counts_from_its_start() -> None:
    found = grade([alarm(10.5), alarm(11)], [window(10, 14)])

    assert (found.crises, found.caught, found.delay) == (1, 1, timedelta(minutes=30))


def test_an_alert_that_was_going_on_catches_a_crisis_without_delay() -> None:
    found = grade([alarm(9)], [window(10, 14)])

    assert (found.caught, found.delay) == (1, timedelta(0))


@pytest.mark.parametrize(
    "missing", [alarm(15), alarm(6), alarm(11, brand="Globex"), alarm(11, family="blind"), alarm(11, detected_at=None)]
)
def test_a_crisis_is_missed_by_what_came_too_late_or_was_something_else(missing: Incident) -> None:
    found = grade([missing], [window(10, 14)])

    assert (found.crises, found.caught, found.delay) == (1, 0, None)


def test_alerts_are_counted_by_verdict_and_those_in_no_window_are_neither() -> None:
    windows = [window(0, 1), window(10, 11, Verdict.FALSE), window(20, 21, Verdict.CAMPAIGN)]
    windows.append(window(30, 31, Verdict.UNSURE))

    found = grade([alarm(0), alarm(10), alarm(20), alarm(30), alarm(50)], windows)

    assert (found.real, found.false, found.campaign, found.unsure, found.unjudged) == (1, 1, 1, 1, 1)


def test_real_counts_before_false_where_windows_overlap() -> None:
    assert verdict_on(alarm(1), [window(0, 9, Verdict.FALSE), window(1, 2)]) is Verdict.REAL
    assert verdict_on(alarm(20), [window(0, 9)]) is None


def test_few_verdicts_give_no_percentage() -> None:
    few = [alarm(10 * n) for n in range(LEAST_FOR_SHARE - 1)]
    enough = [*few, alarm(10 * len(few))]
    windows = [window(0, 1, Verdict.FALSE), *(window(10 * n, 10 * n + 1) for n in range(1, len(enough)))]

    assert grade(few, windows).precision is None
    assert grade(enough, windows).precision == pytest.approx(1 - 1 / LEAST_FOR_SHARE)
