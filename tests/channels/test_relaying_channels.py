"""PagerDuty and Alertmanager against a server that checks what they say by the schema of each."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from builders_channels import NOW, FakeClock, channel, message
from http_server import Fault, HttpServer, Reply, Request
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from crisiswatch.channels.relaying.alertmanager import EXPIRES_AFTER, alerts
from crisiswatch.channels.relaying.pagerduty import TRIGGER, dedup_key, event
from crisiswatch.core.abilities import Renewing
from crisiswatch.core.messages import Fact
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Outcome

KEY = "R0EXAMPLE0EXAMPLE0EXAMPLE0EXAMPL"
TEXT = {"type": "string"}
LINK = {"type": "string", "pattern": "^https?://"}
PAGERDUTY = Draft202012Validator(
    {
        "type": "object",
        "required": ["routing_key", "event_action"],
        "additionalProperties": False,
        "properties": {
            "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
            "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
            "dedup_key": {"type": "string", "minLength": 1, "maxLength": 255},
            "client": TEXT,
            "client_url": LINK,
            "links": {"type": "array", "items": {"type": "object", "required": ["href"],
                                                 "properties": {"href": LINK, "text": TEXT}}},
            "images": {"type": "array"},
            "payload": {
                "type": "object",
                "required": ["summary", "source", "severity"],
                "additionalProperties": False,
                "properties": {
                    "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                    "source": {"type": "string", "minLength": 1},
                    "severity": {"enum": ["critical", "error", "warning", "info"]},
                    "timestamp": {"type": "string", "format": "date-time"},
                    "component": TEXT, "group": TEXT, "class": TEXT, "custom_details": {"type": "object"},
                },
            },
        },
        "if": {"properties": {"event_action": {"const": "trigger"}}},
        "then": {"required": ["payload"]},
        "else": {"required": ["dedup_key"]},
    },
    format_checker=FormatChecker(),
)  # fmt: skip
LABELS = {"type": "object", "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"}, "additionalProperties": TEXT}
ALERTMANAGER = Draft202012Validator(
    {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["labels"],
            "additionalProperties": False,
            "properties": {
                "labels": {**LABELS, "required": ["alertname"]},
                "annotations": LABELS,
                "startsAt": {"type": "string", "format": "date-time"},
                "endsAt": {"type": "string", "format": "date-time"},
                "generatorURL": LINK,
            },
        },
    },
    format_checker=FormatChecker(),
)


def pager(server: HttpServer, **changes: Any) -> Any:
    return channel("pagerduty", {"routing_key": KEY, "url": f"{server.url}/v2/enqueue"}, **changes)


def accepting(validator: Draft202012Validator, status: int) -> HttpServer:
    def answer(request: Request) -> Reply:
        wrong = [error.message for error in validator.iter_errors(json.loads(request.body))]
        return Reply(400, json.dumps({"errors": wrong}).encode()) if wrong else Reply(status, b"{}")

    return HttpServer(answer)


@pytest.mark.acceptance
async def test_pagerduty_hears_of_every_turn_under_one_key():
    async with accepting(PAGERDUTY, 202) as server:
        one, previous = pager(server), None
        steps = [
            message(), message(kind="updated", number=2), message(kind="updated", number=3, is_acked=True),
            message(kind="updated", number=4, is_acked=True), message(kind="raised", number=5),
            message(kind="repeated", number=6), message(kind="escalated", number=7),
            message(kind="closed", number=8, is_over=True), message(kind="updated", number=9, is_over=True),
            message(kind="reopened", number=10),
        ]  # fmt: skip
        for step in steps:
            attempt = await one.send(step, previous)
            assert attempt.outcome is Outcome.DELIVERED
            previous = attempt.reference or previous

    events = [json.loads(request.body) for request in server.requests]
    assert [one["event_action"] for one in events] == [
        "trigger", "acknowledge", "trigger", "trigger", "trigger", "resolve", "trigger",
    ]  # fmt: skip
    assert len({one["dedup_key"] for one in events}) == 1
    assert events[0]["payload"]["severity"] == "critical"
    assert "INC-2031" in events[0]["payload"]["summary"]


def test_a_test_pages_nobody_loudly_and_has_its_own_key():
    test = event(message(kind="test", is_test=True), TRIGGER, KEY, "h")

    assert test["payload"]["severity"] == "info"
    assert test["dedup_key"] != dedup_key(message(), "h")


@given(text=st.text(max_size=3000), brand=st.text(max_size=100))
def test_any_text_is_a_valid_event_and_a_valid_alert(text: str, brand: str):
    told = message(headline=text, brand=brand, state=text, since=text, facts=(Fact(text, text),), steps=(text,))

    assert not list(PAGERDUTY.iter_errors(event(told, TRIGGER, KEY, "h" * 300)))
    assert not list(ALERTMANAGER.iter_errors(alerts(told, {}, NOW)))


ANSWERS = [
    (Reply(202), Outcome.DELIVERED), (Reply(400, b'{"errors":["x"]}'), Outcome.REJECTED),
    (Reply(403), Outcome.REJECTED), (Reply(429), Outcome.REFUSED), (Reply(500), Outcome.REFUSED),
    (Reply(503, b"<html>"), Outcome.REFUSED),
    (Reply(302, b"", {"Location": "http://169.254.169.254/"}), Outcome.REJECTED), (Fault.RESET, Outcome.UNKNOWN),
    (Fault.HANG, Outcome.UNKNOWN), (Fault.DRIP, Outcome.UNKNOWN), (Fault.GARBAGE, Outcome.UNKNOWN),
    (Fault.ENDLESS_BODY, Outcome.REFUSED),
]  # fmt: skip


@pytest.mark.acceptance
@pytest.mark.parametrize(("answer", "outcome"), ANSWERS)
@pytest.mark.parametrize("type_", ["pagerduty", "alertmanager"])
async def test_what_the_service_answers_decides_the_outcome(type_, answer, outcome, monkeypatch):
    if answer in (Fault.HANG, Fault.DRIP):  # nothing else ends these; the others have their usual time
        monkeypatch.setattr("crisiswatch.channels.exchanging.DEADLINE", timedelta(seconds=2))
    async with HttpServer(lambda request: answer) as server:
        options = {"routing_key": KEY, "url": server.url} if type_ == "pagerduty" else {"url": server.url}
        one = channel(type_, options)
        attempt = await one.send(message(), None)
        await one.close()

    assert attempt.outcome is outcome
    assert KEY not in attempt.detail
    assert [request.path for request in server.requests if "169.254" in request.path] == []


@pytest.mark.acceptance
async def test_a_busy_service_names_the_time_to_come_back():
    async with HttpServer(lambda request: Reply(429, b"", {"Retry-After": "7"})) as server:
        attempt = await pager(server).send(message(), None)

    assert attempt.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("type_", ["pagerduty", "alertmanager"])
async def test_what_is_unclear_may_be_said_again(type_):
    options = {"routing_key": KEY} if type_ == "pagerduty" else {"url": "http://127.0.0.1:9"}
    one = channel(type_, options)

    found = await one.find(message())

    assert one.abilities.can_ask
    assert found is not None
    assert found.outcome is Outcome.REFUSED


def test_an_alert_ends_by_itself_unless_it_is_said_again():
    [alert] = alerts(message(), {"team": "pr"}, NOW)

    assert datetime.fromisoformat(alert["endsAt"]) == NOW + EXPIRES_AFTER
    assert alert["labels"] == {
        "team": "pr", "alertname": "BrandCrisis", "brand": "Acme", "severity": "critical", "incident": "INC-2031",
    }  # fmt: skip
    assert isinstance(channel("alertmanager", {"url": "http://127.0.0.1:9093"}), Renewing)
    assert not isinstance(channel("pagerduty", {"routing_key": KEY}), Renewing)


def test_a_raise_ends_the_alert_of_the_severity_before():
    raised = alerts(message(kind="raised"), {}, NOW)
    over = alerts(message(kind="closed", is_over=True), {}, NOW)

    ended = {alert["labels"]["severity"]: datetime.fromisoformat(alert["endsAt"]) <= NOW for alert in raised}
    assert ended == {"critical": False, "warning": True}
    assert all(datetime.fromisoformat(alert["endsAt"]) <= NOW for alert in over)
    assert {alert["labels"]["severity"] for alert in over} == {"warning", "critical"}


@pytest.mark.parametrize(
    ("family", "name"), [("crisis", "BrandCrisis"), ("blind", "BrandNotSeen"), ("source:press", "BrandSourceSilent"),
                         ("self:disk", "CrisiswatchTrouble"), ("positive", "BrandAttention")]
)  # fmt: skip
def test_each_family_has_an_alert_name_of_its_own(family: str, name: str):
    assert alerts(message(family=family), {}, NOW)[0]["labels"]["alertname"] == name


@pytest.mark.parametrize(
    ("type_", "options"),
    [
        ("pagerduty", {"routing_key": "short"}), ("pagerduty", {"routing_key": KEY, "url": "ftp://x"}),
        ("alertmanager", {"url": "9093"}), ("alertmanager", {"url": "http://h", "labels": {"severity": "x"}}),
        ("alertmanager", {"url": "http://h", "labels": {"9": "x"}}),
        ("alertmanager", {"url": "http://h", "headers": {"A": "x\r\nB: y"}}),
    ],
)  # fmt: skip
def test_options_that_cannot_work_are_errors(type_: str, options: dict[str, Any]):
    with pytest.raises(ValueError, match="Value error"):
        channel(type_, options)


def test_the_clock_of_the_sender_never_makes_an_alert_end_before_it_starts():
    late = FakeClock(NOW - timedelta(days=1)).now()

    [alert] = alerts(message(severity=Severity.WARNING), {}, late)

    assert alert["startsAt"] < alert["endsAt"]
