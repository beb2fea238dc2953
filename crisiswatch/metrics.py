"""The metrics of the daemon: names, labels, known label values, and the page that documents them."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version as version_of
from itertools import product
from typing import Generic, Literal, TypeAlias, TypeVar

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from crisiswatch import __version__
from crisiswatch.core.incidents import Response
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Outcome
from crisiswatch.errors import CrisiswatchError

M = TypeVar("M", Counter, Gauge, Histogram)

PREFIX = "crisiswatch_"
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
OTHER, BRAND_LIMIT, LANGUAGE_LIMIT = "other", 200, 100
BLIND = -1
"""The value of `brand_state` while too little is seen to judge; a severity is its own number."""

STORIES = "stories"
"""The value of `series` for stories per bucket, the series that every brand has."""

ANY: tuple[str, ...] = ()
"""Label values that the configuration or the daemon names."""

SEVERITIES = tuple(severity.name.lower() for severity in Severity if severity > Severity.CALM)
RESPONSES = tuple(response.value for response in Response)
RESULTS = tuple(outcome.value for outcome in Outcome)
SENTIMENTS = ("negative", "neutral", "positive", "unknown", "irrelevant")
VERDICTS = ("real", "false", "campaign", "unsure")
POLL_FAILURE_REASONS = (
    *("timeout", "dns", "tls", "refused", "http_4xx", "http_5xx", "rate_limited", "quota", "too_large", "parse"),
    *("ssrf_blocked", "auth", "not_found", "blocked", "unavailable", "internal", OTHER),
)
DROP_REASONS = ("duplicate", "too_old", "too_large", "invalid", "no_match")
SUPPRESSION_REASONS = ("silenced", "muted", "inhibited", "flapping", "storm", "superseded", "told_lately")
RECONCILIATION_RESULTS = ("found", "resent", "unavailable")
INCIDENT_TYPES = (
    *("outage", "product_defect", "safety", "data_breach", "executive_misconduct", "employee_misbehaviour"),
    *("values_backlash", "boycott", "misinformation", "coordinated_attack", "impersonation", "service_pile_on"),
    *("labour_dispute", "legal", "financial", "policy_change", "third_party", "external_tragedy"),
    *("positive_viral", "unclear"),
)

WORK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)
REQUESTS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
DELIVERIES = (0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
DELAYS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 57600.0)


@dataclass(frozen=True)
class Family(Generic[M]):
    """One metric as it is declared: how to make it, what it means, its labels with their known values.

    `start` is the first value of a labelled gauge; None means that it is absent until somebody knows better.
    """

    kind: Literal["counter", "gauge", "histogram"]
    make: Callable[..., M]
    meaning: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    start: float | None = None

    def __get__(self, metrics: object, owner: type) -> M:
        # Metrics.__init__ puts the made metric into the instance under the same name, which Python finds first.
        raise AttributeError("a metric belongs to an instance: Metrics(registry)")

    def exported(self, name: str) -> str:
        """Return the name that Prometheus sees."""
        return PREFIX + name + ("_total" if self.kind == "counter" else "")


AnyFamily: TypeAlias = Family[Counter] | Family[Gauge] | Family[Histogram]


def _counter(meaning: str, **labels: tuple[str, ...]) -> Family[Counter]:
    return Family("counter", Counter, meaning, labels)


def _gauge(meaning: str, **labels: tuple[str, ...]) -> Family[Gauge]:
    return Family("gauge", Gauge, meaning, labels)


def _known_gauge(start: float, meaning: str, **labels: tuple[str, ...]) -> Family[Gauge]:
    return Family("gauge", Gauge, meaning, labels, start)


def _histogram(buckets: tuple[float, ...], meaning: str, **labels: tuple[str, ...]) -> Family[Histogram]:
    return Family("histogram", partial(Histogram, buckets=buckets), meaning, labels)


class Metrics:
    """Every metric, one attribute each, named as exported without `crisiswatch_` and `_total`."""

    build_info = _gauge("Always 1; the labels say what runs.", version=ANY, python=ANY, river=ANY, sqlite=ANY)
    config_last_reload_successful = _gauge("1 if the last reading of the configuration worked, else 0.")
    config_last_reload_success_timestamp_seconds = _gauge("When the running configuration was read.")

    source_polls = _counter("Polls of a source, failed ones included.", source=ANY)
    source_poll_failures = _counter("Polls that failed.", source=ANY, reason=POLL_FAILURE_REASONS)
    source_poll_duration_seconds = _histogram(REQUESTS, "How long polls take.", source=ANY)
    source_last_success_timestamp_seconds = _known_gauge(0, "When a poll last worked; 0 is never.", source=ANY)
    source_last_item_timestamp_seconds = _known_gauge(0, "When the newest item was published; 0 is none.", source=ANY)
    source_cost = _counter("Cost in the source's own units (requests, posts read).", source=ANY)
    source_investigations = _counter("Times that a metric series asked for a closer look.", source=ANY)
    source_spent_ratio = _gauge("Part of the spending cap that is spent; 1: it has stopped.", source=ANY)
    source_rate_limit_remaining_ratio = _gauge("Part of the source's rate limit that is left.", source=ANY)

    mentions = _counter("Mentions stored.", brand=ANY, source=ANY, language=ANY, sentiment=SENTIMENTS)
    mentions_dropped = _counter("Items that were not stored.", source=ANY, reason=DROP_REASONS)
    ingest_lag_seconds = _histogram(DELAYS, "From publication to storage.", source=ANY)

    series_value = _gauge("Value in the newest bucket.", brand=ANY, series=ANY)
    series_expected = _gauge("What is usual for that bucket.", brand=ANY, series=ANY)
    series_upper = _gauge("Upper end of the usual range.", brand=ANY, series=ANY)
    series_lower = _gauge("Lower end of the usual range.", brand=ANY, series=ANY)
    score = _gauge("Score of a detector; 1.0 is the alert threshold.", brand=ANY, signal=ANY)
    brand_state = _known_gauge(BLIND, "-1 blind, 0 calm, 1 watch, 2 warning, 3 critical.", brand=ANY)
    covered_ratio = _gauge("Part of the usual volume whose sources were seen.", brand=ANY)
    warmup_ratio = _gauge("Learnt part of the time that a baseline needs; 1 is ready.", brand=ANY)
    share_of_voice_ratio = _gauge("Part of the stories about the brand and its competitors.", brand=ANY)

    incidents_open = _known_gauge(0, "Open incidents.", brand=ANY, severity=SEVERITIES, response=RESPONSES)
    incidents = _counter(
        "Incidents that reached it (critical: also the lower ones).",
        **{"brand": ANY, "severity": SEVERITIES, "incident_type": INCIDENT_TYPES},
    )
    incident_verdicts = _counter("Verdicts given by people.", brand=ANY, verdict=VERDICTS)
    incident_time_to_ack_seconds = _histogram(DELAYS, "From opening to acknowledgement.", severity=SEVERITIES)
    detection_delay_seconds = _histogram(DELAYS, "From the onset to the severity.", severity=SEVERITIES)
    evaluations = _counter("Ticks of the watcher.")
    items_kept = _gauge("Single mentions at hand as evidence, of all brands.")
    items_kept_of_a_brand_at_most = _gauge("How many there may be of one brand; less where all have too many together.")
    evaluation_duration_seconds = _histogram(WORK, "How long a tick takes.")
    evaluation_last_timestamp_seconds = _gauge("When the last tick ended.")

    notifications = _counter("Attempts to send, by how they ended.", channel=ANY, result=RESULTS)
    notification_latency_seconds = _histogram(
        DELIVERIES, "From the decision to acceptance by the channel.", channel=ANY, severity=SEVERITIES
    )
    notifications_suppressed = _counter("Notifications held back.", reason=SUPPRESSION_REASONS)
    notification_reconciliations = _counter(
        "Attempts of unknown outcome that were settled.", channel=ANY, result=RECONCILIATION_RESULTS
    )
    outbox_pending = _known_gauge(0, "Notifications due and not yet delivered.", severity=SEVERITIES)
    outbox_oldest_pending_timestamp_seconds = _gauge("When the oldest of them became due; 0 is none.")
    outbox_dead = _gauge("Notifications given up, waiting for a person.")
    escalation_auditor_violations = _counter("Escalation steps that were due and not taken.")
    silences_active = _gauge("Silences in force.")

    store_commit_duration_seconds = _histogram(WORK, "How long a transaction takes.")
    store_size_bytes = _gauge("Bytes that the store takes.")
    heartbeat_last_success_timestamp_seconds = _gauge("When the dead man's switch was last fed; 0 is never.")

    def __init__(self, registry: CollectorRegistry) -> None:
        # A process-wide switch of the library: without it every counter is exported a second time as `_created`.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left its return type out
        self._brands: set[str] = set()
        self._languages: set[str] = set()
        self._started: set[tuple[str, ...]] = set()
        for name, family in families().items():
            self.__dict__[name] = family.make(PREFIX + name, family.meaning, tuple(family.labels), registry=registry)
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        running = (__version__, platform.python_version(), version_of("river"), sqlite3.sqlite_version)
        self.build_info.labels(*running).set(1)

    def initialise(self, brands: Iterable[str], sources: Iterable[str], channels: Iterable[str]) -> None:
        """Create every series whose labels are all known; again after a reload, which keeps what was counted.

        Without this the first incident would be invisible to `increase()`.
        """
        names = dict.fromkeys(map(self.brand, brands))
        given = {"brand": tuple(names), "source": tuple(sources), "channel": tuple(channels)}
        for name, family in families().items():
            if not family.labels or (family.kind == "gauge" and family.start is None):
                continue
            for values in product(*(known or given.get(label, ()) for label, known in family.labels.items())):
                self._start(name, family, values)

    def _start(self, name: str, family: AnyFamily, values: tuple[str, ...]) -> None:
        if (name, *values) not in self._started:
            self._started.add((name, *values))
            child = self.__dict__[name].labels(*values)
            if family.start is not None:
                child.set(family.start)

    def forget(self, label: Literal["brand", "source", "channel"], value: str) -> None:
        """Remove the series of something that left the configuration: its last values are no longer true."""
        for name, family in families().items():
            if label in family.labels:
                self.__dict__[name].remove_by_labels({label: value})
                place = 1 + tuple(family.labels).index(label)
                self._started = {key for key in self._started if key[0] != name or key[place] != value}
        if label == "brand":
            self._brands.discard(value)

    def brand(self, name: str) -> str:
        """Return the label value for a brand: its name, or "other" once 200 brands have one."""
        return _admit(name, self._brands, BRAND_LIMIT)

    def language(self, code: str | None) -> str:
        """Return the label value for a language: sources write what they like, so only plain codes pass."""
        if code is None:
            return "und"
        primary = code.replace("_", "-").split("-")[0].lower()
        is_plain = 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha()
        return _admit(primary, self._languages, LANGUAGE_LIMIT) if is_plain else OTHER

    def count_incident(self, brand: str, incident_type: str, before: Severity, now: Severity) -> None:
        """Count an incident at every severity that it reached for the first time, coming from `before`."""
        for severity in Severity:
            if before < severity <= now:
                kind = incident_type if incident_type in INCIDENT_TYPES else "unclear"
                self.incidents.labels(self.brand(brand), severity.name.lower(), kind).inc()


def _admit(name: str, admitted: set[str], limit: int) -> str:
    if name not in admitted and len(admitted) >= limit:
        return OTHER
    admitted.add(name)
    return name


def families() -> Mapping[str, AnyFamily]:
    """Return the declared metrics by attribute name, in order."""
    return {name: family for name, family in vars(Metrics).items() if isinstance(family, Family)}


def failure_reason(error: BaseException) -> str:
    """Return the value of `reason` for an error of a poll; plug-ins cannot invent new ones."""
    # Errors of other libraries have a `reason` too, and mean something else by it.
    reason = getattr(error, "reason", "internal") if isinstance(error, CrisiswatchError) else "internal"
    return reason if reason in POLL_FAILURE_REASONS else OTHER


def render(registry: CollectorRegistry) -> bytes:
    """Return the text exposition of a registry; its content type is `CONTENT_TYPE`."""
    return generate_latest(registry)


def reference() -> str:
    """Return the reference page of the metrics, in Markdown."""
    rows = [
        f"| `{family.exported(name)}` | {family.kind} | {', '.join(f'`{label}`' for label in family.labels) or '–'} "
        f"| {family.meaning} |"
        for name, family in families().items()
    ]
    values = [
        f"| `{family.exported(name)}` | `{label}` | {', '.join(known)} |"
        for name, family in families().items()
        for label, known in family.labels.items()
        if known
    ]
    return _PAGE.format(rows="\n".join(rows), values="\n".join(values), limit=BRAND_LIMIT, prefix=PREFIX)


_PAGE = """\
# Metrics

<!-- Made by crisiswatch.metrics.reference(); do not edit. -->

The daemon serves these at `/metrics` in the Prometheus text format, beside `process_*` and `python_gc_*`. No author,
URL or text of a mention is ever a label. The label `brand` has at most {limit} values; further brands share `other`.
A language is a code of two or three letters, `und` (undetermined) or `other`.

Series whose label values are all known exist from the start at 0, so that `increase()` sees the first event. Gauges
that state evidence (`{prefix}score`, `{prefix}series_value`, `{prefix}covered_ratio` …) are absent until it was judged:
a missing value is not a calm one. Prometheus samples; exact counts are in the incidents of the console and the API.

| metric | type | labels | meaning |
|---|---|---|---|
{rows}

## Known label values

| metric | label | values |
|---|---|---|
{values}
"""
