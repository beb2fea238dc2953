from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from builders_channels import message, slack_blocks
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.channels.slack import SlackOptions
from crisiswatch.channels.slack.payload import (
    callees,
    card,
    card_of,
    escape,
    marked,
    post_with_key,
    reply,
    safe,
    top_line,
)
from crisiswatch.channels.slack.wire import classify, parse_answer
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Outcome

PEOPLE = ("U0123456789", "S0123456789")
EVIL = (
    "<!channel>",
    "<!here|x>",
    "<@U0123456789>",
    "<!subteam^S1|@pr>",
    "<!EVERYONE>",
    "<<!channel>>",
    "<https://evil|bank>",
)
HOSTILE = st.text() | st.lists(st.sampled_from((*EVIL, "&lt;!channel&gt;", "@here", "\0", "\ud800", " "))).map("".join)


def answer(status=200, body=b'{"ok":true,"channel":"C01","ts":"17.1"}', **headers):
    return classify(parse_answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


@given(HOSTILE)
def test_no_text_is_markup_outside_the_renderers_blocks(text):
    said = message(headline=text, state=text, since=text, incident="INC-1", kind="raised")
    words = [top_line(said), card(said, [])["text"], safe(text)["text"], reply(said)["text"]]

    assert not any("<" in word or ">" in word for word in words)
    assert all(block["text"]["type"] == "plain_text" for block in reply(said)["blocks"])


@pytest.mark.parametrize("text", EVIL[:-1])
def test_a_call_that_slipped_through_a_renderer_calls_nobody(text):
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}, "fields": [{"type": "mrkdwn", "text": text}]}
    ]

    said = json.dumps(card(message(), blocks)["blocks"])

    assert not re.search(r"<[@!]", said)


def test_links_and_dates_of_the_renderer_stay():
    text = "<https://m.example/1|m.example> <!date^1772373600^{time}|14:00 UTC>"

    assert (
        card(message(), [{"type": "section", "text": {"type": "mrkdwn", "text": text}}])["blocks"][0]["text"]["text"]
        == text
    )


def test_an_escape_is_made_once():
    assert escape("a & <b> &amp;") == "a &amp; &lt;b&gt; &amp;amp;"


@pytest.mark.parametrize("kind", ["opened", "raised", "reopened", "escalated"])
def test_the_people_in_the_config_are_called_when_it_becomes_critical(kind):
    assert callees(message(kind=kind), PEOPLE) == "<@U0123456789> <!subteam^S0123456789>"


@pytest.mark.parametrize(
    "changes",
    [{"kind": "updated"}, {"kind": "closed"}, {"kind": "repeated"}, {"severity": Severity.WARNING}, {"is_test": True}],
)
def test_nobody_is_called_otherwise(changes):
    assert callees(message(**changes), PEOPLE) == ""


def test_a_card_has_fifty_blocks_at_most_and_the_call_is_one_of_them():
    blocks = card(message(), [*slack_blocks(message())] * 40, "<@U0123456789>")["blocks"]

    assert len(blocks) == 50
    assert blocks[-1]["text"]["text"] == "<@U0123456789>"


def test_the_text_names_the_incident_and_the_number_of_the_message():
    assert top_line(message(number=4)).endswith("(INC-2031·4)")


def test_a_reply_fits_into_a_section():
    section = reply(message(state="x" * 9000))["blocks"][0]

    assert len(section["text"]["text"]) == 3000


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"ok":true,"channel":"C01","ts":"17.1"}', Outcome.DELIVERED),
        (200, b'{"ok":false,"error":"channel_not_found"}', Outcome.REJECTED),
        (200, b'{"ok":false,"error":"it is OK"}', Outcome.REJECTED),
        (200, b'{"ok":false,"error":"invalid_auth"}', Outcome.REJECTED),
        (200, b'{"ok":false,"error":"ratelimited"}', Outcome.REFUSED),
        (200, b'{"ok":false,"error":"internal_error"}', Outcome.REFUSED),
        (200, b'{"ok":false,"error":"fatal_error"}', Outcome.REFUSED),
        (200, b"<html>OK</html>", Outcome.UNKNOWN),
        (200, b"", Outcome.UNKNOWN),
        (200, b'"ok"', Outcome.UNKNOWN),
        (200, b"[" * 100_000, Outcome.UNKNOWN),
        (200, b"ok", Outcome.DELIVERED),
        (302, b"", Outcome.REJECTED),
        (403, b"invalid_token", Outcome.REJECTED),
        (404, b"no_service", Outcome.REJECTED),
        (429, b"", Outcome.REFUSED),
        (500, b"rollup_error", Outcome.REFUSED),
        (500, b"", Outcome.UNKNOWN),
        (503, b'{"ok":false,"error":"service_unavailable"}', Outcome.REFUSED),
    ],
)
def test_the_answer_decides_the_outcome(status, body, outcome):
    assert answer(status, body).outcome is outcome


@given(st.integers(200, 599), st.binary())
def test_no_answer_breaks_the_sender_or_fills_the_log(status, body):
    assert len(answer(status, body).detail) <= 200


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("99999", timedelta(hours=1)),
        ("9" * 5000, timedelta(hours=1)),
        ("soon", None),
        ("-1", None),
    ],
)
def test_a_rate_limit_says_how_long(value, wait):
    assert answer(429, b'{"ok":false,"error":"ratelimited"}', retry_after=value).retry_after == wait


def test_the_reference_is_channel_and_ts():
    assert answer().reference == "C01:17.1"
    assert answer(body=b'{"ok":true,"channel":"C01","ts":"../x"}').reference is None


def test_a_post_is_found_by_its_key_in_the_card_it_belongs_to():
    ours = {"ts": "2.0", "thread_ts": "1.0", **marked(message(), "k", "h")}
    theirs = {"ts": "3.0", "metadata": {"event_type": "other", "event_payload": {"n": "k"}}}

    assert post_with_key([theirs, {"ts": "9"}, {"metadata": "x"}, ours], "k") == "1.0"
    assert post_with_key([theirs], "k") is None


def test_the_card_is_the_newest_post_of_this_daemon_that_is_no_reply():
    mark = marked(message(), "k", "h")
    posts = [
        {"ts": "5.0", "thread_ts": "2.0", **mark},
        {"ts": "4.0", **marked(message(), "k", "other-host")},
        {"ts": "3.0", **marked(message(incident="INC-1"), "k", "h")},
        {"ts": "2.0", "thread_ts": "2.0", **mark},
        {"ts": "1.0", **mark},
    ]

    assert card_of(posts, message(), "h") == "2.0"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"token": "xoxb-hunter2"},
        {"token": "xoxb-hunter2", "channel": "#a", "webhook_url": "https://hooks.slack.com/services/hunter2"},
        {"token": "xoxb hunter2", "channel": "#a"},
        {"webhook_url": "hunter2"},
        {"webhook_url": "javascript:hunter2"},
        {"token": "xoxb-hunter2", "channel": "#a", "mention": ["@here"]},
        {"token": "xoxb-hunter2", "channel": "#a", "mention": ["U1> <!channel"]},
    ],
)
def test_wrong_options_are_refused_without_showing_them(wrong):
    with pytest.raises(ValueError, match="validation error") as caught:
        SlackOptions.model_validate(wrong)

    assert "hunter2" not in str(caught.value)


def test_the_address_for_tests_is_not_in_the_schema():
    assert "base_url" not in SlackOptions.model_json_schema()["properties"]
