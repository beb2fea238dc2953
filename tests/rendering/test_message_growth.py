"""Growth: its band, and when it would be critical."""

from __future__ import annotations

from datetime import timedelta

import pytest
from facts_of_message import _fact
from rendering_builders import (
    NOW,
    context,
    evidence,
    incident,
    message,
    notification,
)

from crisiswatch.core.growing import Forecast
from crisiswatch.core.incidents import Condition, Reason
from crisiswatch.core.models import Severity
from crisiswatch.rendering.message import compose

GROWING = {
    "severity": Severity.WARNING,
    "score": 1.1,
    "reasons": (Reason("critical", 1.1, 1.3, False),),
    "evidence": evidence(forecast=Forecast(2310.4, 1711.0, 3120.0), branching=0.53, doubling=timedelta(minutes=100)),
}


@pytest.mark.parametrize(
    ("language", "label", "told"),
    [
        ("en", "Next hour", "about 2,310 mentions if it goes on like this (1,711 to 3,120); critical in "),
        ("es", "Próxima hora", "crítico en unos 25\u00a0min"),
        ("fr", "Prochaine heure", "critique dans environ 25\u00a0min"),
        ("en", "Next hour", "each post brings 0.53 reposts on average"),
    ],
)  # fmt: skip
def test_growth_is_told_with_its_band_and_when_it_would_be_critical(language: str, label: str, told: str) -> None:
    shown = _fact(compose(notification(), incident(**GROWING), None, (), None, context(language=language)), label)

    assert shown is not None
    assert told in shown


def test_what_is_critical_is_not_told_when_it_will_be() -> None:
    shown = _fact(message(**{**GROWING, "severity": Severity.CRITICAL}), "Next hour")

    assert shown is not None
    assert "critical" not in shown


@pytest.mark.parametrize("ended", [{"condition": Condition.CLOSED, "closed_at": NOW}, {"stale_since": NOW}])
def test_no_outlook_is_given_on_what_is_over_or_cannot_be_seen(ended: dict[str, object]) -> None:
    assert _fact(message(**{**GROWING, **ended}), "Next hour") is None


def test_what_does_not_grow_has_no_outlook() -> None:
    steady = evidence(forecast=Forecast(100, 80, 120), doubling=None)

    assert _fact(message(**{**GROWING, "evidence": steady}), "Next hour") is None
