"""Panels and dashboards as Grafana's classic JSON: the few kinds that the project uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
NO_VALUE = "no data: is the daemon running?"

# Okabe and Ito's palette: told apart by colour-blind people too. The word always stands beside the colour.
GREY, BLUE, YELLOW, ORANGE, RED, PURPLE = "#8C8C8C", "#0072B2", "#F0E442", "#E69F00", "#D55E00", "#CC79A7"

STATES = [
    {
        "type": "value",
        "options": {
            "-1": {"text": "blind", "color": PURPLE, "index": 0},
            "0": {"text": "calm", "color": BLUE, "index": 1},
            "1": {"text": "watch", "color": YELLOW, "index": 2},
            "2": {"text": "warning", "color": ORANGE, "index": 3},
            "3": {"text": "critical", "color": RED, "index": 4},
        },
    }
]
YES_OR_NO = [
    {
        "type": "value",
        "options": {"0": {"text": "no", "color": RED, "index": 0}, "1": {"text": "yes", "color": BLUE, "index": 1}},
    }
]


def now(expr: str, legend: str = "") -> Json:
    """Return a query for the last value."""
    return _query(expr, legend) | {"instant": True, "range": False}


def over_time(expr: str, legend: str = "") -> Json:
    """Return a query for the whole time range."""
    return _query(expr, legend) | {"instant": False, "range": True}


def _query(expr: str, legend: str) -> Json:
    return {
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": " ".join(expr.split()),
        "format": "time_series",
        "legendFormat": legend or "__auto",
    }


def panel(kind: str, title: str, description: str, queries: Sequence[Json], *, size: tuple[int, int]) -> Json:
    """Return a panel without a place; width and height are in Grafana's grid of 24 columns."""
    width, height = size
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "targets": [query | {"refId": ref} for query, ref in zip(queries, "ABCDEF", strict=False)],
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": {"unit": "short", "noValue": NO_VALUE}, "overrides": []},
        "options": {},
    }


def with_defaults(panel: Json, **defaults: object) -> Json:
    """Return the panel with further defaults of its fields (unit, min, mappings, thresholds …)."""
    config = panel["fieldConfig"]
    return panel | {"fieldConfig": config | {"defaults": config["defaults"] | defaults}}


def stat(title: str, description: str, expr: str, *, unit: str = "short", width: int = 4) -> Json:
    """Return one big number."""
    made = panel("stat", title, description, [now(expr)], size=(width, 4))
    options = {"colorMode": "background", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"]}}
    return with_defaults(made, unit=unit, thresholds=steps((None, GREY))) | {"options": options}


def stat_of_names(title: str, description: str, query: Json, *, width: int = 4) -> Json:
    """Return a tile that shows a query's legend instead of its value."""
    made = panel("stat", title, description, [query], size=(width, 4))
    options = {"colorMode": "none", "textMode": "name", "reduceOptions": {"calcs": ["lastNotNull"]}}
    return with_defaults(made, unit="none") | {"options": options}


def red_from(panel: Json, value: float) -> Json:
    """Return the panel coloured as calm below `value` and as critical from it on."""
    return with_defaults(panel, thresholds=steps((None, BLUE), (value, RED)))


def graph(title: str, description: str, queries: Sequence[Json], *, unit: str, size: tuple[int, int]) -> Json:
    """Return lines over time; gaps stay gaps, because missing data is not calm."""
    made = panel("timeseries", title, description, queries, size=size)
    options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    custom = {"lineWidth": 2, "fillOpacity": 0, "spanNulls": False, "showPoints": "auto"}
    return with_defaults(made, unit=unit, min=0, custom=custom) | {"options": options}


def stacked(panel: Json) -> Json:
    """Return a graph drawn as stacked bars."""
    custom = {"drawStyle": "bars", "fillOpacity": 80, "stacking": {"mode": "normal", "group": "A"}}
    return with_defaults(panel, custom=custom)


def with_lines(panel: Json, *lines: tuple[float, str]) -> Json:
    """Return a graph with horizontal lines at the given values."""
    custom = panel["fieldConfig"]["defaults"]["custom"] | {"thresholdsStyle": {"mode": "line"}}
    return with_defaults(panel, custom=custom, thresholds=steps((None, "transparent"), *lines))


def with_band(panel: Json, upper: str, lower: str) -> Json:
    """Return a graph whose space between two of its lines is filled."""
    overrides = [
        _override(upper, {"custom.fillBelowTo": lower, "custom.lineWidth": 0, "custom.fillOpacity": 20}),
        _override(lower, {"custom.lineWidth": 0}),
    ]
    return panel | {"fieldConfig": panel["fieldConfig"] | {"overrides": overrides}}


def _override(name: str, properties: Mapping[str, object]) -> Json:
    listed = [{"id": key, "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": listed}


def bars(title: str, description: str, query: Json, *, size: tuple[int, int]) -> Json:
    """Return horizontal bars, longest first as the query sorts them."""
    made = panel("bargauge", title, description, [query], size=size)
    options = {"orientation": "horizontal", "displayMode": "basic", "reduceOptions": {"calcs": ["lastNotNull"]}}
    return with_defaults(made, min=0, thresholds=steps((None, BLUE))) | {"options": options}


def states(title: str, description: str, query: Json, *, size: tuple[int, int]) -> Json:
    """Return brand states over time as coloured words."""
    made = panel("state-timeline", title, description, [query], size=size)
    options = {"showValue": "auto", "mergeValues": True, "legend": {"showLegend": False}}
    return with_defaults(made, unit="none", mappings=STATES) | {"options": options}


def table(title: str, description: str, query: Json, *, size: tuple[int, int]) -> Json:
    """Return the rows of a query whose value is above 0."""
    made = panel("table", title, description, [query | {"format": "table"}], size=size)
    above_zero = {"fieldName": "Value", "config": {"id": "greater", "options": {"value": 0}}}
    kept = {"filters": [above_zero], "type": "include", "match": "all"}
    shown = {"excludeByName": {"Time": True}, "renameByName": {"Value": "number"}}
    changes = [{"id": "filterByValue", "options": kept}, {"id": "organize", "options": shown}]
    return with_defaults(made, noValue="none") | {"transformations": changes}


def row(title: str) -> Json:
    """Return a heading; panels after it belong to it."""
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": 24, "h": 1}}


def steps(*values: tuple[float | None, str]) -> Json:
    """Return thresholds: each colour holds from its value on, the first one from minus infinity."""
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in values]}


def linked(panel: Json, title: str, path: str) -> Json:
    """Return the panel with a link into the console."""
    return panel | {"links": [{"title": title, "url": "${console}" + path, "targetBlank": True}]}
