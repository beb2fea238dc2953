"""Post-incident reports and exports for the command line."""

from __future__ import annotations

import csv
import io

from crisiswatch.app.asking import reading
from crisiswatch.app.converting import bin_weights
from crisiswatch.app.incidents import incident_row
from crisiswatch.app.labelling import labels_in
from crisiswatch.core.labelling import standing
from crisiswatch.core.models import Observation
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.retelling import Retelling, draw, gaps, known_from, labelled, peak, react, stretch, told
from crisiswatch.engine.clock import SystemClock
from crisiswatch.rendering.report import html, markdown, response_record, sections, summary, title
from crisiswatch.settings import Settings
from crisiswatch.text.linear.weights import MODEL

MESSAGES = 100_000
"""Messages that are looked through, the newest."""

EXPORTED = 100_000

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

WRITERS = {"md": markdown, "html": html}


async def retell(settings: Settings, number: int) -> Retelling | None:
    """Return the story of an incident as far as it is kept; None if there is none of that number."""
    now = SystemClock().now()
    async with reading(settings) as store:
        incident = await store.incident(number)
        if incident is None:
            return None
        events = tuple(await store.events(incident.id))
        messages = told(await store.outbox((), limit=MESSAGES), incident.id)
        span = stretch(incident, now)
        observations: list[Observation] = []
        async for page in store.observations(known_from(span), span[1]):
            observations += [seen for seen in page if seen.brand == incident.brand]
        coverage = await store.coverage(*span)
        labels = standing(await labels_in(store)).values()
    sources = next((brand.sources for brand in settings.brands if brand.name == incident.brand), ())
    series = draw(incident, observations, settings.defaults.bucket, span, bin_weights(MODEL))
    return Retelling(
        incident=incident,
        events=events,
        messages=messages,
        series=series,
        peak=peak(series),
        reaction=react(incident, events, messages),
        gaps=gaps(coverage, sources, span),
        until=span[1],
        labels=labelled(labels, incident.brand, {seen.uid for seen in observations if seen.observed_at >= span[0]}),
    )


def report_record(found: Retelling) -> dict[str, object]:
    """Return a report as JSON values."""
    points = found.series.points if found.series else ()
    return {
        "schema_version": 1,
        "title": title(found),
        "summary": summary(found),
        "incident": incident_row(found.incident),
        "response": response_record(found.incident, found.reaction),
        "sections": [
            {"title": one.title, "note": one.note, "head": one.head, "rows": one.rows} for one in sections(found)
        ],
        "labels": [{"label": one.label, "mentions": one.mentions, "by": one.people} for one in found.labels],
        "blind": [
            {"source": gap.source, "from": gap.start.isoformat(), "to": gap.end.isoformat()} for gap in found.gaps
        ],
        "series": [
            {"start": point.start.isoformat(), "stories": point.stories, "negative_share": point.share}
            for point in points
        ],
    }


async def export(settings: Settings) -> list[dict[str, object]]:
    """Return every incident that people know, oldest first."""
    async with reading(settings) as store:
        found = await store.incidents(IncidentQuery(limit=EXPORTED))
    return [incident_row(incident) for incident in reversed(found) if incident.number is not None]


def as_csv(rows: list[dict[str, object]]) -> str:
    """Return rows as CSV that a spreadsheet may open: no cell begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([inert_cell(value) for value in row.values()] for row in rows)
    return out.getvalue()


def inert_cell(value: object) -> str:
    """Return a cell's text; what could begin a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(FORMULA) and not is_number else text
