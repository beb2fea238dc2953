"""The digest as plain text, in English: alive, what was seen, what was wrong, what could not be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from crisiswatch.core.digesting import Digest, Seen
from crisiswatch.core.incidents import Incident
from crisiswatch.rendering.inert import one_line
from crisiswatch.rendering.reader import reader

STALE = timedelta(hours=1)
MOST = 5
"""Lines of one kind; the rest is counted."""


def digest_text(digest: Digest) -> str:
    """Return the digest; every name in it is one harmless line."""
    parts = (_head(digest), _brands(digest), _open(digest), _blind(digest), _todo(digest))
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def brief_headline(digest: Digest) -> str:
    """Return the digest in one line: what it tells of, and what came of it."""
    return f"{_kind(digest)}: {_result(digest)}"


def brief_state(digest: Digest) -> str:
    """Return whether somebody was watching at all, with the newest data's time."""
    return _alive(digest)


def brief_facts(digest: Digest) -> Iterator[tuple[str, str]]:
    """Yield the digest as labels with what is said of each, in the order of the text."""
    for seen in digest.brands:
        first, *more = list(_brand(seen))
        yield one_line(seen.brand, 80), "; ".join((first, *(line.strip() for line in more)))
    for part in (_open, _blind, _todo):
        title, *lines = list(part(digest)) or [""]
        if lines:
            yield title.capitalize(), "; ".join(line.strip() for line in lines)


def _head(digest: Digest) -> Iterator[str]:
    yield f"{_kind(digest)}, {_when(digest.start)} to {_when(digest.end)}"
    yield _alive(digest)
    yield _result(digest)


def _kind(digest: Digest) -> str:
    days = round((digest.end - digest.start) / timedelta(days=1))
    return "Daily brief" if days <= 1 else f"{days} days"


def _alive(digest: Digest) -> str:
    if digest.last_seen is None or digest.end - digest.last_seen > STALE:
        since = f"since {_when(digest.last_seen)}" if digest.last_seen else "in all that time"
        return f"NOTHING WAS SEEN {since}: is crisiswatch running?"
    return f"crisiswatch is watching; the newest data is of {_when(digest.last_seen)}."


def _result(digest: Digest) -> str:
    if digest.is_quiet:
        return f"Nothing was wrong, {'in what could be seen' if digest.gaps else 'and every source was seen'}."
    wrong = sum(len(seen.critical) + len(seen.warnings) for seen in digest.brands)
    noun = "incident" if wrong == 1 else "incidents"
    return f"{wrong} {noun}, {len(digest.still_open)} still open."


def _brands(digest: Digest) -> Iterator[str]:
    for seen in digest.brands:
        first, *more = list(_brand(seen))
        yield f"{one_line(seen.brand, 80)}: {first}"
        yield from more


def _brand(seen: Seen) -> Iterator[str]:
    share = f", {seen.negative / seen.mentions:.0%} negative" if seen.mentions else ""
    yield f"{seen.mentions:,} mentions{share}"
    yield from _incidents(seen)


def _incidents(seen: Seen) -> Iterator[str]:
    for incident in seen.critical[:MOST]:
        yield f"  critical  {_incident(incident)}"
    # Warnings are grouped: one line for many.
    for label, group in (("warning", seen.warnings), ("watched", seen.watched), ("critical", seen.critical[MOST:])):
        if len(group) == 1 and label != "watched":
            yield f"  {label:8}  {_incident(group[0])}"
        elif group:
            yield f"  {label:8}  {len(group)}: {_names(group)}"


def _open(digest: Digest) -> Iterator[str]:
    if digest.still_open:
        yield "STILL OPEN"
    for incident in digest.still_open[:MOST]:
        who = f"{one_line(incident.acked_by, 60)} is on it" if incident.acked_by else "nobody has acknowledged it"
        yield f"  {incident.name}  {one_line(incident.brand, 60)}, since {_when(incident.opened_at)}: {who}"
    yield from _more(len(digest.still_open))


def _blind(digest: Digest) -> Iterator[str]:
    yield "WHAT COULD NOT BE SEEN"
    if not digest.gaps:
        yield "  nothing: every source was seen all the time"
    by_source: dict[str, timedelta] = {}
    for gap in digest.gaps:
        by_source[gap.source] = by_source.get(gap.source, timedelta()) + (gap.end - gap.start)
    worst = sorted(by_source.items(), key=lambda one: one[1], reverse=True)
    for source, length in worst[:MOST]:
        share = length / (digest.end - digest.start)
        yield f"  {one_line(source, 60)}: not seen for {_span(length)} ({share:.0%})"
    yield from _more(len(worst))
    if digest.dead:
        receivers = ", ".join(sorted({one_line(row.notification.receiver, 60) for row in digest.dead}))
        yield f"  {len(digest.dead)} messages reached nobody ({receivers}): crisiswatch outbox list"


def _todo(digest: Digest) -> Iterator[str]:
    if digest.unjudged:
        yield "WAITING FOR A VERDICT"
        yield f"  {_names(digest.unjudged)}: crisiswatch incident verdict {digest.unjudged[0].name} real"


def _incident(incident: Incident) -> str:
    evidence = incident.evidence
    about = one_line(", ".join(evidence.drivers[:3]), 120) if evidence and evidence.drivers else "no terms"
    ratio = f", peak {incident.peak_ratio:.0f}× normal" if incident.peak_ratio >= 1.5 else ""
    verdict = f", {incident.verdict.value}" if incident.verdict else ""
    return f"{incident.name}  {_when(incident.opened_at)}, {about}{ratio}{verdict}"


def _names(incidents: Sequence[Incident]) -> str:
    shown = ", ".join(incident.name for incident in incidents[:MOST])
    return f"{shown} and {len(incidents) - MOST} more" if len(incidents) > MOST else shown


def _more(count: int) -> Iterator[str]:
    if count > MOST:
        yield f"  and {count - MOST} more"


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %d %b %H:%M} UTC"


def _span(length: timedelta) -> str:
    return reader("en", UTC, datetime(1970, 1, 1, tzinfo=UTC)).span(length).replace("\u00a0", " ")
