"""A backtest on a terminal: what was seen, the alerts, what they say per week, other budgets, what to try next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from crisiswatch.core.incidents import Incident
from crisiswatch.core.reporting import Row
from crisiswatch.core.tuning import Against, Budgeted, Tuning
from crisiswatch.rendering.backtest import phrases

_STYLES = {"critical": "bold red", "warning": "yellow", "watch": "dim"}
_BAR = 12  # characters of the longest bar of a sweep


def backtest_text(tuning: Tuning) -> Group:
    """Return the report as rich shows it: colours only where the terminal has them, never as the only sign."""
    parts = [*_head(tuning), *_alerts(tuning), *_summary(tuning), *_sweep(tuning), *_against(tuning.against)]
    return Group(*parts, Text(), _line("Next", phrases.next_step(tuning)))


def _head(tuning: Tuning) -> Iterator[RenderableType]:
    report = tuning.report
    seen = report.coverage
    stretch = f"{seen.start:%Y-%m-%dT%H:%M} .. {seen.end:%Y-%m-%dT%H:%M} UTC ({phrases.length(report)})"
    yield _line("Backtest", stretch)
    yield _line("Data", phrases.coverage(report))
    if seen.assumed_observed_at:
        yield _line("", "observed when published: the file does not say when mentions were seen")
    yield _line("Warm-up", phrases.warm_up(report))
    yield Text()


def _alerts(tuning: Tuning) -> Iterator[RenderableType]:
    rows = [(n, row) for n, row in enumerate(tuning.report.incidents) if row.detected_at is not None]
    if not rows:
        yield Text("No alert. This says as much as the data: see the bound below.\n")
        return
    yield Text("Alerts it would have sent (config as is)", style="bold")
    table = _table()
    has_brands = len({row.brand for _, row in rows}) > 1
    headers = ["", *(["Brand"] if has_brands else []), "Started (UTC)", "Lasted", "Severity"]
    for header in headers:
        table.add_column(header, no_wrap=header != "Brand")
    for header in ("Peak", "Negative", "Score"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("Verdict" if tuning.windows else "Looks like")
    table.add_column("Top terms")
    for number, row in rows:
        brands = [phrases.brand(row.brand)] if has_brands else []
        _add(table, row.id, *brands, *_cells(row), _last_but_one(tuning, number, row), _about(row))
    yield table


def _cells(row: Row) -> list[str | Text]:
    negative = "-" if row.negative_share is None else f"{row.negative_share:.0%}"
    return [
        phrases.moment(row.opened_at),
        phrases.lasted(row),
        Text(phrases.severity(row.severity), style=_STYLES.get(row.severity, "")),
        f"{row.peak_ratio:.1f}×",
        negative,
        f"{row.score:.2f}",
    ]


def _last_but_one(tuning: Tuning, number: int, row: Row) -> str:
    if not tuning.windows:
        return row.incident_type.replace("_", " ")
    verdict = tuning.verdict(number)
    return verdict.value if verdict is not None else "-"


def _about(row: Row) -> Text:
    return Text(", ".join(filter(None, (phrases.rule(row.rule), phrases.terms(row.drivers)))))


def _summary(tuning: Tuning) -> Iterator[RenderableType]:
    report = tuning.report
    grades = phrases.verdicts(tuning.grades)
    first = " ".join(filter(None, (phrases.totals(report), phrases.watches(report))))
    second = " ".join(filter(None, (phrases.speed(report), phrases.messages(tuning))))
    for line in filter(None, (first, phrases.bound(report), grades, second)):
        yield Text(line)


def _sweep(tuning: Tuning) -> Iterator[RenderableType]:
    if not tuning.sweep:
        return
    yield Text("\nIf you changed false_alarms_per_week", style="bold")
    table, has_grades = _table(), tuning.grades is not None
    table.add_column("Budget", justify="right", no_wrap=True)
    table.add_column("Alerts / week", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for header in ("Critical", "Warning", *(("Caught", "False", "Delay") if has_grades else ("First alert",))):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("Against now")
    most = max(len(row.alerts) for row in tuning.sweep)
    for row in tuning.sweep:
        bar = "█" * round(_BAR * len(row.alerts) / most) if most else ""
        cells = (*_counts(row, bar), *_known(row), phrases.differences(row))
        table.add_row(*map(Text, cells), style="bold" if row.is_current else "")
    yield table
    if advice := phrases.advice(tuning):
        yield Text(advice)


def _counts(row: Budgeted, bar: str) -> list[str]:
    weeks, counts = row.summary.weeks, row.summary.by_severity
    rate = f"{len(row.alerts) / weeks:.2f}" if weeks else "-"
    return [
        phrases.budget(row),
        rate,
        bar,
        str(counts["critical"]),
        str(counts["warning"]),
    ]


def _known(row: Budgeted) -> list[str]:
    if row.grades is None:
        return [phrases.first_alert(row.alerts)]
    delay = "-" if row.grades.delay is None else phrases.span(row.grades.delay)
    return [f"{row.grades.caught} of {row.grades.crises}", str(row.grades.false), delay]


def _against(against: Against | None) -> Iterator[RenderableType]:
    if against is None:
        return
    comparison = against.comparison
    yield Text("\nWhat the other configuration changes", style="bold")
    yield from _only("Only with the new one", comparison.appeared)
    yield from _only("Only with the old one", comparison.vanished)
    if comparison.changed:
        yield Text("Moved or changed")
        table = _table()
        for header in ("Old", "New", "Brand", "Started (UTC)", "Change"):
            table.add_column(header)
        for pair in comparison.changed:
            brand, started = phrases.brand(pair.before.brand), phrases.moment(pair.before.opened_at)
            _add(table, pair.before.name, pair.after.name, brand, started, phrases.pair(pair))
        yield table
    same = len(comparison.pairs) - len(comparison.changed)
    yield Text(f"{same} {'incident is' if same == 1 else 'incidents are'} the same in both. New: " + _totals(against))


def _totals(against: Against) -> str:
    return " ".join(filter(None, (phrases.totals(against.report), phrases.verdicts(against.grades))))


def _only(title: str, incidents: Sequence[Incident]) -> Iterator[RenderableType]:
    if not incidents:
        return
    yield Text(title)
    table = _table()
    for header in ("", "Brand", "Started (UTC)", "Lasted", "Severity", "Score", "Top terms"):
        table.add_column(header, justify="right" if header == "Score" else "left")
    for incident in incidents:
        name = incident.peak_severity.name.lower()
        drivers = incident.evidence.drivers if incident.evidence else ()
        _add(
            table,
            incident.name,
            phrases.brand(incident.brand),
            phrases.moment(incident.opened_at),
            phrases.lasted(incident),
            Text(phrases.severity(name), style=_STYLES.get(name, "")),
            f"{incident.peak_score:.2f}",
            Text(", ".join(filter(None, (phrases.rule(incident.rule), phrases.terms(drivers))))),
        )
    yield table


def _add(table: Table, *cells: str | Text) -> None:
    """Add a row; what is text stays text, for rich reads brackets in a plain string as markup."""
    table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="")


def _line(label: str, text: str) -> Text:
    return Text.assemble((f"{label:<10}", "bold"), text)
