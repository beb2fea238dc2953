"""What stands beside the counts: what was noticed, which source it is in, and how other brands stand."""

from __future__ import annotations

from crisiswatch.core.incidents import Evidence, Incident
from crisiswatch.core.locating import Located
from crisiswatch.core.models import Notice
from crisiswatch.core.neighbours import Neighbour, Standing, is_only_us
from crisiswatch.core.overlays import SectorEvent
from crisiswatch.core.steps import Feature
from crisiswatch.rendering.headline import brand_of
from crisiswatch.rendering.inert import inert, one_line
from crisiswatch.rendering.reader import Reader

_SHOWN = 3
_BRANDS = 6
_NAME_LIMIT = 40
_SEEN = 0.5  # a source of which less was seen cannot be called as usual


def noticed(evidence: Evidence, reader: Reader) -> str:
    """Return what uncalibrated detectors noticed, what stands out most first."""
    return reader.words.facts.joint.join(_notice(notice, reader) for notice in evidence.notices[:_SHOWN])


def located(evidence: Evidence, reader: Reader) -> str:
    """Return which sources it is in; nothing where that cannot be told, or there is one source only.

    "Only" is said where every other source was seen and is as usual in the very numbers that stand beside it.
    """
    words = reader.words.facts
    unusual = [each for each in evidence.located if each.is_unusual or each.source == evidence.alone]
    if not unusual:
        return ""
    told = [_source(each, words.located_in, reader) for each in unusual[:_SHOWN]]
    others = [each for each in evidence.located if each not in unusual]
    if not others:
        told.append(words.located_everywhere)
    elif len(unusual) == 1 and all(each.is_usual and each.covered >= _SEEN for each in others):
        as_usual = reader.listing([_source(each, words.located_usual, reader) for each in others[:_SHOWN]])
        told.append(words.located_only.format(name=one_line(unusual[0].source, _NAME_LIMIT), others=as_usual))
    else:
        unclear = (each for each in others if not each.is_usual and each.covered >= _SEEN)
        told += [_source(each, words.located_unclear, reader) for each in unclear][: _SHOWN - 1]
    return words.joint.join(told)


def sector(incident: Incident, reader: Reader) -> str:
    """Return which of the operator's other brands are in trouble too, or with which incident that is told."""
    words, event = reader.words.facts, incident.sector
    if event is None:
        return ""
    if not event.others:
        return words.sector_member.format(name=event.name)
    form = words.sector_root if incident.is_open else words.sector_over
    return form.format(brands=brands_of(event, reader))


def brands_of(event: SectorEvent, reader: Reader) -> str:
    """Return the other brands of a sector event, as many as can be read at a glance."""
    told = ", ".join(one_line(brand, _NAME_LIMIT) for brand in event.others[:_BRANDS])
    rest = len(event.others) - _BRANDS
    return f"{told} {reader.plural(reader.words.digests.more, rest)}" if rest > 0 else told


def neighbours(incident: Incident, evidence: Evidence, reader: Reader) -> str:
    """Return whether it is only this brand, and how competitors and the industry stand.

    Of a sector event it is known that it is not, and its brands were named.
    """
    words, event = reader.words.facts, incident.sector
    named = event.others if event else ()
    others = [each for each in evidence.neighbours if each.brand not in named]
    if not others:
        return ""
    told = reader.listing([_neighbour(each, reader) for each in others[: _SHOWN + 1]])
    is_ours = is_only_us(others) if event is None else None
    if is_ours is None:
        return f"{told[:1].upper()}{told[1:]}."
    return (words.only_us if is_ours else words.not_only_us).format(brand=brand_of(incident), told=told)


def detector_name(detector: str, reader: Reader) -> str:
    """Return what a detector is called; one that only the configuration names is called as it is there."""
    return reader.words.detectors.get(detector, one_line(detector, _NAME_LIMIT))


def _notice(notice: Notice, reader: Reader) -> str:
    words, usual = reader.words.facts, reader.count(notice.usual)
    if notice.terms:
        terms = reader.listing([words.quoted.format(text=inert(term, _NAME_LIMIT)) for term in notice.terms])
        return reader.plural(words.noticed_words, round(notice.value), terms=terms, total=usual)
    if notice.detector == "volume_spike":
        return words.noticed_volume.format(count=reader.count(notice.value), usual=usual)
    if notice.detector == "story_velocity":
        is_copies = notice.series == Feature.LARGEST_COPIES
        forms = words.noticed_copies if is_copies else words.noticed_reactions
        return reader.plural(forms, round(notice.value), usual=usual)
    told = [_value(value, notice, reader) for value in (notice.value, notice.usual)]
    series = reader.words.series.get(notice.series, one_line(notice.series, _NAME_LIMIT))
    detector = detector_name(notice.detector, reader)
    return words.noticed_other.format(detector=detector, series=series, value=told[0], usual=told[1])


def _value(value: float, notice: Notice, reader: Reader) -> str:
    if notice.series == Feature.NEGATIVE_SHARE:
        return reader.percent(value)
    is_fine = abs(value) < 10 and value % 1 != 0  # a tone, a share: rounded to a count it would say nothing
    return reader.decimal(value) if is_fine else reader.count(value)


def _source(each: Located, form: str, reader: Reader) -> str:
    return form.format(
        name=one_line(each.source, _NAME_LIMIT),
        count=reader.count(each.stories),
        usual=reader.count(each.expected),
        share=reader.percent(each.share),
        negative=reader.percent(each.usual_share),
    )


def _neighbour(each: Neighbour, reader: Reader) -> str:
    words, name = reader.words.facts, one_line(each.brand, _NAME_LIMIT)
    if each.standing is Standing.RESTLESS:
        share, usual = reader.percent(each.share), reader.percent(each.usual_share)
        return words.neighbour_restless.format(brand=name, score=reader.decimal(each.score), share=share, usual=usual)
    forms = {
        Standing.QUIET: words.neighbour_quiet,
        Standing.BLIND: words.neighbour_blind,
        Standing.YOUNG: words.neighbour_young,
    }
    return forms[each.standing].format(brand=name)
