"""Why a message was sent, and what the data behind it could not show."""

from __future__ import annotations

from math import floor

from crisiswatch.core.incidents import Evidence, Incident, Reason
from crisiswatch.core.models import Severity
from crisiswatch.rendering.beside import detector_name
from crisiswatch.rendering.evidence import missing_sources
from crisiswatch.rendering.inert import inert, one_line
from crisiswatch.rendering.reader import Reader

LEARNING_DAYS = 14
"""Days of data that a baseline needs before it is whole."""

SCORED = frozenset(("watch", "warning", "critical"))
"""Reasons whose value is the score of the moment at which the severity was set, and moves on after it."""

_WHOLE = 0.995  # what rounds to 100%
_REASON_LIMIT = 200
_MOST_REASONS = 8


def why(incident: Incident, reader: Reader, budget: float | None) -> tuple[str, ...]:
    """Return why the severity is what it is; `budget` is the false alarms a week that set the threshold."""
    words, evidence = reader.words.reasons, incident.evidence
    told = [words.rule.format(rule=one_line(incident.rule, 60))] if incident.rule else []
    if incident.score > 0:
        told.append(_score(incident.score, reader, budget))
    if evidence is not None and evidence.at > evidence.since:
        start, end = reader.brief_clock(evidence.since), reader.clock(evidence.at)
        told.append(words.window.format(start=start, end=end, span=reader.span(evidence.at - evidence.since)))
    told.extend(_reason(reason, incident, reader) for reason in incident.reasons[:_MOST_REASONS])
    if evidence is not None and incident.family.partition(":")[0] in ("crisis", "positive"):
        told += [*_estimate(evidence, reader), words.sentiment]
    return tuple(told)


def _estimate(evidence: Evidence, reader: Reader) -> list[str]:
    """Return how sure the share is, and what the detector counted in its place."""
    words, found = reader.words.reasons, evidence.estimate
    if found is None or not evidence.stories:
        return []
    checked = words.unchecked
    if found.labels:
        form = words.checked_by_model if found.by_model else words.checked
        checked = form.format(labels=reader.count(found.labels), models=reader.count(found.by_model))
    limits = {"lower": reader.percent(found.lower), "upper": reader.percent(found.upper)}
    counted, usual = reader.percent(found.counted), reader.percent(found.counted_usual)
    return [
        words.estimate.format(share=reader.percent(evidence.share), checked=checked, **limits),
        words.counted.format(share=counted, usual=usual),
    ]


def data_health(incident: Incident, reader: Reader) -> str:
    """Return which data was missing, in sentences; empty where nothing is known."""
    words, evidence = reader.words.reasons, incident.evidence
    if evidence is None:
        return ""
    told = [words.missing.format(names=missing_sources(evidence, reader))] if evidence.missing else []
    if evidence.covered < _WHOLE:
        told.append(words.partly.format(share=reader.percent(evidence.covered)))
    if not told:
        told.append(words.complete)
    if evidence.irrelevant:
        told.append(words.irrelevant.format(count=reader.count(evidence.irrelevant)))
    if evidence.warmup < 1:
        days = reader.count(floor(evidence.warmup * LEARNING_DAYS + 1e-9))
        told.append(words.learning.format(days=days, total=reader.count(LEARNING_DAYS)))
    if incident.stale_since is not None:
        told.append(words.stale.format(time=reader.clock(incident.stale_since)))
    return " ".join(told)


def _score(score: float, reader: Reader, budget: float | None) -> str:
    words = reader.words.reasons
    if budget is None:
        return words.score.format(score=reader.decimal(score))
    return words.score_with_budget.format(score=reader.decimal(score), budget=reader.decimal(budget))


def _reason(reason: Reason, incident: Incident, reader: Reader) -> str:
    """Return one reason as it was when the severity was set; where the score has moved on, with that beside."""
    if reason.text:
        return inert(reason.text, _REASON_LIMIT)
    family, _, detector = reason.code.partition(":")
    if family == "notice":
        return _notice(reason.value, detector, incident, reader)
    words, is_scored = reader.words.reasons, reason.code in SCORED
    form = words.met if reason.is_met else words.not_met
    if is_scored and reader.decimal(reason.value) != reader.decimal(incident.score):
        form = words.then_and_now
    return form.format(
        text=reader.words.severities[Severity[reason.code.upper()]] if is_scored else _named(reason.code),
        value=reader.decimal(reason.value),
        limit=reader.decimal(reason.limit),
        now=reader.decimal(incident.score),
        severity=_set_to(incident, reader),
    )


def _named(code: str) -> str:
    name = one_line(code, 60).replace("_", " ")
    return name[:1].upper() + name[1:]


def _notice(score: float, detector: str, incident: Incident, reader: Reader) -> str:
    words, evidence = reader.words.reasons, incident.evidence
    now = (each.score for each in evidence.notices if each.detector == detector) if evidence else iter((score,))
    told = {"detector": detector_name(detector, reader), "score": reader.decimal(score)}
    if told["score"] in map(reader.decimal, now):
        return words.noticed.format(**told)
    return words.noticed_then.format(**told, severity=_set_to(incident, reader))


def _set_to(incident: Incident, reader: Reader) -> str:
    return reader.words.severities[incident.severity].lower()
