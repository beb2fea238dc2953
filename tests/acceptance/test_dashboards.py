"""The dashboards and rules are well-formed and speak of metrics, labels and values that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import promql_parser
import pytest
from dashboards import FOLDER, RULES, dashboards, filled, queries
from ruamel.yaml import YAML

from crisiswatch.metrics import families

ROOT = Path(__file__).parents[2]
RULE_TESTS = "".join(RULES.with_name(name).read_text(encoding="utf-8") for name in ("tests.yml", "slow_tests.yml"))

FAMILIES = {family.exported(name): family for name, family in families().items()}
ALERTS = {
    rule["alert"]: rule
    for group in YAML(typ="safe").load(RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
EXPRESSIONS = [filled(query.expr) for query in queries()] + [rule["expr"] for rule in ALERTS.values()]
PANELS = [
    pytest.param(panel, id=f"{dashboard['uid']} {panel['title']}")
    for dashboard in dashboards()
    for panel in dashboard["panels"]
    if panel["type"] != "row"
]


def test_the_committed_files_are_what_the_builder_writes(tmp_path):
    subprocess.run([sys.executable, "-m", "grafana.build_dashboards", str(tmp_path)], cwd=ROOT, check=True)

    built = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}

    assert built == {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}


def test_there_are_three_dashboards_with_fixed_uids():
    assert {dashboard["uid"] for dashboard in dashboards()} == {"cw-oncall", "cw-tuning", "cw-overview"}


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda dashboard: dashboard["uid"])
def test_a_dashboard_can_be_provisioned_and_not_edited(dashboard):
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}

    assert dashboard["id"] is None
    assert dashboard["schemaVersion"] == 39
    assert dashboard["editable"] is False
    assert "__inputs" not in dashboard
    assert dashboard["description"]
    assert variables["datasource"]["type"] == "datasource"
    assert variables["brand"]["allValue"] == ".*"
    assert {link["type"] for link in dashboard["links"]} == {"dashboards", "link"}


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda dashboard: dashboard["uid"])
def test_panels_have_their_own_place_and_name(dashboard):
    places = [
        (panel["gridPos"]["x"] + column, panel["gridPos"]["y"] + line)
        for panel in dashboard["panels"]
        for column in range(panel["gridPos"]["w"])
        for line in range(panel["gridPos"]["h"])
    ]

    assert len(places) == len(set(places))
    assert all(column < 24 for column, _ in places)
    for key in ("id", "title"):
        assert len({panel[key] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_in_which_unit(panel):
    defaults = panel["fieldConfig"]["defaults"]

    assert panel["title"]
    assert panel["description"].endswith(".")
    assert defaults["unit"] in {"short", "none", "s", "percentunit", "reqps"}
    assert defaults["noValue"]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_the_chosen_data_source(panel):
    sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]

    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0


@pytest.mark.parametrize("panel", PANELS)
def test_colour_never_stands_alone(panel):
    for mapping in panel["fieldConfig"]["defaults"].get("mappings", ()):
        assert all(option["text"] and option["color"] for option in mapping["options"].values())


def test_the_score_shows_the_threshold_as_a_line():
    panels = [
        panel for dashboard in dashboards() for panel in dashboard["panels"] if panel["title"].startswith("Score")
    ]

    assert len(panels) == 2
    for panel in panels:
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["custom"]["thresholdsStyle"] == {"mode": "line"}
        assert 1.0 in [step["value"] for step in defaults["thresholds"]["steps"]]


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_a_query_is_promql_about_metrics_and_labels_that_exist(expr):
    promql_parser.parse(expr)

    for name, matchers in _selectors(expr):
        labels = {**_family(name).labels, "job": (), "instance": (), "le": ()}
        for label, operator, value in matchers:
            assert label in labels, f"{name} has no label {label}"
            is_open = not labels[label] or (operator == "=~" and value == ".*")
            assert is_open or set(value.split("|")) <= set(labels[label]), f"{label} is never {value}"


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_a_query_groups_by_labels_that_its_metrics_have(expr):
    known = {"job", "instance", "le"}
    for name, _ in _selectors(expr):
        known |= set(_family(name).labels)

    grouped = {label.strip() for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", expr) for label in labels.split(",")}

    assert grouped <= known


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_a_counter_is_never_shown_raw(expr):
    counters = re.findall(r"(\w+)\((?:crisiswatch_\w+(?:_total|_bucket))", expr)

    assert len(counters) == len(re.findall(r"crisiswatch_\w+(?:_total|_bucket)", expr))
    assert set(counters) <= {"rate", "increase"}


@pytest.mark.parametrize("query", list(queries()), ids=str)
def test_a_panel_filters_by_the_chosen_brands_and_lets_grafana_choose_the_window_of_a_rate(query):
    assert all(window == "$__rate_interval" for window in re.findall(r"\brate\([^\[]*\[([^\]]+)\]", query.expr))
    for name, matchers in _selectors(query.expr):
        if "brand" in _family(name).labels:
            assert ("brand", "=~", "$brand") in matchers, name


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_is_wrong_and_is_made_to_fire(alert):
    rule = ALERTS[alert]

    assert rule["labels"]["severity"] in {"critical", "warning", "none"}
    assert set(rule["annotations"]) == {"summary", "description"}
    assert f'alertname="{alert}"}}\'' in RULE_TESTS


def _family(name: str):
    for suffix in ("_bucket", "_count", "_sum"):
        if name.endswith(suffix) and FAMILIES.get(plain := name.removesuffix(suffix)):
            return FAMILIES[plain]
    return FAMILIES[name]


def _selectors(expr: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [
        (name, re.findall(r'(\w+)(=~|!=|!~|=)"([^"]*)"', matchers))
        for name, matchers in re.findall(r"\b(crisiswatch_\w+)(?:\{([^}]*)\})?", expr)
    ]
