"""The digest of a day or a week: alive, what was seen, what was wrong, what could not be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from babel.dates import format_datetime

from crisiswatch.core.digesting import Digest, Seen
from crisiswatch.core.hearing import Aspect, Said, Voice
from crisiswatch.core.incidents import Incident
from crisiswatch.core.messages import Fact, Message
from crisiswatch.core.outbox import Notification
from crisiswatch.core.sharing import Share
from crisiswatch.rendering.beside import brands_of
from crisiswatch.rendering.inert import inert, one_line, safe_url
from crisiswatch.rendering.message import Context
from crisiswatch.rendering.reader import Reader, reader

STALE = timedelta(hours=1)
WIDE = 0.1
"""An interval of a share that is wider than this is told with it."""

MOST = 5
"""Lines of one kind; the rest is counted."""


def digest_text(digest: Digest, told_to: Reader) -> str:
    """Return the digest as plain text; every name in it is one harmless line."""
    head = (f"{_kind(digest, told_to)}, {_span_of(digest, told_to)}", _alive(digest, told_to), _result(digest, told_to))
    brands = (line for seen in digest.brands for line in _named(digest, seen, told_to))
    parts = [head, brands, *_said(digest, told_to)]
    parts += [(title.upper(), *(f"  {line}" for line in lines)) for title, lines in _sections(digest, told_to)]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def compose_brief(notification: Notification, digest: Digest, context: Context) -> Message:
    """Return the digest as a message in the reader's language; total, whatever strangers wrote."""
    told_to = reader(context.language, context.time_zone, context.now)
    headline = f"{_kind(digest, told_to)}: {_result(digest, told_to)}"
    return Message(
        key=notification.key,
        kind=notification.kind.value,
        incident=notification.incident.upper()[:40],
        number=notification.number,
        receiver=notification.receiver,
        severity=notification.severity,
        brand="crisiswatch",
        headline=headline,
        thread_subject=f"crisiswatch: {headline}",
        state=_alive(digest, told_to),
        since=told_to.words.digests.until.format(time=told_to.placed_clock(digest.end)),
        opened_at=digest.start,
        sent_at=context.now,
        facts=tuple(_facts(digest, told_to)),
        url=safe_url(f"{context.public_url.rstrip('/')}/") if context.public_url else None,
        language=told_to.language,
    )


def _facts(digest: Digest, told_to: Reader) -> Iterator[Fact]:
    """Yield the digest as labels with what is said of each, in the order of the text."""
    for seen in digest.brands:
        yield Fact(one_line(seen.brand, 80), "; ".join(line.strip() for line in _brand(digest, seen, told_to)))
    for title, lines in _sections(digest, told_to):
        yield Fact(title, "; ".join(lines))
    several = sum(bool(seen.voices) for seen in digest.brands) > 1
    for seen in digest.brands:
        for voice in seen.voices[:MOST]:
            department = _department(voice, told_to)
            yield Fact(f"{one_line(seen.brand, 40)}, {department}" if several else department, _told(voice, told_to))


def _said(digest: Digest, told_to: Reader) -> Iterator[tuple[str, ...]]:
    """Yield, for each brand of which something was said, what each department should hear."""
    words = told_to.words.briefs
    for seen in digest.brands:
        if seen.voices:
            title = words.said_title.format(brand=one_line(seen.brand, 80))
            lines = (
                words.voice.format(department=_department(voice, told_to), told=_told(voice, told_to))
                for voice in seen.voices[:MOST]
            )
            yield title.upper(), *(f"  {line}" for line in lines)


def _department(voice: Voice, told_to: Reader) -> str:
    return one_line(voice.department, 60) or told_to.words.briefs.no_department


def _told(voice: Voice, told_to: Reader) -> str:
    return "; ".join(_aspect(said, told_to) for said in voice.said)


def _aspect(said: Said, told_to: Reader) -> str:
    words = told_to.words.briefs
    forms = {
        Aspect.PRAISE: words.praise,
        Aspect.CRITICISM: words.criticism,
        Aspect.QUESTION: words.question,
        Aspect.REQUEST: words.request,
    }
    told = told_to.plural(forms[said.aspect], said.stories)
    terms = inert(", ".join(said.terms), 90)
    if not terms and (excerpt := inert(said.excerpt, 90)):
        terms = told_to.words.facts.quoted.format(text=excerpt)
    return words.about.format(told=told, terms=terms) if terms else told


def _beside(digest: Digest, seen: Seen, told_to: Reader) -> Iterator[str]:
    """Yield how the competitors stand in the same stretch."""
    words, known = told_to.words.briefs, {one.brand: one for one in digest.brands}
    others = [known[name] for name in seen.competitors if name in known]
    told = [
        words.competitor.format(
            brand=one_line(other.brand, 60),
            mentions=told_to.plural(words.mentions, other.mentions),
            share=_share(other.share, told_to),
        )
        for other in others[:MOST]
    ]
    if told:
        yield "  " + words.beside.format(brands="; ".join(told))


