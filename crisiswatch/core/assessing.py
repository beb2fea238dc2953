"""From judgements to one severity: which is the worst, why, and what was not met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crisiswatch.core.incidents import Reason
from crisiswatch.core.judging import Rule
from crisiswatch.core.models import Judgement, Notice, Severity
from crisiswatch.core.noticing import WORTH

WATCH_AT = 0.6
"""The score from which a brand is watched, and below which an incident eases."""

OVER = 4.0
"""Nats, odds of 55 to 1, from which trouble is over though long windows remember it. With 2, one crisis in twenty was
called over while it went on."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """All judgements in one: a severity, the score it stems from, and every gate with value and limit.

    `is_urgent`: opens at once instead of on two ticks. `is_blind`: nothing may open, ease or close. `is_only_noticed`:
    nothing but uncalibrated detectors holds it up, so it keeps no warning open. `lately` is the severity if no more
    than the last two hours are counted (None: the same); `is_over`: they say that the trouble that is scored has ended.
    """

    severity: Severity
    score: float
    reasons: tuple[Reason, ...] = ()
    rule: str | None = None
    is_urgent: bool = False
    is_blind: bool = False
    is_only_noticed: bool = False
    lately: Severity | None = None
    is_over: bool = False

    @property
    def of_now(self) -> Assessment:
        """Return the same without what is only remembered."""
        return self if self.lately is None else replace(self, severity=min(self.severity, self.lately))


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
    noticed = [each for each in notices if each.score >= WORTH]
    rule = next(iter(rules), None)
    severity = max((min(_severity(each, each.score), most) for each in judgements), default=Severity.CALM)
    lately = max((min(_severity(each, lately_score(each)), most) for each in judgements), default=Severity.CALM)
    if rule is not None:
        severity, lately = max(severity, rule.severity), max(lately, rule.severity)
    is_only_noticed = bool(noticed) and severity is Severity.CALM
    if is_only_noticed:
        severity = lately = Severity.WATCH
    return Assessment(
        severity=severity,
        score=score,
        reasons=_all_reasons(judgements, rules, noticed),
        rule=rule.name if rule is not None and rule.severity >= severity and score < 1 else None,
        is_urgent=rule is not None and rule.severity is Severity.CRITICAL,
        is_blind=is_blind,
        is_only_noticed=is_only_noticed,
        lately=lately,
        is_over=_all_over(judgements),
    )


def is_over(judgement: Judgement) -> bool:
    """Tell whether what is scored has ended: the newest stories are as usual, and the last two hours no trouble."""
    return judgement.calibrated and judgement.reading.over >= OVER and lately_score(judgement) < WATCH_AT


def _all_over(judgements: Sequence[Judgement]) -> bool:
    """Tell whether trouble has ended in one series, and goes on in no other."""
    going_on = (each for each in judgements if each.calibrated and each.score >= WATCH_AT and not is_over(each))
    return any(is_over(each) for each in judgements) and next(going_on, None) is None


def lately_score(judgement: Judgement) -> float:
    """Return the score that the last two hours alone would have."""
    reading = judgement.reading
    return judgement.score * reading.recent / reading.raw if reading.raw > 0 else 0.0


def _severity(judgement: Judgement, score: float) -> Severity:
    if not judgement.calibrated:
        return Severity.WATCH if judgement.score >= 1 else Severity.CALM
    if score >= judgement.critical_at:
        return Severity.CRITICAL
    if score >= 1:
        return Severity.WARNING
    return Severity.WATCH if score >= WATCH_AT else Severity.CALM


def _all_reasons(
    judgements: Sequence[Judgement], rules: Sequence[Rule], noticed: Sequence[Notice]
) -> tuple[Reason, ...]:
    worst = max(judgements, key=lambda each: each.score, default=None)
    reasons = _reasons(worst) if worst is not None else []
    reasons += [Reason(f"rule:{held.name}", 1.0, 1.0, True) for held in rules]
    reasons += [Reason(f"notice:{each.detector}", each.score, WORTH, True) for each in noticed]
    return tuple(reasons)


def _reasons(judgement: Judgement) -> list[Reason]:
    score = judgement.score
    return [
        Reason("watch", score, WATCH_AT, score >= WATCH_AT),
        Reason("warning", score, 1.0, score >= 1),
        Reason("critical", score, judgement.critical_at, score >= judgement.critical_at),
    ]
