"""The dashboard for the operator: how many alarms, how many false, what another threshold would do."""

from __future__ import annotations

from grafana.layout import choice, dashboard, own_health
from grafana.panels import ORANGE, RED, Json, graph, now, over_time, row, stacked, stat, table, with_lines

BRAND = 'brand=~"$brand"'
SOURCE = 'source=~"$source"'
JUDGED = f"increase(crisiswatch_incident_verdicts_total{{{BRAND}"


def tuning() -> Json:
    """Return the dashboard."""
    candidates = choice("candidate", "Candidate score", ["1.0", "0.6", "0.8", "1.2", "1.5", "2.0"])
    return dashboard(
        "cw-tuning",
        "crisiswatch / Tuning",
        "How many alarms, how many of them false, and what another threshold would do. For the operator.",
        [
            row("Does it alarm as often as agreed?"),
            *_alarms(),
            row("What does it see?"),
            *_detection(),
            row("Does the data arrive?"),
            *_data(),
            *own_health(),
        ],
        days="7d",
        variables=[candidates],
    )


def _alarms() -> list[Json]:
    return [
        stat(
            "Alarms (7 d)",
            "Incidents that reached warning or more in the last 7 days.",
            f'sum(increase(crisiswatch_incidents_total{{{BRAND},severity="warning"}}[7d]))',
        ),
        stat(
            "False alarms (7 d)",
            "Incidents that people called false in the last 7 days; the budget is set per brand and week.",
            f'sum({JUDGED},verdict="false"}}[7d]))',
        ),
        stat(
            "Real of judged (30 d)",
            "Part of the judged incidents that people called real. No verdicts: no number.",
            f'sum({JUDGED},verdict="real"}}[30d])) / sum({JUDGED},verdict!="unsure"}}[30d]))',
            unit="percentunit",
        ),
        stat("Judged (30 d)", "How many verdicts that share stands on.", f"sum({JUDGED}}}[30d]))"),
        stat(
            "Delay, median (7 d)",
            "From the onset to the alarm, half of the alarms were faster.",
            _delay("0.5"),
            unit="s",
        ),
        stat("Delay, 90 % (7 d)", "From the onset to the alarm, 9 of 10 alarms were faster.", _delay("0.9"), unit="s"),
        table(
            "Verdicts (30 d)",
            "What people said of incidents, by brand.",
            now(f"sum by (brand, verdict) ({JUDGED}}}[30d]))"),
            size=(12, 8),
        ),
        stacked(
            graph(
                "Held back, by reason (1 h)",
                "Notifications that did not go out, and why.",
                [over_time("sum by (reason) (increase(crisiswatch_notifications_suppressed_total[1h]))", "{{reason}}")],
                unit="short",
                size=(12, 8),
            )
        ),
    ]


def _delay(quantile: str) -> str:
    found = 'increase(crisiswatch_detection_delay_seconds_bucket{severity="warning"}[7d])'
    return f"histogram_quantile({quantile}, sum by (le) ({found}))"


def _detection() -> list[Json]:
    hours = f"sum_over_time((max by (brand) (crisiswatch_score{{{BRAND}}}) >= bool $candidate)[7d:5m]) * 5 / 60"
    return [
        with_lines(
            graph(
                "Score by detector",
                "1.0 is the threshold of the agreed budget; from 0.6 on it is watched.",
                [over_time(f"max by (brand, signal) (crisiswatch_score{{{BRAND}}})", "{{brand}} {{signal}}")],
                unit="none",
                size=(24, 10),
            ),
            (0.6, ORANGE),
            (1.0, RED),
        ),
        table(
            "Hours at or above $candidate (7 d)",
            "How long each brand's score stood at or above the candidate. "
            "`crisiswatch backtest` says what would have fired.",
            now(hours, "{{brand}}"),
            size=(8, 8),
        ),
        graph(
            "Learnt",
            "Learnt part of the time that a baseline needs; 100 % is ready.",
            [over_time(f"min by (brand) (crisiswatch_warmup_ratio{{{BRAND}}})", "{{brand}}")],
            unit="percentunit",
            size=(8, 8),
        ),
        graph(
            "Seen",
            "Part of the usual volume whose sources were seen; below 50 % the brand is blind.",
            [over_time(f"min by (brand) (crisiswatch_covered_ratio{{{BRAND}}})", "{{brand}}")],
            unit="percentunit",
            size=(8, 8),
        ),
    ]


def _data() -> list[Json]:
    failures = f"rate(crisiswatch_source_poll_failures_total{{{SOURCE}}}[$__rate_interval])"
    lag = f"sum by (le, source) (rate(crisiswatch_ingest_lag_seconds_bucket{{{SOURCE}}}[$__rate_interval]))"
    return [
        graph(
            "Failed polls a second",
            "Polls that failed: the ten worst pairs of source and reason.",
            [over_time(f"topk(10, sum by (source, reason) ({failures}))", "{{source}} {{reason}}")],
            unit="reqps",
            size=(12, 8),
        ),
        graph(
            "Arrival, 90 %",
            "From publication to storage: nine of ten mentions arrive sooner. Compare with the source's lateness.",
            [over_time(f"histogram_quantile(0.9, {lag})", "{{source}}")],
            unit="s",
            size=(12, 8),
        ),
        stacked(
            graph(
                "Not stored, by reason (1 h)",
                "Items that were not stored, and why.",
                [
                    over_time(
                        f"sum by (reason) (increase(crisiswatch_mentions_dropped_total{{{SOURCE}}}[1h]))", "{{reason}}"
                    )
                ],
                unit="short",
                size=(12, 8),
            )
        ),
        graph(
            "Cost (24 h)",
            "Cost by source, in its own units (requests, posts read).",
            [over_time(f"sum by (source) (increase(crisiswatch_source_cost_total{{{SOURCE}}}[24h]))", "{{source}}")],
            unit="short",
            size=(12, 8),
        ),
    ]