def _sections(digest: Digest, told_to: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    words = told_to.words.briefs
    for title, lines in (
        (words.open_title, _open(digest, told_to)),
        (words.blind_title, _blind(digest, told_to)),
        (words.judge_title, _todo(digest, told_to)),
    ):
        if told := tuple(lines):
            yield title, told


def _kind(digest: Digest, told_to: Reader) -> str:
    days = round((digest.end - digest.start) / timedelta(days=1))
    return told_to.words.briefs.day if days <= 1 else told_to.plural(told_to.words.briefs.days, days)


def _span_of(digest: Digest, told_to: Reader) -> str:
    form = told_to.words.briefs.span
    return form.format(start=_when(digest.start, told_to), end=_when(digest.end, told_to))


def _alive(digest: Digest, told_to: Reader) -> str:
    words, last = told_to.words.briefs, digest.last_seen
    if last is None:
        return words.never_seen
    form = words.unseen_since if digest.end - last > STALE else words.alive
    return form.format(time=_when(last, told_to))


def _result(digest: Digest, told_to: Reader) -> str:
    words = told_to.words.briefs
    if digest.is_quiet:
        return words.quiet_partly if digest.gaps else words.quiet
    wrong = sum(len(seen.critical) + len(seen.warnings) for seen in digest.brands)
    return told_to.plural(words.wrong, wrong, open=told_to.count(len(digest.still_open)))


def _named(digest: Digest, seen: Seen, told_to: Reader) -> Iterator[str]:
    first, *more = _brand(digest, seen, told_to)
    yield told_to.words.labels.named.format(label=one_line(seen.brand, 80)) + f" {first}"
    yield from more


def _brand(digest: Digest, seen: Seen, told_to: Reader) -> Iterator[str]:
    words = told_to.words.briefs
    yield told_to.plural(words.mentions, seen.mentions) + _share(seen.share, told_to)
    yield from _beside(digest, seen, told_to)
    for incident in seen.critical[:MOST]:
        yield f"  {words.critical}  {_incident(incident, told_to)}"
    for incident in seen.good[:MOST]:
        yield f"  {words.good_news}  {_incident(incident, told_to)}"
    rest = seen.critical[MOST:]
    # Warnings are grouped: one line for many.
    for label, group in ((words.warning, seen.warnings), (words.watched, seen.watched), (words.critical, rest)):
        if len(group) == 1 and group is not seen.watched:
            yield f"  {label:8}  {_incident(group[0], told_to)}"
        elif group:
            yield f"  {label:8}  {told_to.count(len(group))}: {_names(group, told_to)}"


def _share(share: Share | None, told_to: Reader) -> str:
    if share is None:
        return ""
    form = told_to.words.briefs.negative if share.upper - share.lower <= WIDE else told_to.words.briefs.negative_between
    lower, upper = told_to.percent(share.lower), told_to.percent(share.upper)
    return form.format(share=told_to.percent(share.value), lower=lower, upper=upper)


def _open(digest: Digest, told_to: Reader) -> Iterator[str]:
    words = told_to.words.briefs
    for incident in digest.still_open[:MOST]:
        who = words.taken.format(who=one_line(incident.acked_by, 60)) if incident.acked_by else words.untaken
        since = _when(incident.opened_at, told_to)
        yield words.open.format(incident=incident.name, brand=one_line(incident.brand, 60), time=since, who=who)
    yield from _more(len(digest.still_open), told_to)


def _blind(digest: Digest, told_to: Reader) -> Iterator[str]:
    words = told_to.words.briefs
    if not digest.gaps:
        yield words.all_seen
    by_source: dict[str, timedelta] = {}
    for gap in digest.gaps:
        by_source[gap.source] = by_source.get(gap.source, timedelta()) + (gap.end - gap.start)
    worst = sorted(by_source.items(), key=lambda one: one[1], reverse=True)
    for source, length in worst[:MOST]:
        share, span = told_to.percent(length / (digest.end - digest.start)), told_to.span(length)
        yield words.unseen.format(source=one_line(source, 60), span=span.replace("\u00a0", " "), share=share)
    yield from _more(len(worst), told_to)
    if digest.dead:
        receivers = ", ".join(sorted({one_line(row.notification.receiver, 60) for row in digest.dead}))
        yield told_to.plural(words.dead, len(digest.dead), receivers=receivers)


def _todo(digest: Digest, told_to: Reader) -> Iterator[str]:
    if digest.unjudged:
        yield f"{_names(digest.unjudged, told_to)}: crisiswatch incident verdict {digest.unjudged[0].name} real"


def _incident(incident: Incident, told_to: Reader) -> str:
    words, evidence = told_to.words.briefs, incident.evidence
    about = inert(", ".join(evidence.drivers[:3]), 120) if evidence else ""
    told = [f"{incident.name}  {_when(incident.opened_at, told_to)}", about or words.no_terms]
    if incident.peak_ratio >= 1.5:
        told.append(words.peak.format(ratio=told_to.ratio(incident.peak_ratio)))
    if incident.sector:
        others = brands_of(incident.sector, told_to) or incident.sector.name
        told.append(words.sector.format(others=others))
    if incident.verdict:
        told.append(told_to.words.verdicts[incident.verdict.value])
    return ", ".join(told)


def _names(incidents: Sequence[Incident], told_to: Reader) -> str:
    shown = ", ".join(incident.name for incident in incidents[:MOST])
    rest = len(incidents) - MOST
    return f"{shown} {told_to.plural(told_to.words.digests.more, rest)}" if rest > 0 else shown


def _more(count: int, told_to: Reader) -> Iterator[str]:
    if count > MOST:
        yield told_to.plural(told_to.words.digests.more, count - MOST)


def _when(at: datetime, told_to: Reader) -> str:
    local = at.astimezone(told_to.zone)
    return f"{format_datetime(local, 'EEE dd MMM HH:mm', locale=told_to.locale)} {local:%Z}".strip()
