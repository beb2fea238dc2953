"""From judgements to one severity: which is the worst, why, and what was not met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crisiswatch.core.incidents import Reason
from crisiswatch.core.judging import Rule
from crisiswatch.core.models import Judgement, Notice, Severity
from crisiswatch.core.noticing import WORTH

WATCH_AT = 0.6
"""The score from which a brand is watched, and below which an incident eases."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """All judgements in one: a severity, the score it stems from, and every gate with value and limit.

    `is_urgent`: opens at once instead of on two ticks. `is_blind`: nothing may open, ease or close. `is_only_noticed`:
    nothing but uncalibrated detectors holds it up, so it keeps no warning open.
    """

    severity: Severity
    score: float
    reasons: tuple[Reason, ...] = ()
    rule: str | None = None
    is_urgent: bool = False
    is_blind: bool = False
    is_only_noticed: bool = False


def assess(
    judgements: Sequence[Judgement],
    rules: Sequence[Rule],
    most: Severity = Severity.CRITICAL,
    is_blind: bool = False,
    notices: Sequence[Notice] = (),
) -> Assessment:
    """Return the assessment of a brand; calibrated severities stop at `most`, rules act as they declare.

    What is noticed makes a brand worth watching, whatever the score of a notice.
    """
    score = max((judgement.score for judgement in judgements if judgement.calibrated), default=0.0)
    severity, reasons = Severity.CALM, []
    for judgement in judgements:
        own = min(_severity(judgement), most)
        severity = max(severity, own)
        reasons += _reasons(judgement)
    rule = next(iter(rules), None)
    if rule is not None:
        reasons += [Reason(f"rule:{held.name}", 1.0, 1.0, True) for held in rules]
        severity = max(severity, rule.severity)
    noticed = [each for each in notices if each.score >= WORTH]
    reasons += [Reason(f"notice:{each.detector}", each.score, WORTH, True) for each in noticed]
    is_only_noticed = bool(noticed) and severity is Severity.CALM
    if is_only_noticed:
        severity = Severity.WATCH
    decisive = rule.name if rule is not None and rule.severity >= severity and score < 1 else None
    is_urgent = rule is not None and rule.severity is Severity.CRITICAL
    return Assessment(severity, score, tuple(reasons), decisive, is_urgent, is_blind, is_only_noticed)


def _severity(judgement: Judgement) -> Severity:
    if not judgement.calibrated:
        return Severity.WATCH if judgement.score >= 1 else Severity.CALM
    if judgement.score >= judgement.critical_at:
        return Severity.CRITICAL
    if judgement.score >= 1:
        return Severity.WARNING
    return Severity.WATCH if judgement.score >= WATCH_AT else Severity.CALM


def _reasons(judgement: Judgement) -> list[Reason]:
    score = judgement.score
    return [
        Reason("watch", score, WATCH_AT, score >= WATCH_AT),
        Reason("warning", score, 1.0, score >= 1),
        Reason("critical", score, judgement.critical_at, score >= judgement.critical_at),
    ]
