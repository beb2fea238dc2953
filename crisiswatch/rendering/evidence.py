"""The facts of a message: what was seen, each beside what is usual. No number that the evidence does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from crisiswatch.core.growing import time_until
from crisiswatch.core.incidents import Evidence, Incident, Source
from crisiswatch.core.messages import Fact
from crisiswatch.core.models import Severity
from crisiswatch.rendering.authenticity import authenticity
from crisiswatch.rendering.beside import located, neighbours, noticed, sector
from crisiswatch.rendering.headline import brand_of, is_usually_quiet
from crisiswatch.rendering.inert import host_of, inert, one_line
from crisiswatch.rendering.reader import Reader

_SHOWN_PARTS = 4
_SHOWN_DRIVERS = 5
_DRIVER_LIMIT = 40
_SENTENCE_LIMIT = 200
_FEW_VOICES = 0.5  # the five busiest accounts wrote at least this much of it
_ENOUGH_VOICES = 20
_PASSED_ON = 0.2  # fewer reposts per post are not worth a word
_STEP = timedelta(minutes=5)  # a time ahead is not known more closely


def facts(incident: Incident, reader: Reader) -> tuple[Fact, ...]:
    """Return the facts in reading order, by family; none where nothing is known."""
    family = incident.family.partition(":")[0]
    if family in ("blind", "source", "self"):
        return _facts_of_blindness(family, incident, reader)
    if incident.evidence is None:
        return ()
    return tuple(fact for fact in _facts_of_attention(incident, incident.evidence, reader) if fact.value)


def _facts_of_blindness(family: str, incident: Incident, reader: Reader) -> tuple[Fact, ...]:
    words, labels, evidence = reader.words.facts, reader.words.labels, incident.evidence
    meanings = {"blind": words.blind_meaning, "source": words.source_meaning, "self": words.self_meaning}
    told = [Fact(labels.meaning, meanings[family].format(brand=brand_of(incident)))]
    if evidence is not None and family == "blind":
        told.append(Fact(labels.covered, words.covered.format(share=reader.percent(evidence.covered))))
    if evidence is not None and evidence.missing:
        told.append(Fact(labels.missing, missing_sources(evidence, reader)))
    return tuple(told)


def _facts_of_attention(incident: Incident, evidence: Evidence, reader: Reader) -> tuple[Fact, ...]:
    words, labels = reader.words.facts, reader.words.labels
    share, usual = reader.percent(evidence.share), reader.percent(evidence.usual_share)
    return (
        Fact(labels.mentions, _mentions(evidence, reader)),
        Fact(labels.negative, words.negative.format(share=share, usual=usual)),
        Fact(labels.sector, sector(incident, reader)),
        Fact(labels.topic, _topic(evidence, reader)),
        Fact(labels.incident_type, _incident_type(evidence, reader)),
        Fact(labels.outlook, _outlook(incident, evidence, reader)),
        Fact(labels.sources, _parts(evidence.sources, [one_line(s.name, 40) for s in evidence.sources], reader)),
        Fact(labels.languages, _languages(evidence, reader)),
        Fact(labels.authors, _authors(evidence, reader)),
        Fact(labels.marks, _marks(evidence, reader)),
        Fact(labels.authenticity, authenticity(evidence.authenticity, reader)),
        Fact(labels.first_post, _first_post(evidence, reader)),
        Fact(labels.planned_event, _planned_event(evidence, reader)),
        Fact(labels.noticed, noticed(evidence, reader)),
        Fact(labels.located, located(evidence, reader)),
        Fact(labels.neighbours, neighbours(incident, evidence, reader)),
        Fact(labels.peak, _peak(incident, reader)),
    )


def critical_in(incident: Incident) -> timedelta | None:
    """Return when an incident becomes critical if it goes on growing; None if it is, or not soon."""
    limit = next((reason.limit for reason in incident.reasons if reason.code == "critical"), None)
    if limit is None or incident.severity is Severity.CRITICAL or incident.evidence is None:
        return None
    return time_until(incident.score, limit, incident.evidence.doubling)


def missing_sources(evidence: Evidence, reader: Reader) -> str:
    """Return the names of the sources that were not seen."""
    return reader.listing([one_line(name, 40) for name in evidence.missing[:10]])


def _mentions(evidence: Evidence, reader: Reader) -> str:
    words = reader.words.facts
    # The line above has told this time with its zone.
    since, span = reader.brief_clock(evidence.since), reader.span(evidence.at - evidence.since)
    told = [reader.plural(words.mentions, evidence.stories, time=since, span=span)]
    if is_usually_quiet(evidence):
        told.append(words.mentions_unusual)
    else:
        limits = {"lower": reader.count(evidence.lower), "upper": reader.count(evidence.upper)}
        told.append(reader.plural(words.mentions_usual, round(evidence.expected), **limits))
    if evidence.copies > evidence.stories:
        told.append(reader.plural(words.copies, evidence.copies))
    return words.joint.join(told)


def _outlook(incident: Incident, evidence: Evidence, reader: Reader) -> str:
    """Return what the next hour may bring while it grows; a forecast of what does not would say nothing."""
    if evidence.doubling is None or not incident.is_open or incident.stale_since is not None:
        return ""
    words, told = reader.words.facts, []
    if evidence.forecast is not None:
        limits = {"lower": reader.count(evidence.forecast.lower), "upper": reader.count(evidence.forecast.upper)}
        told.append(words.outlook.format(count=reader.count(evidence.forecast.stories), **limits))
    wait = critical_in(incident)
    if wait is not None:
        told.append(words.critical_soon.format(span=reader.span(max(_STEP, round(wait / _STEP) * _STEP))))
    if evidence.branching is not None and evidence.branching >= _PASSED_ON:
        told.append(words.reposts.format(ratio=reader.decimal(evidence.branching)))
    return words.joint.join(told)


def _topic(evidence: Evidence, reader: Reader) -> str:
    quoted = reader.words.facts.quoted
    terms = [inert(driver, _DRIVER_LIMIT) for driver in evidence.drivers[:_SHOWN_DRIVERS]]
    return ", ".join(quoted.format(text=term) for term in terms if term)


def _incident_type(evidence: Evidence, reader: Reader) -> str:
    if evidence.incident_type in ("", "unclear"):
        return ""
    told = reader.words.incident_types.get(evidence.incident_type, evidence.incident_type.replace("_", " "))
    if evidence.type_probability is not None:
        told = reader.words.facts.type_sure.format(type=told, share=reader.percent(evidence.type_probability))
    reason = inert(evidence.type_reason, _SENTENCE_LIMIT)
    return reader.words.facts.type_because.format(type=told, reason=reason) if reason else told


def _marks(evidence: Evidence, reader: Reader) -> str:
    shares = dict(evidence.marks)
    known = ((sentence, shares.get(mark, 0.0)) for mark, sentence in reader.words.marks.items())
    return reader.words.facts.joint.join(told.format(share=reader.percent(share)) for told, share in known if share)


def _languages(evidence: Evidence, reader: Reader) -> str:
    return _parts(evidence.languages, [reader.language_name(part.name) for part in evidence.languages], reader)


def _parts(parts: Sequence[Source], names: Sequence[str], reader: Reader) -> str:
    total = sum(part.stories for part in parts)
    if total <= 0:
        return ""
    ranked = sorted(zip(names, parts, strict=True), key=lambda pair: (-pair[1].stories, pair[0]))
    told = [f"{name} {reader.percent(part.stories / total)}" for name, part in ranked[:_SHOWN_PARTS]]
    rest = sum(part.stories for _, part in ranked[_SHOWN_PARTS:])
    if rest:
        told.append(reader.words.facts.other.format(share=reader.percent(rest / total)))
    return ", ".join(told)


def _authors(evidence: Evidence, reader: Reader) -> str:
    words = reader.words.facts
    if evidence.authors is None:
        return words.authors_unknown
    told = [reader.plural(words.authors, evidence.authors)]
    if evidence.top_share is not None:
        told.append(words.authors_top.format(share=reader.percent(evidence.top_share)))
        if evidence.top_share >= _FEW_VOICES and evidence.authors >= _ENOUGH_VOICES:
            told.append(words.authors_few)
    return words.joint.join(told)


def _first_post(evidence: Evidence, reader: Reader) -> str:
    if evidence.first is None:
        return ""
    words, time = reader.words.facts, reader.clock(evidence.first.published_at)
    host = host_of(evidence.first.permalink) if evidence.first.permalink else None
    return words.first_post_on.format(time=time, host=inert(host, 60)) if host else words.first_post.format(time=time)


def _planned_event(evidence: Evidence, reader: Reader) -> str:
    if not evidence.planned_event:
        return ""
    return reader.words.facts.planned_event.format(name=one_line(evidence.planned_event, 80))


def _peak(incident: Incident, reader: Reader) -> str:
    if incident.closed_at is None or incident.peak_ratio <= 0:
        return ""
    return reader.words.facts.peak.format(ratio=reader.ratio(incident.peak_ratio))
