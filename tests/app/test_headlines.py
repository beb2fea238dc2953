"""The list of incidents says of each what its own page says first, and draws no chart for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from builders import NOON, after, evidence, incident

from crisiswatch.app.doors import Behind
from crisiswatch.core.incidents import Condition, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.rendering.message import Context, compose

INCIDENTS = {
    "critical": incident(severity=Severity.CRITICAL, evidence=evidence()),
    "blind": incident(family="blind", evidence=None),
    "source": incident(family="source:forum", evidence=None),
    "easing": incident(condition=Condition.EASING, eased_at=after(minutes=5), evidence=evidence()),
    "closed": incident(condition=Condition.CLOSED, closed_at=after(minutes=9), evidence=evidence()),
}


@pytest.mark.parametrize("about", INCIDENTS.values(), ids=INCIDENTS)
def test_a_line_of_the_list_is_the_headline_of_the_page(about: Incident) -> None:
    now = after(minutes=20)
    application = SimpleNamespace(
        watcher=SimpleNamespace(on_change=None), world=SimpleNamespace(clock=DrivenClock(now))
    )
    behind = Behind(SimpleNamespace(application=application))  # type: ignore[arg-type]  # what a headline asks
    owed = Notification(about.id, "page/en", NotificationKind.UPDATED, 1, about.severity, NOON, now)

    page = compose(owed, about, None, (), None, Context(now))

    assert behind.headline(about) == page.headline
    assert about.brand in page.headline or about.family != "crisis"
