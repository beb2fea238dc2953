"""The dashboard for whoever answers for the brand: state now, trend, how well we reacted."""

from __future__ import annotations

from grafana.layout import dashboard, own_health
from grafana.on_call import NEGATIVE_SHARE
from grafana.panels import STATES, Json, graph, now, over_time, row, stacked, stat, states, table, with_defaults

BRAND = 'brand=~"$brand"'
REACHED_WARNING = f'increase(crisiswatch_incidents_total{{{BRAND},severity="warning"}}[30d]'


def overview() -> Json:
    """Return the dashboard."""
    return dashboard(
        "cw-overview",
        "crisiswatch / Overview",
        "How the brand stands, how that changed, and how well we reacted. For the lead.",
        [row("How do we stand?"), *_tiles(), *_trend(), row("How did we react?"), *_reaction(), *own_health()],
        days="30d",
    )


def _tiles() -> list[Json]:
    state = stat(
        "State now",
        "The worst state of the chosen brands. Blind: too little is seen to say.",
        f"max(crisiswatch_brand_state{{{BRAND}}})",
        unit="none",
        width=5,
    )
    share = NEGATIVE_SHARE.replace("sum by (brand)", "sum")
    return [
        with_defaults(state, mappings=STATES),
        stat(
            "Incidents (30 d)",
            "Incidents that reached warning or more in the last 30 days.",
            f"sum({REACHED_WARNING}))",
            width=5,
        ),
        stat(
            "The 30 days before",
            "The same for the 30 days before, for comparison. Nothing if there is no history.",
            f"sum({REACHED_WARNING} offset 30d))",
            width=4,
        ),
        stat(
            "Negative share (24 h)",
            "Part of the judged mentions of the last 24 hours that is negative.",
            share.format(window="24h"),
            unit="percentunit",
            width=5,
        ),
        stat(
            "Negative share (30 d)",
            "The same over 30 days: what is usual.",
            share.format(window="30d"),
            unit="percentunit",
            width=5,
        ),
    ]


def _trend() -> list[Json]:
    return [
        stacked(
            graph(
                "Mentions an hour, by sentiment",
                "Mentions stored an hour; unknown: no model could judge.",
                [
                    over_time(
                        f"sum by (sentiment) (increase(crisiswatch_mentions_total{{{BRAND}}}[1h]))", "{{sentiment}}"
                    )
                ],
                unit="short",
                size=(12, 9),
            )
        ),
        graph(
            "Share of voice",
            "Part of the stories about the brand and its competitors.",
            [over_time(f"max by (brand) (crisiswatch_share_of_voice_ratio{{{BRAND}}})", "{{brand}}")],
            unit="percentunit",
            size=(12, 9),
        ),
        states(
            "States over time",
            "Blind, calm, watch, warning or critical, brand by brand.",
            over_time(f"max by (brand) (crisiswatch_brand_state{{{BRAND}}})", "{{brand}}"),
            size=(24, 6),
        ),
    ]


def _reaction() -> list[Json]:
    acks = "sum by (le) (increase(crisiswatch_incident_time_to_ack_seconds_bucket[30d]))"
    return [
        stat(
            "Until somebody was on it (30 d)",
            "Half of the incidents were acknowledged faster.",
            f"histogram_quantile(0.5, {acks})",
            unit="s",
            width=6,
        ),
        stat(
            "Until people were told, 90 % (30 d)",
            "From the decision to acceptance by the channel, if critical.",
            "histogram_quantile(0.9, sum by (le) (increase(crisiswatch_notification_latency_seconds_bucket"
            '{severity="critical"}[30d])))',
            unit="s",
            width=6,
        ),
        stat(
            "Critical (30 d)",
            "Incidents that reached critical in the last 30 days.",
            f'sum(increase(crisiswatch_incidents_total{{{BRAND},severity="critical"}}[30d]))',
            width=6,
        ),
        stat(
            "Escalations missed (30 d)",
            "Escalation steps that were due and not taken. It should be 0.",
            "sum(increase(crisiswatch_escalation_auditor_violations_total[30d]))",
            width=6,
        ),
        table(
            "Incidents by type (30 d)",
            "Incidents that reached warning or more, by brand and type. Sampled: exact lists are in the console.",
            now(f"sum by (brand, incident_type) ({REACHED_WARNING}))"),
            size=(12, 8),
        ),
        table(
            "Outcomes (30 d)",
            "What people said of incidents afterwards.",
            now(f"sum by (brand, verdict) (increase(crisiswatch_incident_verdicts_total{{{BRAND}}}[30d]))"),
            size=(12, 8),
        ),
    ]
