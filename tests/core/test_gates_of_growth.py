from datetime import timedelta

import pytest

from crisiswatch.core.gates import Moment, gates, would_alert
from crisiswatch.core.models import Expectation, Judgement, Reading, Severity
from tests.builders import NOON


def moment(score: float, doubling: timedelta | None) -> Moment:
    reading = Reading(score * 6, NOON, Expectation(10, 0.1, 0.1), timedelta(days=30))
    judgement = Judgement("crisis_lr", "all sources", score, 1.3, reading)
    return Moment(judgement, 1.0, (), (), None, Severity.CRITICAL, doubling=doubling)


def told(score: float, doubling: timedelta | None) -> list[str]:
    return [gate.value for gate in gates(moment(score, doubling)) if gate.name == "growth"]


def test_growth_is_told_with_the_time_to_critical() -> None:
    assert told(0.65, timedelta(minutes=25)) == ["doubles every 25 min; critical in about 25 min if it goes on"]


def test_what_is_critical_already_is_told_its_growth_alone() -> None:
    assert told(2.0, timedelta(minutes=12)) == ["doubles every 12 min"]


def test_what_does_not_grow_is_not_told() -> None:
    assert told(0.65, None) == []


@pytest.mark.parametrize("doubling", [None, timedelta(minutes=9)])
def test_growth_lets_no_alert_through_and_keeps_none_back(doubling: timedelta | None) -> None:
    assert would_alert(gates(moment(1.1, doubling)))
    assert not would_alert(gates(moment(0.9, doubling)))
