"""The dashboard for the person with the phone: which brand, how bad, since when, about what."""

from __future__ import annotations

from grafana.layout import dashboard, own_health
from grafana.panels import (
    RED,
    STATES,
    Json,
    bars,
    graph,
    linked,
    now,
    over_time,
    red_from,
    row,
    stat,
    states,
    table,
    with_band,
    with_defaults,
    with_lines,
)

BRAND = 'brand=~"$brand"'
ALARMING = 'severity=~"warning|critical"'


def on_call() -> Json:
    """Return the dashboard."""
    return dashboard(
        "cw-oncall",
        "crisiswatch / On call",
        "Is anything on fire, since when, and where does it come from? For the person with the phone.",
        [row("Is anything on fire?"), *_fire(), row("What is happening?"), *_happening(), *own_health()],
        days="6h",
    )


def _fire() -> list[Json]:
    unacked = stat(
        "Open, nobody on it",
        "Warning and critical incidents that nobody has acknowledged.",
        f'sum(crisiswatch_incidents_open{{{BRAND},{ALARMING},response="unacked"}})',
        width=4,
    )
    worst = stat(
        "Worst state now",
        "The worst state of the chosen brands. A blind brand is one that nobody can judge.",
        f"max(crisiswatch_brand_state{{{BRAND}}})",
        unit="none",
        width=4,
    )
    blind = stat(
        "Blind brands",
        "Brands of which too little is seen to judge. Blind is not calm: look at the sources.",
        f"sum(crisiswatch_brand_state{{{BRAND}}} == bool -1)",
        width=4,
    )
    failing = stat(
        "Failed attempts (1 h)",
        "Attempts to notify that did not end as delivered, in the last hour.",
        'sum(increase(crisiswatch_notifications_total{result!="delivered"}[1h]))',
        width=4,
    )
    silences = stat(
        "Silences",
        "Silences in force: what they match is judged, but nobody is told.",
        "sum(crisiswatch_silences_active)",
        width=4,
    )
    covered = stat(
        "Seen",
        "The least covered brand: part of its usual volume whose sources were seen.",
        f"min(crisiswatch_covered_ratio{{{BRAND}}})",
        unit="percentunit",
        width=4,
    )
    return [
        linked(red_from(unacked, 1), "Open the console", "/"),
        with_defaults(worst, mappings=STATES),
        red_from(blind, 1),
        red_from(failing, 1),
        silences,
        covered,
        states(
            "Brand states",
            "Blind, calm, watch, warning or critical, brand by brand.",
            over_time(f"max by (brand) (crisiswatch_brand_state{{{BRAND}}})", "{{brand}}"),
            size=(24, 6),
        ),
        linked(
            table(
                "Open incidents",
                "Open incidents by brand, severity and whether somebody is on it. Sampled: the "
                "console has names, evidence and playbooks.",
                now(f"sum by (brand, severity, response) (crisiswatch_incidents_open{{{BRAND}}})"),
                size=(24, 6),
            ),
            "Open the console",
            "/",
        ),
    ]


def _happening() -> list[Json]:
    return [
        with_lines(
            graph(
                "Score",
                "The strongest detector of each brand. 1.0 is the alert threshold; below 0.6 it is calm.",
                [over_time(f"max by (brand) (crisiswatch_score{{{BRAND}}})", "{{brand}}")],
                unit="none",
                size=(12, 9),
            ),
            (1.0, RED),
        ),
        graph(
            "Negative share (15 min)",
            "Part of the judged mentions that is negative. No mentions: no line.",
            [over_time(NEGATIVE_SHARE.format(window="15m"), "{{brand}}")],
            unit="percentunit",
            size=(12, 9),
        ),
        bars(
            "Where (15 min)",
            "The sources with most mentions.",
            now(f"topk(8, sum by (source) (increase(crisiswatch_mentions_total{{{BRAND}}}[15m])))", "{{source}}"),
            size=(12, 8),
        ),
        bars(
            "Languages (15 min)",
            "The languages with most mentions.",
            now(f"topk(8, sum by (language) (increase(crisiswatch_mentions_total{{{BRAND}}}[15m])))", "{{language}}"),
            size=(12, 8),
        ),
        _against_usual() | {"repeat": "brand", "repeatDirection": "h", "maxPerRow": 2},
    ]


def _against_usual() -> Json:
    lines = [("value", "seen"), ("expected", "usual"), ("upper", "usual, upper end"), ("lower", "usual, lower end")]
    queries = [
        over_time(f'max(crisiswatch_series_{name}{{{BRAND},series="stories"}})', legend) for name, legend in lines
    ]
    drawn = graph(
        "Stories against usual: $brand",
        "Stories per bucket (reposts once), what is usual now and its range.",
        queries,
        unit="short",
        size=(24, 9),
    )
    return with_band(drawn, upper="usual, upper end", lower="usual, lower end")


NEGATIVE_SHARE = """
    (sum by (brand) (increase(crisiswatch_mentions_total{{brand=~"$brand",sentiment="negative"}}[{window}]))
     or 0 * sum by (brand) (increase(crisiswatch_mentions_total{{brand=~"$brand",sentiment!="unknown"}}[{window}])))
    / sum by (brand) (increase(crisiswatch_mentions_total{{brand=~"$brand",sentiment!="unknown"}}[{window}]))
"""
"""A brand without one negative mention has no such series yet: then the share is 0, not absent."""
