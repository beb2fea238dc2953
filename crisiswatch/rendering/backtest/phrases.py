"""The sentences of a backtest, alike on a terminal and on a page. They are for operators, in English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crisiswatch.core.comparing import Pair, first_known, middle
from crisiswatch.core.incidents import Incident
from crisiswatch.core.models import Severity
from crisiswatch.core.reporting import Report, Row
from crisiswatch.core.tuning import Budgeted, Tuning
from crisiswatch.core.verdicts import LEAST_FOR_SHARE, Grades
from crisiswatch.rendering.inert import inert, one_line

SIGNS = {"critical": "✖", "warning": "⚠", "watch": "○"}
"""Beside the word, for those who cannot tell the colours apart."""

_FEW_WEEKS = 2.0


def moment(at: datetime) -> str:
    """Return a UTC time as it stands in tables: `Sep 03 09:10`."""
    return f"{at:%b %d %H:%M}"


def lasted(row: Row | Incident) -> str:
    """Return how long an incident was open."""
    return "ongoing" if row.closed_at is None else span(row.closed_at - row.opened_at)


def span(length: timedelta) -> str:
    """Return a length of time in the two largest units that matter."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02}" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def severity(name: str) -> str:
    """Return a severity with its sign."""
    return f"{SIGNS.get(name, '')} {name}".strip()


def length(report: Report) -> str:
    """Return how long a stretch was read: in weeks, the unit of false alarms, where it is one at least."""
    weeks = report.summary.weeks
    return f"{weeks:.1f} weeks" if weeks >= 1 else span(report.coverage.end - report.coverage.start)


def coverage(report: Report) -> str:
    """Return how much was seen, the first thing to know: no alarm in no data says nothing."""
    seen = report.coverage
    told = [f"{seen.mentions:,} mentions", f"{seen.covered_share:.1%} of the stretch covered"]
    if seen.skipped_lines:
        told.append(f"{seen.skipped_lines:,} {'line' if seen.skipped_lines == 1 else 'lines'} skipped")
    return ", ".join(told)


def warm_up(report: Report) -> str:
    """Return until when the baseline was still learning."""
    end, ends = report.coverage.end, report.warmup_ends
    if ends >= end:
        return f"the whole file: a baseline takes two weeks (to {moment(ends)} UTC), so alerts here are fewer and later"
    return f"until {moment(ends)} UTC the bar is higher while the baseline learns"


def totals(report: Report) -> str:
    """Return the alerts by severity, and how many a week."""
    counts, weeks = report.summary.by_severity, report.summary.weeks
    told = [f"{counts[name]} {name}" for name in ("critical", "warning") if counts[name]]
    alerts = sum(row.detected_at is not None for row in report.incidents)
    line = " + ".join(told) or "No alert"
    line += f" in {length(report)}"
    return f"{line} = {alerts / weeks:.2f} a week." if weeks and alerts else f"{line}."


def watches(report: Report) -> str:
    """Return what stayed below a warning; empty if nothing did."""
    quiet = sum(row.detected_at is None for row in report.incidents)
    return f"{quiet} more stayed at watch: in the digest, nobody is told at once." if quiet else ""


def bound(report: Report) -> str:
    """Return what this much history can show at all about false alarms."""
    limit = report.summary.false_alarm_bound_95
    if limit is None:
        return "The file covers no time: it says nothing about false alarms a week."
    line = f"Were every alert false, {length(report)} show a rate below {limit:.2f} a week (95 %)."
    return line if report.summary.weeks >= _FEW_WEEKS else f"{line} So short a file proves little."


def speed(report: Report) -> str:
    """Return how long after its first post an alert came, in the middle; empty without alerts."""
    told = wait(report)
    return f"First post to alert: {told} (median of {len(_waits(report))})." if told else ""


def wait(report: Report) -> str:
    """Return the median time from a first post to its alert; empty without alerts."""
    waits = _waits(report)
    return span(middle(waits)) if waits else ""


def messages(tuning: Tuning) -> str:
    """Return what would have been sent, after grouping; empty where nobody is told."""
    told = [f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(tuning.messages.items())]
    return f"Messages: {', '.join(told)}." if told else ""


