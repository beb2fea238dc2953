"""The post-incident report, in English: as Markdown, as one HTML page that fetches nothing, and as plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from crisiswatch.core.incidents import Evidence, Incident
from crisiswatch.core.outbox import OutboxRow
from crisiswatch.core.retelling import Reaction, Retelling
from crisiswatch.rendering.chart import chart_alt, chart_svg
from crisiswatch.rendering.inert import host_of, inert, one_line, safe_url
from crisiswatch.rendering.reader import reader
from crisiswatch.rendering.words import LANGUAGES

_LONG = 600
_MARKED = re.compile(r"([\\`*_{}\[\]()#+!|~<>&-])")
_WORDS = LANGUAGES["en"]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence, and a table; every cell is plain text, and an address is a link."""

    title: str
    note: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def markdown(told: Retelling) -> str:
    """Return the report as Markdown in which strangers' text marks nothing up."""
    lines = [f"# {_plain(title(told))}", "", _plain(summary(told)), ""]
    if told.series is not None:
        lines += [_plain(chart_alt(told.series)), ""]
    for section in sections(told):
        lines += [f"## {_plain(section.title)}", ""]
        if section.note:
            lines += [_plain(section.note), ""]
        if section.rows:
            head = section.head or ("",) * len(section.rows[0])
            lines += [_row(head), _row(("---",) * len(head), _as_it_is), *map(_row, section.rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def html(told: Retelling) -> str:
    """Return the report as one HTML page, the chart inside."""
    series = told.series
    return _TEMPLATE.render(
        title=title(told),
        summary=summary(told),
        svg=Markup(chart_svg(series, "light", 820, 340)) if series else "",
        alt=chart_alt(series) if series else "",
        sections=sections(told),
    )


def title(told: Retelling) -> str:
    """Return the headline of the report."""
    incident = told.incident
    return f"{incident.name}: {one_line(incident.brand, 80)}, {incident.peak_severity.name.lower()}"


def summary(told: Retelling) -> str:
    """Return the incident in three sentences."""
    incident, reaction = told.incident, told.reaction
    words = [f"Began {_when(reaction.began)}, opened {_when(incident.opened_at)}."]
    if incident.closed_at is not None:
        by = f" by {one_line(incident.closed_by, 60)}" if incident.closed_by else ""
        words.append(f"Closed {_when(incident.closed_at)}{by}, after {_span(incident.closed_at - reaction.began)}.")
    else:
        words.append("Not closed yet.")
    if incident.verdict is not None:
        who = one_line(incident.verdict_by or "?", 60)
        words.append(f"Verdict: {_WORDS.verdicts[incident.verdict.value]}, says {who}.")
    else:
        words.append("Nobody has judged it yet.")
    return " ".join(words)


def sections(told: Retelling) -> tuple[Section, ...]:
    """Return the sections in the order in which they are read."""
    made = (
        _facts(told),
        _reaction(told.reaction),
        _timeline(told),
        _messages(told.messages),
        _labels(told),
        _blindness(told),
    )
    return tuple(section for section in made if section.rows or section.note)


def _facts(told: Retelling) -> Section:
    incident, evidence, peak = told.incident, told.incident.evidence, told.peak
    rows = [("Score at its highest", f"{incident.peak_score:.2f} (1.0 is the alert threshold)")]
    if incident.rule:
        rows.append(("Rule", one_line(incident.rule, 100)))
    if evidence is not None:
        usual = f"{evidence.stories} where about {evidence.expected:.0f} are normal"
        rows += [
            ("Mentions in the last evidence", f"{usual}; {evidence.copies} with copies"),
            ("Negative", _negative(evidence)),
            ("Type", f"{_WORDS.incident_types.get(evidence.incident_type, evidence.incident_type)}"),
            ("Terms", inert(", ".join(evidence.drivers), _LONG)),
            ("Authors", "unknown" if evidence.authors is None else str(evidence.authors)),
            ("Sources", ", ".join(f"{source.name} {source.stories}" for source in evidence.sources)),
        ]
        if evidence.first is not None:
            rows.append(("First post", _when(evidence.first.published_at)))
            rows.append(("", safe_url(evidence.first.permalink) or inert(evidence.first.external_id, 100)))
    if peak is not None:
        rows.append(
            ("Peak", f"{peak.stories:.0f} in a bucket at {_when(peak.start)}, {incident.peak_ratio:.1f}× normal")
        )
    if incident.sector is not None:
        others = ", ".join(incident.sector.others) or incident.sector.name
        rows.append(("Sector event", f"with {one_line(others, _LONG)}"))
    rows.append(("Playbook", one_line(incident.playbook, 100)))
    return Section("What happened", rows=tuple(row for row in rows if row[1]))


def _negative(evidence: Evidence) -> str:
    told, found = f"{evidence.share:.0%}, usually {evidence.usual_share:.0%}", evidence.estimate
    if found is None:
        return told
    checked = f"corrected by {found.labels} labels" if found.labels else "not checked by labels"
    return (
        f"{told}; between {found.lower:.0%} and {found.upper:.0%}, {checked}; the detector counted {found.counted:.0%}"
    )


def _reaction(reaction: Reaction) -> Section:
    steps = (
        ("Detected", reaction.detected),
        ("First message delivered", reaction.told),
        ("Acknowledged", reaction.acknowledged),
        ("Closed", reaction.closed),
    )
    rows = tuple((name, "never" if took is None else _span(took)) for name, took in steps)
    return Section("How well it was answered", "Counted from the beginning of the trouble.", rows=rows)


def _timeline(told: Retelling) -> Section:
    rows = tuple(
        (
            _when(event.at),
            f"{event.change.value.replace('_', ' ')} ({event.severity.name.lower()})",
            one_line(event.by, 100),
            one_line(event.note, _LONG),
        )
        for event in told.events
    )
    return Section("Timeline", head=("Time (UTC)", "What", "Who", "Note"), rows=rows)


def _messages(messages: Sequence[OutboxRow]) -> Section:
    rows = tuple(
        (
            _when(row.notification.not_before),
            one_line(row.notification.receiver, 60),
            row.notification.kind.value,
            row.state.value,
            _when(row.settled_at) if row.settled_at else "",
            one_line(row.detail, 200),
        )
        for row in messages
    )
    note = "" if rows else "No message about it is kept: nobody was told, or it is longer ago than messages are kept."
    return Section("Messages", note, ("Owed", "Receiver", "Kind", "State", "Settled", "Detail"), rows)


def _labels(told: Retelling) -> Section:
    rows = tuple(
        (one.label, str(one.mentions), ", ".join(one_line(by, 60) or "?" for by in one.people)) for one in told.labels
    )
    note = "" if rows else "Nobody has labelled a mention of that time."
    return Section("Labels", note, ("Label", "Mentions", "By"), rows)


def _blindness(told: Retelling) -> Section:
    rows = tuple((gap.source, _when(gap.start), _when(gap.end), _span(gap.end - gap.start)) for gap in told.gaps)
    missing = told.incident.evidence.missing if told.incident.evidence else ()
    note = f"Without data in the last evidence: {', '.join(missing)}." if missing else ""
    if not rows and not note:
        note = "Every source was seen all the time, as far as coverage is kept."
    return Section("What was blind", note, ("Source", "From", "To", "For"), rows)


def response_record(incident: Incident, reaction: Reaction) -> dict[str, object]:
    """Return the response times in seconds, null for what did not happen."""
    names = ("detected", "told", "acknowledged", "closed")
    found: dict[str, object] = {"incident": incident.name, "began": reaction.began.isoformat()}
    for name in names:
        took: timedelta | None = getattr(reaction, name)
        found[f"{name}_after_seconds"] = None if took is None else took.total_seconds()
    return found


def _row(cells: Sequence[str], told: object = None) -> str:
    shown = cells if told is _as_it_is else [_cell(cell) for cell in cells]
    return f"| {' | '.join(shown)} |"


def _cell(text: str) -> str:
    return f"<{text}>" if safe_url(text) else _plain(text)


def _as_it_is(text: str) -> str:
    return text


def _plain(text: str) -> str:
    return _MARKED.sub(r"\\\1", one_line(text, _LONG))


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(length: timedelta) -> str:
    return reader("en", UTC, datetime(1970, 1, 1, tzinfo=UTC)).span(length)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["address"] = lambda text: safe_url(str(text)) or ""
    environment.filters["host"] = lambda text: host_of(str(text)) or ""
    return environment


_TEMPLATE = _environment().from_string(files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8"))
