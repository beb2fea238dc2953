"""The result of a backtest for a person: coverage first, then the alerts, then what they say per week."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console
from rich.table import Table

WIDTH = 110


def backtest_table(result: dict[str, Any]) -> str:
    """Return the report as text."""
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, no_color=True)
    coverage, summary = result["coverage"], result["summary"]
    skipped = f", {coverage['skipped_lines']} lines skipped" if coverage["skipped_lines"] else ""
    console.print(f"Backtest  {coverage['from'][:16]} .. {coverage['to'][:16]} UTC ({summary['weeks']:.1f} weeks)")
    console.print(f"Data      {coverage['mentions']:,} mentions, {coverage['covered_share']:.1%} covered{skipped}")
    if coverage["assumed_observed_at"]:
        console.print("          observed when published: the file does not say when mentions were seen")
    console.print(f"Warm-up   a full baseline from {result['warmup_ends'][:16]} UTC on\n")
    console.print(_alerts(result["incidents"]))
    console.print(_summary(result))
    return out.getvalue().rstrip()


def _alerts(incidents: list[dict[str, Any]]) -> Table | str:
    if not incidents:
        return "No alert. This says as much as the data: see the bound below.\n"
    table = Table("", "Brand", "Opened (UTC)", "Closed", "Severity", "Peak", "Negative", "Score", "Type", "Top terms")
    table.title = "Alerts it would have sent (watch: digest only)"
    for incident in incidents:
        negative, usual = incident["negative_share"], incident["usual_negative_share"]
        table.add_row(
            incident["id"],
            incident["brand"],
            incident["opened_at"][:16],
            (incident["closed_at"] or "ongoing")[:16],
            incident["severity"],
            f"{incident['peak_ratio']:.1f}×",
            "-" if negative is None else f"{negative:.0%} ({usual:.0%})",
            f"{incident['score']:.2f}",
            incident["incident_type"],
            ", ".join(incident["drivers"][:3]),
        )
    return table


def _summary(result: dict[str, Any]) -> str:
    summary = result["summary"]
    counts = ", ".join(f"{n} {severity}" for severity, n in summary["by_severity"].items() if n) or "none"
    rate = summary["incidents_per_week"]
    bound = summary["false_alarm_bound_95"]
    lines = [f"\n{counts}: {rate:.2f} a week." if rate is not None else f"\n{counts}."]
    if bound is not None:
        lines.append(f"If all warnings were false, this much history shows a rate below {bound:.2f} a week (95 %).")
    lines.append("Next: crisiswatch replay … --notify stdout shows the messages.")
    return "\n".join(lines)
