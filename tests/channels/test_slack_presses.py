"""Buttons in Slack: who signed, when, who pressed, and what it stands for."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from builders_channels import NOW, channel, message
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.channels.slack.presses import CARD_OF, Origin, check_signature, payload_of, press_of
from crisiswatch.core.answering import Answer, Deed, Pressed
from crisiswatch.core.incidents import Verdict
from crisiswatch.errors import BadInput, SourceRejected
from crisiswatch.rendering.slack_blocks import slack_blocks, slack_buttons

SECRET = "canary-signing-secret"
EXAMPLE_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
    b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET, **changes: str) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}", **changes}


def payload(action: str = "acknowledge", value: str = "INC-7", **changes: Any) -> dict[str, Any]:
    pressed: dict[str, Any] = {"action_id": action, "type": "button", "value": value}
    if action == "verdict":
        pressed = {"action_id": action, "type": "static_select", "selected_option": {"value": value}}
    user = {"id": "U0123456789", "name": "maria"}
    return {"type": "block_actions", "user": user, "actions": [pressed], **changes}


def body_of(value: object) -> bytes:
    return urlencode({"payload": json.dumps(value)}).encode()


def test_the_example_of_slacks_documentation_is_accepted() -> None:
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }

    check_signature("8f742231b10e8888abcd99yyyzzz85a5", headers, EXAMPLE_BODY, datetime.fromtimestamp(1531420618, UTC))


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(0, True), (299, True), (-299, True), (300, True), (301, False), (-301, False),
                              (86_400, False)]
)  # fmt: skip
def test_an_old_or_a_future_signature_is_refused(seconds: int, accepted: bool) -> None:
    headers = signed(b"x", NOW - timedelta(seconds=seconds))

    if accepted:
        check_signature(SECRET, headers, b"x", NOW)
    else:
        with pytest.raises(SourceRejected, match="timestamp"):
            check_signature(SECRET, headers, b"x", NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": signed(b"x")["X-Slack-Signature"]},
        {"X-Slack-Request-Timestamp": signed(b"x")["X-Slack-Request-Timestamp"]},
        signed(b"x", secret="other"),
        signed(b"y"),
        signed(b"x", **{"X-Slack-Signature": "v0="}),
        signed(b"x", **{"X-Slack-Signature": signed(b"x")["X-Slack-Signature"].upper()}),
        signed(b"x", **{"X-Slack-Signature": signed(b"x")["X-Slack-Signature"].removeprefix("v0=")}),
        signed(b"x", **{"X-Slack-Signature": "v1=" + signed(b"x")["X-Slack-Signature"][3:]}),
        signed(b"x", **{"X-Slack-Signature": "é\udcff"}),
        signed(b"x", **{"X-Slack-Request-Timestamp": "soon"}),
        signed(b"x", **{"X-Slack-Request-Timestamp": "-1"}),
        signed(b"x", **{"X-Slack-Request-Timestamp": "1e9"}),
        signed(b"x", **{"X-Slack-Request-Timestamp": "٣" * 10}),
        signed(b"x", **{"X-Slack-Request-Timestamp": "9" * 400}),
        signed(b"x", **{"X-Slack-Request-Timestamp": " " + signed(b"x")["X-Slack-Request-Timestamp"]}),
    ],
)
def test_what_slack_did_not_sign_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(SourceRejected):
        check_signature(SECRET, headers, b"x", NOW)


def test_every_changed_byte_of_the_body_is_noticed() -> None:
    body = body_of(payload())
    headers = signed(body)

    for position in range(len(body)):
        changed = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        with pytest.raises(SourceRejected):
            check_signature(SECRET, headers, changed, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"payload", b"payload=", b"payload=%7B", b"payload=[]", b"\xff\xfe", b"payload=" + b"[" * 50_000,
             b"a=1&b=2&c=3&d=4&e=5&f=6"]
)  # fmt: skip
def test_what_cannot_be_read_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        payload_of(body)


@pytest.mark.parametrize(
    ("pressed", "stands_for"),
    [
        (payload(), Answer(Deed.ACKNOWLEDGE, "maria", None, "in Slack, U0123456789")),
        (payload("close"), Answer(Deed.CLOSE, "maria", None, "in Slack, U0123456789")),
        (payload("verdict", "INC-7:false"), Answer(Deed.VERDICT, "maria", Verdict.FALSE, "in Slack, U0123456789")),
    ],
)
def test_a_button_stands_for_an_answer_with_a_name(pressed: dict[str, Any], stands_for: Answer) -> None:
    assert press_of(pressed, Origin()) == Pressed(7, stands_for, "", "U0123456789")


def test_a_press_names_the_receiver_whose_card_it_was() -> None:
    press = payload()
    press["actions"][0]["block_id"] = f"{CARD_OF}pr-team"

    found = press_of(press, Origin())

    assert found is not None
    assert found.receiver == "pr-team"


@pytest.mark.parametrize(
    "pressed",
    [
        payload("open"), payload("unheard-of"), payload(value="INC-0"), payload(value="7"), payload(value=""),
        payload("verdict", "INC-7:maybe"), payload("verdict", "INC-7"), payload("acknowledge", "INC-7:real"),
        payload(type="view_submission"), payload(actions=[]), payload(actions="x"), payload(actions=[None]), {},
    ],
)  # fmt: skip
def test_other_buttons_ask_for_nothing(pressed: dict[str, Any]) -> None:
    assert press_of(pressed, Origin()) is None


@pytest.mark.parametrize("user", [{"name": "maria"}, {"id": ""}, None, "U0123456789"])
def test_a_press_of_nobody_is_refused(user: object) -> None:
    with pytest.raises(SourceRejected):
        press_of(payload(user=user), Origin())


HERE = {"team": {"id": "T0OURS0001"}, "api_app_id": "A0OURS0001"}


@pytest.mark.parametrize(
    ("elsewhere", "is_heard"),
    [
        (HERE, True),
        ({**HERE, "team": {"id": "T0OTHER001"}}, False),
        ({**HERE, "team": "T0OURS0001"}, False),
        ({**HERE, "team": None}, False),
        ({**HERE, "api_app_id": "A0OTHER001"}, False),
        ({"team": HERE["team"]}, False),
        ({}, False),
    ],
)
def test_presses_of_another_workspace_or_app_are_refused(elsewhere: dict[str, Any], is_heard: bool) -> None:
    press, ours = payload(**elsewhere), Origin("T0OURS0001", "A0OURS0001")

    assert press_of(press, Origin()) is not None
    if is_heard:
        assert press_of(press, ours) is not None
    else:
        with pytest.raises(SourceRejected, match="another workspace or app"):
            press_of(press, ours)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
)


@given(user=json_values, action=json_values, value=json_values)
def test_any_payload_is_an_answer_a_refusal_or_nothing(user: Any, action: Any, value: Any) -> None:
    sent = {"type": "block_actions", "user": user, "actions": [action, value]}
    for payload_ in (sent, {**sent, "actions": [{"action_id": "verdict", "selected_option": value, "value": action}]}):
        try:
            found = press_of(payload_, Origin())
        except SourceRejected:
            continue
        assert found is None or (isinstance(found, Pressed) and found.given.by.isprintable())


def test_buttons_act_only_where_presses_reach_us() -> None:
    linked = slack_blocks(message(links=None))
    live = slack_buttons(message())

    assert {e["action_id"] for b in linked if b["type"] == "actions" for e in b["elements"] if "url" in e} == {
        "acknowledge", "open", "verdict",
    }  # fmt: skip
    assert live is not None
    assert [(e["action_id"], "url" in e) for e in live["elements"]] == [
        ("acknowledge", False), ("verdict", False), ("open", True), ("silence", False), ("close", False),
    ]  # fmt: skip
    assert all(len(option["value"]) <= 75 for option in live["elements"][1]["options"])


@pytest.mark.parametrize(("changes", "gone"), [({"is_acked": True}, {"acknowledge"}),
                                               ({"is_over": True}, {"acknowledge", "silence", "close"})])  # fmt: skip
def test_what_is_done_has_no_button_any_more(changes: dict[str, bool], gone: set[str]) -> None:
    live = slack_buttons(message(**changes))

    assert live is not None
    assert {"acknowledge", "verdict", "open", "silence", "close"} - {e["action_id"] for e in live["elements"]} == gone


def test_an_incoming_webhook_cannot_have_buttons() -> None:
    with pytest.raises(ValueError, match="buttons need a bot"):
        channel("slack", {"webhook_url": "https://hooks.slack.com/services/x", "signing_secret": "x"})
