"""Whole dashboards: variables, links, annotations and a place for every panel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grafana.panels import RED, SOURCE, YES_OR_NO, Json, now, red_from, row, stat, stat_of_names, with_defaults


def dashboard(
    uid: str, title: str, description: str, panels: Sequence[Json], *, days: str, variables: Sequence[Json] = ()
) -> Json:
    """Return a dashboard that shows the last `days` ("6h", "30d") unless the reader says otherwise."""
    return {
        "id": None,
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["crisiswatch"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": f"now-{days}", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [*_variables(), *variables]},
        "links": _links(),
        "annotations": {"list": [_state_changes()]},
        "panels": list(_placed(panels)),
    }


def own_health() -> list[Json]:
    """Return the row that every dashboard ends with: can what stands above be believed?"""
    age = stat(
        "Last tick",
        "Seconds since the watcher last judged. Above 120 it has stalled.",
        "time() - max(crisiswatch_evaluation_last_timestamp_seconds)",
        unit="s",
    )
    config = stat(
        "Configuration read",
        "Whether the last reading worked; if not, the old configuration runs.",
        "min(crisiswatch_config_last_reload_successful)",
    )
    pending = stat(
        "Waiting to be sent", "Notifications that are due and not yet delivered.", "sum(crisiswatch_outbox_pending)"
    )
    dead = stat(
        "Given up",
        "Notifications that no attempt could deliver. `crisiswatch outbox list` names them.",
        "sum(crisiswatch_outbox_dead)",
    )
    silent = stat(
        "Sources silent",
        "Sources without success for 15 minutes that failed within the hour.",
        """sum((time() - crisiswatch_source_last_success_timestamp_seconds > bool 900)
                  * on (job, instance, source) (sum by (job, instance, source)
                  (increase(crisiswatch_source_poll_failures_total[1h])) > bool 0))""",
    )
    version = stat_of_names("Version", "The version of the daemon.", now("crisiswatch_build_info", "{{version}}"))
    return [
        row("Is crisiswatch itself well?"),
        red_from(age, 120),
        with_defaults(config, mappings=YES_OR_NO),
        red_from(pending, 50),
        red_from(dead, 1),
        red_from(silent, 1),
        version,
    ]


def choice(name: str, label: str, values: Sequence[str]) -> Json:
    """Return a variable with a fixed list of values; the first one is chosen."""
    options = [{"text": value, "value": value, "selected": value == values[0]} for value in values]
    return {
        "name": name,
        "label": label,
        "type": "custom",
        "query": ",".join(values),
        "options": options,
        "current": {"text": values[0], "value": values[0]},
    }


def _variables() -> list[Json]:
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}},
        _labels_of("brand", "Brand", "label_values(crisiswatch_brand_state, brand)"),
        _labels_of("source", "Source", "label_values(crisiswatch_source_polls_total, source)"),
        {
            "name": "console",
            "label": "Console",
            "type": "textbox",
            "query": "http://127.0.0.1:9119",
            "current": {"text": "http://127.0.0.1:9119", "value": "http://127.0.0.1:9119"},
        },
    ]


def _labels_of(name: str, label: str, query: str) -> Json:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "refresh": 2,
        "sort": 1,
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _links() -> list[Json]:
    kept = {"includeVars": True, "keepTime": True, "asDropdown": False, "targetBlank": False}
    return [
        {"type": "dashboards", "title": "crisiswatch", "tags": ["crisiswatch"], "icon": "external link"} | kept,
        {"type": "link", "title": "Console", "url": "${console}/", "targetBlank": True, "icon": "bolt"},
    ]


def _state_changes() -> Json:
    return {
        "name": "State changes",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": RED,
        "expr": 'changes(crisiswatch_brand_state{brand=~"$brand"}[1m]) > 0',
        "step": "60s",
        "titleFormat": "{{brand}} changed state",
    }


def _placed(panels: Sequence[Json]) -> Iterable[Json]:
    x = y = tallest = 0
    for number, panel in enumerate(panels, start=1):
        width, height = panel["gridPos"]["w"], panel["gridPos"]["h"]
        if x + width > 24:
            x, y, tallest = 0, y + tallest, 0
        yield panel | {"id": number, "gridPos": {"x": x, "y": y, "w": width, "h": height}}
        x, tallest = x + width, max(tallest, height)
