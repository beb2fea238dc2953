"""The first line of a message and the frozen subject of its thread, by family and by what happened."""

from __future__ import annotations

from crisiswatch.core.incidents import Condition, Evidence, Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.rendering.inert import inert, one_line, shorten
from crisiswatch.rendering.reader import Reader

HEADLINE_LIMIT = 80
"""Characters that a phone shows of a push notification."""

_NAME_LIMIT = 32
_LOUD_RATIO = 1.5  # below this, the number of mentions is not the news
_ALMOST_NONE = 1.0  # usual stories below which a multiple of the usual means nothing


def headline(kind: NotificationKind, severity: Severity, incident: Incident, reader: Reader) -> str:
    """Return what happened, how unusual it is and how bad, in at most 80 characters."""
    words = reader.words.headlines
    is_end = kind is NotificationKind.CLOSED or (kind is NotificationKind.UPDATED and is_over(incident))
    line = _closed(incident, reader) if is_end else _open(incident, reader)
    if kind is NotificationKind.RAISED:
        line = words.raised.format(severity=reader.words.severities[severity].lower(), headline=line)
    elif kind is NotificationKind.REOPENED:
        line = words.reopened.format(headline=line)
    elif kind is NotificationKind.REPEATED:
        line = words.repeated.format(headline=line)
    elif kind is NotificationKind.ESCALATED:
        line = words.escalated.format(headline=line)
    elif kind is NotificationKind.ACK_ENDING:
        line = words.ack_ending.format(headline=line)
    elif kind is NotificationKind.TEST:
        line = words.test.format(headline=line)
    elif kind is NotificationKind.UPDATED and incident.condition is Condition.EASING:
        line = words.easing.format(headline=line)
    return shorten(line, HEADLINE_LIMIT)


def subject(kind: NotificationKind, severity: Severity, incident: Incident, reader: Reader) -> str:
    """Return the thread's subject: it changes only when the incident's peak severity does."""
    words = reader.words.subjects
    family, _, name = incident.family.partition(":")
    frames = {"positive": words.positive, "blind": words.blind, "source": words.source, "self": words.self}
    line = frames.get(family, words.crisis).format(brand=brand_of(incident), name=_told_name(name))
    word = reader.words.severities[max(severity, incident.peak_severity)]
    framed = words.frame.format(severity=word, subject=line, incident=incident.name)
    return reader.words.headlines.test.format(headline=framed) if kind is NotificationKind.TEST else framed


def is_over(incident: Incident) -> bool:
    """Tell whether an incident that people heard of has ended."""
    return incident.condition in (Condition.CLOSED, Condition.FINAL)


def brand_of(incident: Incident) -> str:
    """Return the brand as it is shown."""
    return one_line(incident.brand, _NAME_LIMIT) or "crisiswatch"


def has_news_in_volume(evidence: Evidence) -> bool:
    """Tell whether the number of mentions is itself unusual, and can be told as a multiple."""
    return evidence.expected >= _ALMOST_NONE and evidence.ratio >= _LOUD_RATIO


def is_usually_quiet(evidence: Evidence) -> bool:
    """Tell whether so few mentions are usual that a multiple of them means nothing."""
    return evidence.expected < _ALMOST_NONE


def _open(incident: Incident, reader: Reader) -> str:
    words = reader.words.headlines
    family, _, name = incident.family.partition(":")
    if family == "blind":
        return words.blind.format(brand=brand_of(incident))
    if family == "source":
        return words.blind_source.format(name=_told_name(name))
    if family == "self":
        return words.blind_self.format(name=_told_name(name))
    if family == "positive":
        return _praise(incident, reader)
    return _trouble(incident, reader)


def _trouble(incident: Incident, reader: Reader) -> str:
    words, brand, evidence = reader.words.headlines, brand_of(incident), incident.evidence
    if evidence is None:
        return words.unknown.format(brand=brand)
    if incident.rule and incident.score < 1:
        return reader.plural(words.rule, evidence.stories, brand=brand, rule=one_line(incident.rule, _NAME_LIMIT))
    if evidence.is_noticed and (line := _noticed(brand, evidence, reader)):
        return line
    share = reader.percent(evidence.share)
    if is_usually_quiet(evidence):
        return reader.plural(words.from_nothing, evidence.stories, brand=brand, share=share)
    if not has_news_in_volume(evidence):
        return words.mood.format(brand=brand, share=share, usual=reader.percent(evidence.usual_share))
    form = words.volume_and_mood if evidence.share > evidence.usual_share else words.volume
    return form.format(brand=brand, ratio=reader.ratio(evidence.ratio), share=share)


def _noticed(brand: str, evidence: Evidence, reader: Reader) -> str:
    """Return what was noticed where it is not the volume; empty otherwise."""
    words, notice = reader.words.headlines, next(iter(evidence.notices), None)
    if notice is not None and notice.terms:
        return words.noticed_words.format(brand=brand, term=inert(notice.terms[0], _NAME_LIMIT))
    if notice is not None and notice.detector == "story_velocity":
        return words.noticed_story.format(brand=brand)
    return ""


def _praise(incident: Incident, reader: Reader) -> str:
    words, brand, evidence = reader.words.headlines, brand_of(incident), incident.evidence
    if evidence is None or not has_news_in_volume(evidence):
        return words.praise_unmeasured.format(brand=brand)
    share = reader.percent(evidence.share)
    return words.praise.format(brand=brand, ratio=reader.ratio(evidence.ratio), share=share)


def _closed(incident: Incident, reader: Reader) -> str:
    words, brand = reader.words.headlines, brand_of(incident)
    family, _, name = incident.family.partition(":")
    span = reader.span((incident.closed_at or reader.now) - incident.opened_at)
    special = {"blind": words.closed_blind, "source": words.closed_source, "self": words.closed_self}
    if family in special:
        return special[family].format(brand=brand, name=_told_name(name), span=span)
    if incident.peak_ratio >= _LOUD_RATIO:
        return words.closed_with_peak.format(brand=brand, ratio=reader.ratio(incident.peak_ratio), span=span)
    return words.closed.format(brand=brand, span=span)


def _told_name(name: str) -> str:
    return one_line(name, _NAME_LIMIT).replace("_", " ")
