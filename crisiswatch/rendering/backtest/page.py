"""A backtest as one HTML file: no network, no script, light and dark, on a phone and on paper."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from hashlib import sha256
from importlib.resources import files

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from crisiswatch.core.incidents import Incident
from crisiswatch.core.messages import Fact, Quote
from crisiswatch.core.models import Mention
from crisiswatch.core.reporting import Row
from crisiswatch.core.series import Series
from crisiswatch.core.tuning import Tuning
from crisiswatch.rendering.backtest import phrases
from crisiswatch.rendering.backtest.drawing import sweep_svg, timeline_svg
from crisiswatch.rendering.chart import chart_svg
from crisiswatch.rendering.evidence import facts
from crisiswatch.rendering.inert import host_of, inert, safe_url, shorten
from crisiswatch.rendering.reader import Reader, reader
from crisiswatch.rendering.reasons import data_health, why

MOST_CARDS = 100
"""Alerts that get a picture of their own; the table lists all."""

_POINTS_TOLD = 48  # rows of a chart's table: more are not read


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a page draws and quotes: each brand's stretch, each incident by its ULID, posts by uid, budgets by brand."""

    stretches: Mapping[str, Series] = field(default_factory=dict)
    close_ups: Mapping[str, Series] = field(default_factory=dict)
    posts: Mapping[bytes, Mention] = field(default_factory=dict)
    budgets: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One alert on the page. `chart` is our own SVG; every other string is plain text."""

    row: Row
    headline: str
    verdict: str
    chart: Markup
    peaks: tuple[tuple[str, str, str, str], ...]
    facts: tuple[Fact, ...]
    why: tuple[str, ...]
    data_health: str
    quotes: tuple[Quote, ...]


def backtest_page(tuning: Tuning, pictures: Pictures) -> str:
    """Return the page: the same bytes for the same arguments. Strangers' text is inert, then escaped."""
    told = [(number, row) for number, row in enumerate(tuning.report.incidents) if row.detected_at is not None]
    stretches = {
        name: Markup(timeline_svg(series, [row for row in tuning.report.incidents if row.brand == name]))
        for name, series in pictures.stretches.items()
    }
    return _TEMPLATE.render(
        tuning=tuning,
        report=tuning.report,
        phrases=phrases,
        title=_title(tuning),
        style=Markup(_STYLE),
        style_hash=b64encode(sha256(_STYLE.encode()).digest()).decode(),
        alerts=[(row, tuning.verdict(number)) for number, row in told],
        cards=[_card(tuning, number, row, pictures) for number, row in told[:MOST_CARDS]],
        uncarded=max(0, len(told) - MOST_CARDS),
        stretches=stretches,
        sweep_chart=Markup(sweep_svg(tuning.sweep)) if tuning.sweep else None,
        budgets=pictures.budgets,
    )


def _title(tuning: Tuning) -> str:
    report = tuning.report
    names = sorted(tuning.brands)
    who = phrases.brand(names[0]) if len(names) == 1 else f"{len(names)} brands"
    alerts = sum(row.detected_at is not None for row in report.incidents)
    what = "no alert" if not alerts else f"{alerts} alert{'s' * (alerts > 1)}"
    line = f"{who}, {phrases.length(report)}: {what}"
    grades = tuning.grades
    return line if grades is None else f"{line}, {grades.caught} of {grades.crises} known crises caught"


def _card(tuning: Tuning, number: int, row: Row, pictures: Pictures) -> Card:
    incident, verdict = tuning.incidents[number], tuning.verdict(number)
    told_to = reader("en", UTC, row.closed_at or tuning.report.coverage.end)
    series = pictures.close_ups.get(incident.id)
    budget = pictures.budgets.get(incident.brand)
    return Card(
        row=row,
        headline=f"{phrases.severity(row.severity)}, {row.peak_ratio:.1f}× the usual at its peak",
        verdict=verdict.value if verdict is not None else "",
        chart=_chart(series, row.id) if series is not None and series.points else Markup(),
        peaks=_peaks(series),
        facts=facts(incident, told_to),
        why=why(incident, told_to, budget[0] if budget else None),
        data_health=data_health(incident, told_to),
        quotes=_quotes(incident, pictures.posts, told_to),
    )


def _chart(series: Series, name: str) -> Markup:
    """Return the picture, its pattern under a name of its own: ids are shared by all pictures of a page."""
    drawn = chart_svg(series, "page")
    own = f"not-seen-{name}"
    named = drawn.replace('id="not-seen"', f'id="{own}"').replace('fill="url(#not-seen)"', f'fill="url(#{own})"')
    return Markup(named)


def _peaks(series: Series | None) -> tuple[tuple[str, str, str, str], ...]:
    """Return the chart as a table: the loudest buckets, in the order of time."""
    if series is None:
        return ()
    loudest = sorted(series.points, key=lambda p: (-p.stories, p.start))[:_POINTS_TOLD]
    return tuple(
        (
            phrases.moment(p.start),
            f"{p.stories:,.0f}",
            f"{p.expected:,.1f}",
            "-" if p.share is None else f"{p.share:.0%}",
        )
        for p in sorted(loudest, key=lambda p: p.start)
    )


def _quotes(incident: Incident, posts: Mapping[bytes, Mention], told_to: Reader) -> tuple[Quote, ...]:
    shown = incident.evidence.posts if incident.evidence else ()
    found = [(post, posts[post.uid]) for post in shown if post.uid in posts]
    return tuple(
        Quote(
            who=inert(mention.source, 60),
            when=told_to.clock(post.published_at),
            text=inert(mention.text),
            url=safe_url(post.permalink),
            language=mention.language,
        )
        for post, mention in found
    )


def _template() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["stranger"] = lambda text: inert(str(text), 120)
    environment.filters["host"] = lambda url: shorten(host_of(url) or "", 60)
    return environment


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


# Read and compiled once, at import: rendering itself touches no file.
_TEMPLATE = _template().from_string(_file("page.html.j2"))
_STYLE = _file("page.css")
