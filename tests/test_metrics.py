"""The metrics: their names are a promise, their labels are few, their zeros are there from the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from crisiswatch.core.models import Severity
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable, UnsafeAddress
from crisiswatch.metrics import (
    BRAND_LIMIT,
    INCIDENT_TYPES,
    LANGUAGE_LIMIT,
    POLL_FAILURE_REASONS,
    Metrics,
    failure_reason,
    families,
    reference,
    render,
)

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "metrics.md"

PROMISED = """
build_info{version,python,river,sqlite} config_last_reload_successful config_last_reload_success_timestamp_seconds
source_polls_total{source} source_poll_failures_total{source,reason} source_poll_duration_seconds{source}
source_last_success_timestamp_seconds{source} source_last_item_timestamp_seconds{source} source_cost_total{source}
source_investigations_total{source} source_spent_ratio{source}
source_rate_limit_remaining_ratio{source} mentions_total{brand,source,language,sentiment}
mentions_dropped_total{source,reason} ingest_lag_seconds{source} series_value{brand,series}
series_expected{brand,series} series_upper{brand,series} series_lower{brand,series} score{brand,signal}
brand_state{brand} covered_ratio{brand} warmup_ratio{brand} share_of_voice_ratio{brand}
incidents_open{brand,severity,response} incidents_total{brand,severity,incident_type}
incident_verdicts_total{brand,verdict} incident_time_to_ack_seconds{severity} detection_delay_seconds{severity}
items_kept items_kept_of_a_brand_at_most evaluations_total evaluation_duration_seconds
evaluation_last_timestamp_seconds notifications_total{channel,result}
notification_latency_seconds{channel,severity} notifications_suppressed_total{reason}
notification_reconciliations_total{channel,result} outbox_pending{severity}
outbox_oldest_pending_timestamp_seconds outbox_dead escalation_auditor_violations_total silences_active
store_commit_duration_seconds store_size_bytes heartbeat_last_success_timestamp_seconds
"""


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return Metrics(registry)


def test_every_promised_metric_exists_with_its_labels_and_no_other():
    declared = {
        family.exported(name) + ("{" + ",".join(family.labels) + "}" if family.labels else "")
        for name, family in families().items()
    }

    assert declared == {f"crisiswatch_{name}" for name in PROMISED.split()}


def test_the_exported_names_are_the_declared_ones(registry, metrics):
    metrics.initialise(["Acme"], ["press"], ["slack"])

    families_seen = {metric.name for metric in text_string_to_metric_families(render(registry).decode())}

    assert {f"crisiswatch_{name}" for name in families()} <= families_seen


def test_no_series_is_exported_a_second_time_as_created(registry, metrics):
    metrics.initialise(["Acme"], ["press"], ["slack"])

    assert b"_created" not in render(registry)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("incidents_total", {"brand": "Acme", "severity": "critical", "incident_type": "product_defect"}),
        ("incidents_total", {"brand": "Acme", "severity": "watch", "incident_type": "unclear"}),
        ("incidents_open", {"brand": "Acme", "severity": "warning", "response": "unacked"}),
        ("incident_verdicts_total", {"brand": "Acme", "verdict": "false"}),
        ("notifications_total", {"channel": "slack", "result": "rejected"}),
        ("notification_reconciliations_total", {"channel": "slack", "result": "found"}),
        ("notifications_suppressed_total", {"reason": "silenced"}),
        ("source_poll_failures_total", {"source": "press", "reason": "dns"}),
        ("mentions_dropped_total", {"source": "press", "reason": "duplicate"}),
        ("source_last_success_timestamp_seconds", {"source": "press"}),
        ("detection_delay_seconds_count", {"severity": "critical"}),
        ("outbox_pending", {"severity": "critical"}),
        ("evaluations_total", {}),
    ],
)
def test_starts_at_zero_where_the_label_values_are_known(registry, metrics, name, labels):
    metrics.initialise(["Acme"], ["press"], ["slack"])

    assert registry.get_sample_value(f"crisiswatch_{name}", labels) == 0


def test_a_brand_is_blind_until_it_was_judged(registry, metrics):
    metrics.initialise(["Acme"], [], [])

    assert registry.get_sample_value("crisiswatch_brand_state", {"brand": "Acme"}) == -1


@pytest.mark.parametrize("name", ["covered_ratio", "warmup_ratio", "share_of_voice_ratio"])
def test_evidence_is_absent_until_somebody_knows_it(registry, metrics, name):
    metrics.initialise(["Acme"], ["press"], ["slack"])

    assert registry.get_sample_value(f"crisiswatch_{name}", {"brand": "Acme"}) is None


def test_initialising_again_keeps_what_was_counted_and_seen(registry, metrics):
    metrics.initialise(["Acme"], ["press"], ["slack"])
    metrics.brand_state.labels("Acme").set(3)
    metrics.notifications.labels("slack", "delivered").inc(5)

    metrics.initialise(["Acme", "Globex"], ["press"], ["slack"])

    assert registry.get_sample_value("crisiswatch_brand_state", {"brand": "Acme"}) == 3
    assert registry.get_sample_value("crisiswatch_brand_state", {"brand": "Globex"}) == -1
    delivered = {"channel": "slack", "result": "delivered"}
    assert registry.get_sample_value("crisiswatch_notifications_total", delivered) == 5


def test_the_201st_brand_is_other(metrics):
    names = [metrics.brand(f"brand {number}") for number in range(BRAND_LIMIT + 2)]

    assert names[199] == "brand 199"
    assert names[200:] == ["other", "other"]
    assert metrics.brand("brand 7") == "brand 7"


def test_initialising_many_brands_makes_at_most_201_series_of_each(registry, metrics):
    metrics.initialise([f"brand {number}" for number in range(500)], [], [])

    assert render(registry).count(b"\ncrisiswatch_brand_state{") == BRAND_LIMIT + 1


def test_a_forgotten_brand_leaves_no_series_and_frees_its_place(registry, metrics):
    metrics.initialise([f"brand {number}" for number in range(BRAND_LIMIT)], [], [])

    metrics.forget("brand", "brand 0")

    assert b'brand="brand 0"' not in render(registry)
    assert metrics.brand("Newcomer") == "Newcomer"


def test_a_forgotten_source_that_comes_back_has_never_succeeded(registry, metrics):
    metrics.initialise([], ["press"], [])
    metrics.source_last_success_timestamp_seconds.labels("press").set(1_000)

    metrics.forget("source", "press")
    metrics.initialise([], ["press"], [])

    assert registry.get_sample_value("crisiswatch_source_last_success_timestamp_seconds", {"source": "press"}) == 0


@pytest.mark.parametrize(
    ("code", "label"),
    [("en", "en"), ("pt-BR", "pt"), ("zh_Hant", "zh"), ("ES", "es"), (None, "und"), ("", "other"), ("ён", "other"),
     ("<script>", "other"), ("klingon", "other"), ("e\n", "other")],
)  # fmt: skip
def test_only_plain_language_codes_become_labels(metrics, code, label):
    assert metrics.language(code) == label


def test_a_source_cannot_flood_the_languages(metrics):
    letters = "abcdefghijklmnopqrstuvwxyz"

    labels = {metrics.language(a + b) for a in letters for b in letters}

    assert len(labels) == LANGUAGE_LIMIT + 1


def test_an_incident_counts_once_at_every_severity_that_it_reaches(registry, metrics):
    metrics.initialise(["Acme"], [], [])

    metrics.count_incident("Acme", "safety", Severity.CALM, Severity.WARNING)
    metrics.count_incident("Acme", "safety", Severity.WARNING, Severity.CRITICAL)
    metrics.count_incident("Acme", "safety", Severity.CRITICAL, Severity.WATCH)

    counted = [
        registry.get_sample_value(
            "crisiswatch_incidents_total", {"brand": "Acme", "severity": severity, "incident_type": "safety"}
        )
        for severity in ("watch", "warning", "critical")
    ]
    assert counted == [1, 1, 1]


def test_an_unknown_incident_type_is_counted_as_unclear(registry, metrics):
    metrics.count_incident("Acme", "made up", Severity.CALM, Severity.WATCH)

    labels = {"brand": "Acme", "severity": "watch", "incident_type": "unclear"}
    assert registry.get_sample_value("crisiswatch_incidents_total", labels) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SourceUnavailable("x", "dns"), "dns"),
        (SourceUnavailable("x"), "unavailable"),
        (SourceRejected("x", "auth"), "auth"),
        (RateLimited("x"), "rate_limited"),
        (UnsafeAddress("x"), "ssrf_blocked"),
        (BadInput("x"), "parse"),
        (ValueError("x"), "internal"),
        (SourceUnavailable("x", "because of https://a.example/b"), "other"),
        (UnicodeDecodeError("utf-8", b"x", 0, 1, "timeout"), "internal"),
    ],
)
def test_a_failure_has_one_of_the_known_reasons(error, reason):
    assert failure_reason(error) == reason
    assert reason in POLL_FAILURE_REASONS


def test_delays_are_measured_up_to_an_hour(registry, metrics):
    metrics.initialise([], [], ["slack"])

    for name, labels in (("detection_delay", {}), ("notification_latency", {"channel": "slack"})):
        bucket = {"severity": "critical", "le": "3600.0", **labels}
        assert registry.get_sample_value(f"crisiswatch_{name}_seconds_bucket", bucket) == 0


def test_says_what_runs(registry, metrics):
    (info,) = [family for family in registry.collect() if family.name == "crisiswatch_build_info"]

    (sample,) = info.samples
    assert set(sample.labels) == {"version", "python", "river", "sqlite"}
    assert all(part[0].isdigit() for part in sample.labels.values())


def test_the_process_is_measured_too(registry, metrics):
    assert registry.get_sample_value("process_start_time_seconds") > 0
    assert registry.get_sample_value("python_gc_collections_total", {"generation": "0"}) is not None


def test_a_hostile_brand_name_stays_inside_its_label(registry, metrics):
    name = 'Acme"} 1\ncrisiswatch_outbox_dead 99\\'
    metrics.initialise([name], [], [])

    parsed = {family.name: family for family in text_string_to_metric_families(render(registry).decode())}
    (state,) = parsed["crisiswatch_brand_state"].samples

    assert state.labels["brand"] == name
    assert [sample.value for sample in parsed["crisiswatch_outbox_dead"].samples] == [0]


def test_a_metric_is_not_reachable_without_an_instance():
    with pytest.raises(AttributeError, match="instance"):
        _ = Metrics.evaluations


def test_incident_types_are_the_nineteen_and_unclear():
    assert len(set(INCIDENT_TYPES)) == 20


def test_the_reference_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == reference(), "write crisiswatch.metrics.reference() to the page"
