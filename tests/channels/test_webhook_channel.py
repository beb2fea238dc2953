from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from builders_channels import NOW, message
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.channels.exchanging import retry_after
from crisiswatch.channels.webhook import WebhookOptions, classify, cloud_event, signature
from crisiswatch.core.messages import Links, Quote
from crisiswatch.core.outbox import Outcome

GET_LOST = "https://secret-host.example/secret-path"


def test_the_body_is_a_cloud_event_about_the_incident():
    event = json.loads(cloud_event(message(), "cw.example.org"))

    assert {name: event[name] for name in ("specversion", "id", "type", "subject", "time", "source")} == {
        "specversion": "1.0",
        "id": message().key,
        "type": "dev.crisiswatch.incident.opened.v1",
        "subject": "INC-2031",
        "time": "2026-03-01T14:00:00Z",
        "source": "urn:crisiswatch:cw.example.org",
    }
    assert event["data"]["severity"] == "critical"
    assert event["data"]["quotes"][0]["url"] == "https://m.example/1"


def test_the_same_message_has_the_same_bytes():
    assert cloud_event(message(), "h") == cloud_event(message(), "h")


@given(st.text())
def test_any_text_arrives_as_it_was_and_only_as_data(text):
    event = json.loads(cloud_event(message(headline=text, quotes=(Quote("a", "b", text, None),)), "h"))

    assert event["data"]["headline"] == event["data"]["quotes"][0]["text"] == text
    assert event["type"] == "dev.crisiswatch.incident.opened.v1"


def test_the_signature_is_that_of_the_published_example():
    # The vector that the Standard Webhooks libraries are tested with.
    at = datetime.fromtimestamp(1614265330, UTC)

    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}'
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", Outcome.DELIVERED),
        (204, b"", Outcome.DELIVERED),
        (302, b"", Outcome.REJECTED),
        (400, b"x", Outcome.REJECTED),
        (401, b"", Outcome.REJECTED),
        (404, b"", Outcome.REJECTED),
        (410, b"", Outcome.REJECTED),
        (429, b"", Outcome.REFUSED),
        (500, b"x", Outcome.REFUSED),
        (500, b"", Outcome.UNKNOWN),
        (502, b"", Outcome.UNKNOWN),
        (503, b"", Outcome.REFUSED),
    ],
)
def test_the_answer_decides_the_outcome(status, body, outcome):
    assert classify(status, {}, body, NOW).outcome is outcome


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("17", timedelta(seconds=17)),
        ("0", timedelta()),
        ("86400", timedelta(hours=1)),
        ("9" * 5000, timedelta(hours=1)),
        ("Sun, 01 Mar 2026 14:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 01 Mar 2026 13:00:00 GMT", timedelta()),
        ("Sun, 01 Mar 2036 13:00:00 GMT", timedelta(hours=1)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
        ("nan", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_an_hour(value, wait):
    assert retry_after(value, NOW) == wait


@given(st.text())
def test_no_retry_after_breaks_the_sender_or_leaves_the_hour(value):
    wait = retry_after(value, NOW)

    assert wait is None or timedelta() <= wait <= timedelta(hours=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://secret-host.example/secret-path"},
        {"url": "secret-path"},
        {"url": "http://[secret-path"},
        {"url": GET_LOST, "secret": "whsec_secret-path!"},
        {"url": GET_LOST, "secret": ""},
        {"url": GET_LOST, "headers": {"X-A": "secret-path\r\nX-B: 1"}},
        {"url": GET_LOST, "headers": {"X A": "secret-path"}},
        {"url": GET_LOST, "headers": {"Webhook-Id": "secret-path"}},
        {"url": GET_LOST, "headers": {"Content-Length": "secret-path"}},
    ],
)
def test_wrong_options_are_refused_without_showing_them(wrong):
    with pytest.raises(ValueError, match="validation error") as caught:
        WebhookOptions.model_validate(wrong)

    assert "secret-path" not in str(caught.value)


def test_a_secret_without_prefix_is_its_own_bytes():
    plain = base64.b64encode(b"my key").decode()

    assert signature("my key", "id", NOW, b"{}") == signature(f"whsec_{plain}", "id", NOW, b"{}")


def test_the_event_carries_the_links_by_which_its_receiver_may_answer():
    links = Links("https://h/a/1", "https://h/a/2", "https://h/a/3", "https://h/a/4")
    event = json.loads(cloud_event(message(links=links), "h"))

    assert event["data"]["links"] == {
        "acknowledge": "https://h/a/1", "verdict": "https://h/a/2", "close": "https://h/a/3",
        "silence": "https://h/a/4",
    }  # fmt: skip
    assert json.loads(cloud_event(message(), "h"))["data"]["links"] is None
