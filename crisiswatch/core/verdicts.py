"""What people know of the past, against what would have been said: crises caught, alarms that were false, delay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crisiswatch.core.comparing import alerts, middle
from crisiswatch.core.incidents import Incident

LEAST_FOR_SHARE = 20
"""Verdicts below which no percentage is given: it would feign precision."""


class Verdict(StrEnum):
    """What a person says an incident was; the first that applies counts."""

    REAL = "real"
    FALSE = "false"
    CAMPAIGN = "campaign"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch [start, end] of one brand's past with a person's verdict on it."""

    brand: str
    start: datetime
    end: datetime
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Grades:
    """How alerts stand against the verdicts: `caught` of `crises` known ones, and how many alerts got which verdict.

    `delay` is the median from the start of a caught crisis to its alert, 0 where the alert came before; None if none
    was caught. `unjudged` alerts lie in no window: they are neither right nor wrong.
    """

    crises: int
    caught: int
    delay: timedelta | None
    real: int
    false: int
    campaign: int
    unsure: int
    unjudged: int

    @property
    def judged(self) -> int:
        """Return how many alerts a person called real or false: the n of the precision."""
        return self.real + self.false

    @property
    def precision(self) -> float | None:
        """Return the real part (0..1) of the judged alerts; None with fewer than `LEAST_FOR_SHARE`."""
        return self.real / self.judged if self.judged >= LEAST_FOR_SHARE else None


def grade(incidents: Sequence[Incident], windows: Sequence[Window]) -> Grades:
    """Return how the alerts among `incidents` stand against the windows; blindness is not a statement about a crisis.

    A crisis is caught if an alert of its brand began, or was going on, within it. Where windows of several verdicts
    cover an alert, real counts before false, campaign and unsure.
    """
    told = [incident for incident in alerts(incidents) if incident.family == "crisis"]
    crises = [window for window in windows if window.verdict is Verdict.REAL]
    delays = [found for crisis in crises if (found := _delay(crisis, told)) is not None]
    given = [verdict_on(incident, windows) for incident in told]
    return Grades(
        crises=len(crises),
        caught=len(delays),
        delay=middle(delays) if delays else None,
        real=given.count(Verdict.REAL),
        false=given.count(Verdict.FALSE),
        campaign=given.count(Verdict.CAMPAIGN),
        unsure=given.count(Verdict.UNSURE),
        unjudged=given.count(None),
    )


def verdict_on(incident: Incident, windows: Sequence[Window]) -> Verdict | None:
    """Return a person's verdict on an incident, None if no window covers it."""
    given = {window.verdict for window in windows if _covers(window, incident)}
    return next((verdict for verdict in Verdict if verdict in given), None)


def _delay(crisis: Window, told: Sequence[Incident]) -> timedelta | None:
    found = [incident.detected_at for incident in told if _covers(crisis, incident)]
    first = min((moment for moment in found if moment is not None), default=None)
    return None if first is None else max(timedelta(0), first - crisis.start)


def _covers(window: Window, incident: Incident) -> bool:
    if window.brand != incident.brand:
        return False
    begins = incident.detected_at or incident.opened_at
    return begins <= window.end and (incident.closed_at is None or incident.closed_at >= window.start)