def verdicts(grades: Grades | None) -> str:
    """Return how the alerts stand against the known crises; numbers, and a share only where there are enough."""
    if grades is None:
        return ""
    told = [f"Known crises caught: {grades.caught} of {grades.crises}"]
    if grades.delay is not None:
        told[0] += f", {span(grades.delay)} after their start (median)"
    judged = f"Alerts with a verdict: {grades.real} real, {grades.false} false"
    if grades.precision is not None:
        judged += f" ({grades.precision:.0%} real)"
    elif grades.judged:
        judged += f" (n = {grades.judged}; a percentage needs {LEAST_FOR_SHARE})"
    others = [f"{grades.campaign} campaign" * bool(grades.campaign), f"{grades.unsure} unsure" * bool(grades.unsure)]
    rest = ", ".join(filter(None, [*others, f"{grades.unjudged} without a verdict"]))
    return ". ".join([*told, f"{judged}; {rest}"]) + "."


def budget(row: Budgeted) -> str:
    """Return the name of a row of the sweep."""
    name = "as configured" if row.warning is None else f"{row.warning:g}"
    return f"{name} ◀ now" if row.is_current and row.warning is not None else name


def differences(row: Budgeted) -> str:
    """Return what a budget gains and loses against the configuration as it is."""
    if row.is_current:
        return ""
    comparison = row.comparison
    told = [f"+{len(comparison.appeared)}" * bool(comparison.appeared)]
    told.append(f"−{len(comparison.vanished)}" * bool(comparison.vanished))
    moved = [pair for pair in comparison.changed if pair.delay]
    if moved:
        typical = middle([pair.delay for pair in moved])
        told.append(f"{len(moved)} {'later' if typical > timedelta(0) else 'sooner'} ({span(abs(typical))})")
    return ", ".join(filter(None, told)) or "the same"


def advice(tuning: Tuning) -> str:
    """Return one sentence on the sweep: which budget does better by what people know, or what the strictest loses."""
    current = next((row for row in tuning.sweep if row.is_current), None)
    if current is None:
        return ""
    if current.grades is None:
        return "Without verdicts nothing says which alerts were right: give --labels to see crises caught and missed."
    now = current.grades
    better = [
        row for row in tuning.sweep if row.grades and row.grades.caught >= now.caught and row.grades.false < now.false
    ]
    if not better:
        return f"No other budget here catches {now.caught} of {now.crises} with fewer false alarms."
    best = min(better, key=lambda row: (row.grades.false if row.grades else 0, -(row.warning or 0.0)))
    assert best.grades is not None, "asked for above"
    fewer = now.false - best.grades.false
    line = f"{budget(best)} would drop {fewer} false {'alarm' if fewer == 1 else 'alarms'}"
    line += f" and still catch {best.grades.caught} of {best.grades.crises}"
    if best.grades.delay is not None and now.delay is not None and best.grades.delay > now.delay:
        line += f", {span(best.grades.delay - now.delay)} later"
    return f"{line}."


def next_step(tuning: Tuning) -> str:
    """Return the command to try next."""
    if tuning.against is not None:
        return "crisiswatch check NEW.yml, then put it in the place of the old one: the daemon reloads it"
    if tuning.sweep:
        return "crisiswatch backtest -c FILE --input FILE --against NEW.yml"
    return "crisiswatch backtest -c FILE --input FILE --sweep false_alarms_per_week=0.02,0.1,0.5"


def pair(found: Pair) -> str:
    """Return how the same trouble differs between two runs."""
    before, after = (i.peak_severity.name.lower() for i in (found.before, found.after))
    told = [f"{before} → {after}" if before != after else ""]
    if found.after.peak_severity < Severity.WARNING <= found.before.peak_severity:
        told.append("nobody is told at once")
    if found.delay:
        told.append(f"{span(abs(found.delay))} {'later' if found.delay > timedelta(0) else 'sooner'}")
    return ", ".join(filter(None, told))


def first_alert(incidents: Sequence[Incident]) -> str:
    """Return when the first alert came."""
    return moment(min(map(first_known, incidents))) if incidents else "-"


def terms(drivers: Sequence[str], most: int = 3) -> str:
    """Return what it was about, in strangers' words."""
    return ", ".join(inert(driver, 30) for driver in drivers[:most])


def brand(name: str) -> str:
    """Return a brand as it is shown."""
    return one_line(name, 32)


def rule(name: str | None) -> str:
    """Return the rule that decided, if one did."""
    return f"rule “{one_line(name, 30)}”" if name else ""


def _waits(report: Report) -> list[timedelta]:
    rows = report.incidents
    return [row.detected_at - row.first_post.published_at for row in rows if row.detected_at and row.first_post]
