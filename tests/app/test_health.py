"""What a probe is told, and what the log says of a configuration that is not taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from builders import NOON, after
from structlog.testing import capture_logs

from crisiswatch.app.doors import STALLED_AFTER, Behind
from crisiswatch.app.running import _log_rejection
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.errors import ConfigError, Problem


def behind(last_tick: datetime | None, since_start: timedelta, *failing: str) -> Behind:
    polled = {name: SimpleNamespace(failures=name in failing) for name in ("press", "forum")}
    application: Any = SimpleNamespace(
        watcher=SimpleNamespace(on_change=None),
        world=SimpleNamespace(clock=DrivenClock(NOON + since_start)),
        poller=SimpleNamespace(polled=polled),
    )
    return Behind(SimpleNamespace(application=application, last_tick=lambda: last_tick, started_at=NOON))  # type: ignore[arg-type]  # what a probe asks


@pytest.mark.parametrize(
    ("last_tick", "since_start", "is_live", "is_ready", "reasons"),
    [
        (None, timedelta(seconds=9), True, False, ("no tick yet: it is starting",)),
        (None, STALLED_AFTER, False, False, (f"no tick since {NOON}",)),
        (after(seconds=15), timedelta(seconds=20), True, True, ()),
        (after(seconds=15), timedelta(hours=1), False, True, (f"no tick since {after(seconds=15)}",)),
    ],
)
def test_whoever_is_not_ready_says_why(last_tick, since_start, is_live, is_ready, reasons):
    health = behind(last_tick, since_start).health()

    assert (health.is_live, health.is_ready, health.reasons) == (is_live, is_ready, reasons)


def test_a_source_that_fails_is_named_and_stops_nobody():
    health = behind(NOON, timedelta(seconds=1), "forum").health()

    assert (health.is_live, health.is_ready, health.reasons) == (True, True, ("source forum is failing",))


def test_the_log_of_a_rejection_tells_what_is_wrong_and_not_what_is_unwise():
    wrong = Problem("unknown-key", "unknown key 'nam'", file="c.yml", line=5, column=6, hint="did you mean 'name'?")
    unwise = Problem("no-receivers", "nobody will be told", file="c.yml", line=1, column=1, is_warning=True)

    with capture_logs() as said:
        _log_rejection(ConfigError((unwise, wrong)))

    assert [entry["event"] for entry in said] == ["config_rejected", "config_problem"]
    assert said[0]["problems"] == 1
    assert (said[1]["place"], said[1]["hint"]) == ("c.yml:5:6", "did you mean 'name'?")
