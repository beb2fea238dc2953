"""Whatever a machine is busy with: no made-up input is timed."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_examples_are_never_timed() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
